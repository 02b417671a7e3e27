"""What a terminal shows of work: a bar for the step under way, a line for what is over; and tables."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from tlcore.progress import Progress

_WIDTH = 24
_SECONDS_BETWEEN_DRAWINGS = 0.1
_MOST_OF_A_NAME = 30
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
            self._stage = fields["name"]
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
        print(text, file=self._stream, flush=True)

    def _draw(self, done: int, total: int | None, unit: str, name: str = "") -> None:
        if done != total and time.monotonic() - self._drawn < _SECONDS_BETWEEN_DRAWINGS:
            return
        self._drawn = time.monotonic()
        name = name if len(name) <= _MOST_OF_A_NAME else f"{name[: _MOST_OF_A_NAME - 1]}…"
        amount = f"{done:,} of {total:,} {unit}" if total else f"{done:,} {unit}"
        filled = round(_WIDTH * min(1.0, done / total)) if total else 0
        text = f"{self._stage} [{'█' * filled}{'·' * (_WIDTH - filled)}] {amount}  {name}".strip()
        try:
            columns = os.get_terminal_size(self._stream.fileno()).columns
        except OSError:
            columns = 80
        self._stream.write(f"\r\x1b[K{text[: columns - 1]}")
        self._stream.flush()


def _describe_early(fields: dict) -> str:
    numbers = [
        f"{title} accuracy {entry['accuracy']:.4g} ({entry['accuracy_interval'][0]:.4g} – "
        f"{entry['accuracy_interval'][1]:.4g})"
        for title, entry in (("val", fields["val"]), ("out of fold", fields["cv"]))
        if entry
    ]
    return f"linear probe: {', '.join(numbers)}"


def _describe_epoch(fields: dict) -> str:
    numbers = [
        f"{label} {fields[key]:.4g}"
        for key, label in (
            ("train_loss", "train loss"),
            ("val_loss", "val loss"),
            ("train_accuracy", "train accuracy"),
            ("val_accuracy", "val accuracy"),
            ("examples_per_second", "examples a second"),
        )
        if fields.get(key) is not None
    ]
    return f"{fields['stage']} {fields['epoch']}/{fields['epochs']}: {', '.join(numbers)}"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows under a head, in columns as wide as they must be; numbers to the right, None left blank."""
    rows = [[_cell(value) for value in row] for row in rows]
    lines = [[(name, False) for name in head], *rows]
    widths = [max(len(text) for text, _ in column) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            text.rjust(width) if right else text.ljust(width) for (text, right), width in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    )


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
    return str(value), False
