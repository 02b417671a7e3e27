"""What a terminal shows of work: a bar for the step under way, a line for what is over; and tables."""

import os
import re
import shutil
import signal
import sys
import textwrap
import threading
import time
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from tlcore.base.formatting import amount, shorten, stage
from tlcore.base.progress import Progress

_WIDTH = 24
_SECONDS_BETWEEN_DRAWINGS = 0.1
_MOST_OF_A_NAME = 30
_LEAST_OF_A_COLUMN = 24
_CONTROL = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069]")
_interrupted = threading.Event()


@contextmanager
def noted_interrupts() -> Iterator[None]:
    """Notes an interrupt besides raising it: one that is raised while Python tidies up is lost, and work goes on."""
    if threading.current_thread() is not threading.main_thread():  # where no handler can be set
        yield
        return

    def note(number, frame):
        _interrupted.set()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        _interrupted.clear()


class Bar(Progress):
    """Draws on stderr. What is no terminal gets lines only: a stage, an epoch, a message each."""

    def __init__(self):
        self._stream = sys.stderr
        self._live = self._stream.isatty()
        self._stage = ""
        self._drawn = 0.0

    def event(self, kind: str, **fields) -> None:
        if kind == "stage":
            self._stage = stage(fields["name"])
            self._line(f"{self._stage} …")
        elif kind == "epoch":
            self._line(_describe_epoch(fields))
        elif kind == "early":
            self._line(_describe_early(fields))
        elif kind == "log":
            self._line(fields["message"])
        elif kind == "step" and self._live:
            self._draw(**fields)

    def request(self) -> str:
        return "cancel" if _interrupted.is_set() else ""

    def close(self) -> None:
        """Takes the bar away."""
        if self._live and self._drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._drawn = 0.0

    def _line(self, text: str) -> None:
        self.close()
        print(printable(text), file=self._stream, flush=True)

    def _draw(self, done: int, total: int | None, unit: str, name: str = "") -> None:
        if done != total and time.monotonic() - self._drawn < _SECONDS_BETWEEN_DRAWINGS:
            return
        self._drawn = time.monotonic()
        filled = round(_WIDTH * min(1.0, done / total)) if total else 0
        bar = f"[{'█' * filled}{'·' * (_WIDTH - filled)}]"
        text = printable(f"{self._stage} {bar} {amount(done, total, unit)}  {shorten(name, _MOST_OF_A_NAME)}".strip())
        try:
            columns = os.get_terminal_size(self._stream.fileno()).columns
        except OSError:
            columns = 80
        self._stream.write(f"\r\x1b[K{text[: columns - 1]}")
        self._stream.flush()


def _describe_early(fields: dict) -> str:
    numbers = [
        f"{title} accuracy {entry['accuracy']:.4f} ({entry['accuracy_interval'][0]:.4f} – "
        f"{entry['accuracy_interval'][1]:.4f})"
        for title, entry in (("val", fields["val"]), ("cross-validation", fields["cv"]))
        if entry
    ]
    return f"Linear probe: {', '.join(numbers)}"


def _describe_epoch(fields: dict) -> str:
    numbers = [
        f"{label} {fields[key]:.4f}"
        for key, label in (
            ("train_loss", "train loss"),
            ("val_loss", "val loss"),
            ("val_scaled_loss", "after temperature scaling"),
            ("train_accuracy", "train accuracy"),
            ("val_accuracy", "val accuracy"),
        )
        if fields.get(key) is not None
    ]
    if fields.get("examples_per_second") is not None:
        numbers.append(f"{fields['examples_per_second']:,.0f} examples a second")
    return f"{stage(fields['stage'])}, epoch {fields['epoch']} of {fields['epochs']}: {', '.join(numbers)}"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows under a head, in columns as wide as they must be; numbers to the right, None left blank.

    In a terminal, the words of the last column go on below where they do not fit beside the others.
    """
    rows = [[_cell(value) for value in row] for row in rows]
    lines = [[(name, False) for name in head], *rows]
    widths = [max(_width(text) for text, _ in column) for column in zip(*lines, strict=True)]
    columns = shutil.get_terminal_size().columns if sys.__stdout__ and sys.__stdout__.isatty() else None
    return "\n".join(_row(line, widths, columns) for line in lines)


def _row(cells: Sequence[tuple[str, bool]], widths: Sequence[int], columns: int | None) -> str:
    *filled, last = (_fill(*cell, width) for cell, width in zip(cells, widths, strict=True))
    start = "".join(f"{text}  " for text in filled)
    last = last.rstrip()
    if columns is None or columns - _width(start) < _LEAST_OF_A_COLUMN or not last:
        return f"{start}{last}".rstrip()
    return textwrap.fill(
        last, columns, initial_indent=start, subsequent_indent=" " * _width(start),
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _fill(text: str, right: bool, width: int) -> str:
    blanks = " " * (width - _width(text))
    return blanks + text if right else text + blanks


def _width(text: str) -> int:
    """The columns of a terminal that a text takes: an East Asian letter takes two, an accent of its own none."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def printable(text: str) -> str:
    """A text without what a terminal obeys instead of showing it: file names and labels come from outside."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def _cell(value: object) -> tuple[str, bool]:
    """What is shown of a value, and whether it stands to the right."""
    if value is None:
        return "", False
    if isinstance(value, bool):
        return ("yes" if value else "no"), False
    if isinstance(value, int):
        return f"{value:,}", True
    if isinstance(value, float):
        return f"{value:.4f}", True
    return str(value).replace("\n", " "), False
