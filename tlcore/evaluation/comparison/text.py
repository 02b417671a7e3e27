"""How runs differ, in words: which is better, by how much, and whether chance may explain it."""

from collections.abc import Sequence
from math import isnan

import pandas as pd

from tlcore.base.formatting import count, share, with_interval
from tlcore.evaluation.comparison.significance import Difference, McNemar
from tlcore.evaluation.metrics.classification import summary
from tlcore.evaluation.metrics.measures import MEASURES
from tlcore.evaluation.predictions import Top1Predictions

_OUTCOMES = {
    "better": "{other} is better",
    "worse": "{other} is worse",
    "open": "{other} and {baseline} may differ only by chance",
    "same": "{other} gets the same examples right as {baseline}",
}


def verdict(baseline: str, other: str, test: McNemar) -> str:
    """What McNemar's test says of two runs, in a sentence.

    Args:
        baseline: what it is called.
        other: the same of the other.
        test: of the other against the baseline.
    """
    outcome = _OUTCOMES[test.outcome].format(baseline=baseline, other=other)
    return f"{outcome}; {count(test.gained, 'example')} gained, {test.lost:,} lost"


def p_in_words(p: float) -> str:
    """A test's p with three decimals."""
    return f"p = {p:.3f}" if p >= 0.001 else "p < 0.001"


def measures_table(
    names: Sequence[str], answers: Sequence[Top1Predictions], differences: Sequence[dict]
) -> pd.DataFrame:
    """A row a run, a column a measure, all as words; behind each but the baseline's its difference from that.

    Args:
        names: what the runs are called; the first is the baseline.
        answers: of each, of the same examples.
        differences: of the others from the baseline, as `significance.differences` gives them.
    """
    rows = []
    for name, predictions, difference in zip(names, answers, [None, *differences], strict=True):
        numbers = summary(predictions)
        row = {"Run": name}
        for measure, (title, *_) in MEASURES.items():
            row[title] = measure_in_words(measure, numbers)
            if difference:
                row[title] += f"  {difference_in_words(measure, difference[measure])}"
        rows.append(row)
    return pd.DataFrame(rows)


def measure_in_words(measure: str, numbers: dict) -> str:
    """One of `MEASURES` of an entry of a run's metrics; a share is a percentage, accuracy has its interval."""
    if measure == "accuracy":
        return with_interval(numbers)
    return share(numbers[measure]) if MEASURES[measure].is_share else f"{numbers[measure]:.3f}"


def title_in_sentence(measure: str) -> str:
    """What one of `MEASURES` is called within a sentence: accuracy, macro F1, but ROC AUC."""
    first, *others = MEASURES[measure].title.split(" ")
    return " ".join([first.lower() if first[1:].islower() else first, *others])


def number_in_words(measure: str, value: float) -> str:
    """A value of one of `MEASURES`; a share is a percentage. “–” where it is undefined."""
    if isnan(value):
        return "–"
    return share(value) if MEASURES[measure].is_share else f"{value:.3f}"


def value_in_words(measure: str, value: Difference) -> str:
    """The same with its 95 % interval, where that is known."""
    text = number_in_words(measure, value.value)
    if isnan(value.low) or isnan(value.high):
        return text
    if MEASURES[measure].is_share:
        return f"{text} ({value.low * 100:.1f} – {value.high * 100:.1f})"
    return f"{text} ({value.low:.3f} – {value.high:.3f})"


def difference_in_words(measure: str, difference: Difference) -> str:
    """A difference of one of `MEASURES` with its interval, where that is known; of shares in points."""
    value, low, high = (_number(each, points=MEASURES[measure].is_share) for each in difference)
    return value if "–" in (low, high) else f"{value} ({low} … {high})"


def _number(value: float, *, points: bool) -> str:
    if isnan(value):
        return "–"
    text = f"{value * 100:+.1f}" if points else f"{value:+.3f}"
    return text.replace("-", "−") if float(text) else text[1:]
