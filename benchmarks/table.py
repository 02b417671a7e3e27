"""Rows as text that people read."""

import textwrap
from collections.abc import Sequence

from benchmarks.measuring import Row

_HEADINGS = ("benchmark", "data", "ours", "peer", "times as fast", "target", "")
_NUMBERS = (2, 3, 4, 5)  # columns that stand on the right


def machine_lines(machine: dict) -> str:
    """The machine and its limit, in two or three lines."""
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    limit = machine.get("limit_gflops")
    return "\n".join(
        textwrap.wrap(
            f"{machine['cores']} cores, {machine['processor']} ({' '.join(machine['flags'])}), "
            f"{machine['memory_gb']} GB; {versions}."
            + (f" Its limit, measured: {limit:.0f} GFLOP/s of a float32 matrix product." if limit else ""),
            120,
        )
    )


def table(rows: Sequence[Row]) -> str:
    """Columns by spaces, a row a measurement; notes below, by number."""
    notes: list[str] = []
    for row in rows:
        for note in (f"peer: {row.against}" if row.against else "", row.note):
            if note and note not in notes:
                notes.append(note)
    cells = [_HEADINGS, *(_cells(row, notes) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_HEADINGS))]
    lines = [
        "  ".join(
            text.rjust(width) if column in _NUMBERS else text.ljust(width)
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    ]
    lines.insert(1, "  ".join("-" * width for width in widths).rstrip())
    lines += [""] if notes else []
    for number, note in enumerate(notes, 1):
        lines += textwrap.wrap(note, 120, initial_indent=f"[{number}] ", subsequent_indent="    ")
    return "\n".join(lines)


def _cells(row: Row, notes: list[str]) -> tuple[str, ...]:
    numbers = [
        f"[{notes.index(note) + 1}]"
        for note in (f"peer: {row.against}" if row.against else "", row.note)
        if note in notes
    ]
    ratio = "" if row.ratio is None else f"{_short(row.ratio)} ({_short(row.spread[0])}–{_short(row.spread[1])})"
    target = "" if row.target is None else f"{'≤' if row.at_most else '≥'} {_short(row.target)}"
    unit = f" {row.unit}" if row.unit else ""
    return (
        " ".join([row.benchmark, *numbers]),
        row.data,
        _short(row.ours) + unit,
        "" if row.peer is None else _short(row.peer) + unit,
        ratio,
        target + (unit if target and row.ratio is None else ""),
        {None: "", True: "reached", False: "missed"}[row.met],
    )


def _short(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"
