"""Kinds of input that modules have and no entry reads yet: named, so that people are told what a module takes."""

from collections.abc import Sequence

UNREAD = ("text", "audio")
_WAVEFORM = 4000  # numbers in a row, from which on they are taken for sound


def unread_kind(shape: Sequence[int | None], dtype: str) -> str:
    """“text” for strings, “audio” for a long row of numbers; "" for anything else."""
    if dtype == "string":
        return "text"
    is_row = dtype.startswith("float") and tuple(shape[1:]) in ((), (1,)) and bool(shape)
    return "audio" if is_row and (shape[0] or 0) >= _WAVEFORM else ""
