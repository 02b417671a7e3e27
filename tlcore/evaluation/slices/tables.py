"""The numbers of slices as tables and documents: a row a slice, with every measure."""

from collections.abc import Sequence
from math import isnan

import pandas as pd

from tlcore.evaluation.comparison.significance import Difference
from tlcore.evaluation.metrics.measures import MEASURES
from tlcore.evaluation.slices.metrics_by_slice import Compared, SliceComparison, SliceMeasures


def slice_table(found: Sequence[SliceMeasures]) -> pd.DataFrame:
    """A row a slice, in the order given.

    Columns: `column`, `slice`, `n`, `right`, and of each measure, after its name: nothing more for its value, `_low`
    and `_high` (its 95 % interval), `_rest`, `_difference`, `_difference_low`, `_difference_high`, `_p`, `_p_holm` and
    `_outcome`. NaN where a number is undefined.
    """
    rows = [
        {"column": each.slice.column, "slice": each.slice.name, "n": each.n, "right": each.right}
        | {
            name: value
            for measure in MEASURES
            for name, value in {
                **_named(measure, each.values[measure]),
                f"{measure}_rest": each.rest[measure],
                **_compared(measure, each.compared[measure]),
            }.items()
        }
        for each in found
    ]
    return pd.DataFrame(rows, columns=None if rows else _columns())


def _columns() -> list[str]:
    nothing = Difference(0.0, 0.0, 0.0)
    of_each = [
        name
        for measure in MEASURES
        for name in (
            *_named(measure, nothing), f"{measure}_rest", *_compared(measure, Compared(nothing, 1.0, 1.0, 1, "same")),
        )
    ]  # fmt: skip
    return ["column", "slice", "n", "right", *of_each]


def compared_table(found: Sequence[SliceComparison], names: Sequence[str]) -> pd.DataFrame:
    """A row a slice, in the order given.

    Columns: `column`, `slice`, `n`; of each run, after its name, `right` and each measure with its interval; of each
    but the first also `gained` and `lost`, and of each measure `_difference` (from the first), `_difference_low`,
    `_difference_high`, `_p`, `_p_holm` and `_outcome`.

    Args:
        found: of the same runs.
        names: what these are called.
    """
    rows = []
    for each in found:
        row = {"column": each.slice.column, "slice": each.slice.name, "n": each.n}
        for place, name in enumerate(names):
            row[f"{name} right"] = each.right[place]
            if place:
                row |= {f"{name} gained": each.tests[place - 1].gained, f"{name} lost": each.tests[place - 1].lost}
            for measure in MEASURES:
                row |= _named(f"{name} {measure}", each.values[place][measure])
                if place:
                    row |= _compared(f"{name} {measure}", each.compared[place - 1][measure])
        rows.append(row)
    return pd.DataFrame(rows)


def slice_documents(found: Sequence[SliceMeasures]) -> list[dict]:
    """The same as `slice_table` as plain data, a document a slice; None where a number is undefined."""
    return [
        {
            "slice": each.slice.name,
            "n": each.n,
            "right": each.right,
            "measures": {
                measure: {
                    "value": _or_none(each.values[measure].value),
                    "interval": _interval(each.values[measure]),
                    "rest": _or_none(each.rest[measure]),
                    "difference": _or_none(each.compared[measure].difference.value),
                    "difference_interval": _interval(each.compared[measure].difference),
                    "p": _or_none(each.compared[measure].p),
                    "p_holm": _or_none(each.compared[measure].corrected),
                    "outcome": each.compared[measure].outcome,
                }
                for measure in MEASURES
            },
        }
        for each in found
    ]


def _named(name: str, value: Difference) -> dict[str, float]:
    return {name: value.value, f"{name}_low": value.low, f"{name}_high": value.high}


def _compared(name: str, compared: Compared) -> dict[str, object]:
    numbers = {f"{name}_p": compared.p, f"{name}_p_holm": compared.corrected, f"{name}_outcome": compared.outcome}
    return _named(f"{name}_difference", compared.difference) | numbers


def _or_none(value: float) -> float | None:
    return None if isnan(value) else value


def _interval(value: Difference) -> list[float] | None:
    return None if isnan(value.low) or isnan(value.high) else [value.low, value.high]
