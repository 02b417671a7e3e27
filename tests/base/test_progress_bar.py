"""A terminal shows a bar and takes it away again; anything else gets lines."""

import contextlib
import io
import os
import shutil
import signal
import sys

import pytest

from tlcore.base.progress import Cancelled
from tlcore.base.progress_bar import Bar, noted_interrupts, table


class Terminal(io.StringIO):
    def isatty(self):
        return True


EPOCH = {"stage": "fine-tune", "epoch": 2, "epochs": 5, "train_loss": 0.5, "val_loss": None, "seconds_left": 3.0}


def tell(bar: Bar) -> None:
    bar.stage("features")
    bar.step(1, 4, "images", "a very long name of a picture that nobody wants to see whole.png")
    bar.step(4, 4, "images")
    bar.event("epoch", **EPOCH)
    bar.log("a message")
    bar.step(7, None, "bytes")
    bar.close()


def test_in_a_terminal_a_bar_is_drawn_and_taken_away(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    tell(Bar())
    written = sys.stderr.getvalue()
    assert "1 of 4 images" in written
    assert "4 of 4 images" in written
    assert written.endswith("\r\x1b[K")
    assert all(len(drawn) < 80 + len("\x1b[K") for line in written.split("\n") for drawn in line.split("\r"))


def test_elsewhere_there_are_lines_only(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    tell(Bar())
    assert sys.stderr.getvalue().splitlines() == [
        "Computing feature vectors …", "Fine-tuning, epoch 2 of 5: train loss 0.5000", "a message",
    ]  # fmt: skip


def test_an_interrupt_that_got_lost_is_heard_at_the_next_step_and_by_no_later_command():
    with noted_interrupts():
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        with pytest.raises(Cancelled):
            Bar().step(1, 2, "images")
    with noted_interrupts():
        Bar().step(1, 2, "images")


@pytest.mark.parametrize("rows", [[], [["a", 1]], [["a", None], ["long name", 1234567]]])
def test_a_tables_columns_line_up(rows):
    lines = table(("name", "number"), rows).splitlines()
    assert len(lines) == len(rows) + 1
    assert lines[0].startswith("name")
    if len(rows) == 2:
        assert lines == ["name       number", "a", "long name  1,234,567"]


def test_columns_line_up_under_letters_of_any_width():
    lines = table(("class", "n"), [["猫", 1], ["e\u0301", 2], ["dog", 3]]).splitlines()
    assert lines == ["class  n", "猫     1", "e\u0301      2", "dog    3"]


def test_in_a_terminal_the_last_column_goes_on_below(monkeypatch):
    monkeypatch.setattr(sys, "__stdout__", Terminal())
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: os.terminal_size((40, 24)))
    address = "https://an-address-that-is-longer-than-the-column-is-wide"
    lines = table(("name", "reason"), [["a", "one two three four five six seven eight"], ["b", address]]).splitlines()
    assert lines == ["name  reason", "a     one two three four five six seven", "      eight", f"b     {address}"]
