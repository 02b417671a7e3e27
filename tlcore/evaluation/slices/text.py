"""What a slice's numbers say, in words: how it differs from the rest, or between two runs."""

from tlcore.base.formatting import count
from tlcore.evaluation.comparison.text import number_in_words, p_in_words
from tlcore.evaluation.slices.metrics_by_slice import EXACT, SliceComparison, SliceMeasures

UNDEFINED = "Undefined"


def slice_verdict(found: SliceMeasures, measure: str = EXACT) -> str:
    """How a slice differs from the rest by a measure, and whether chance can explain it, in a few words."""
    compared = found.compared[measure]
    if compared.outcome == "same":
        return "As good as the rest"
    if compared.outcome == "open":
        return "This difference may be due to chance"
    if compared.outcome == "undefined":
        return UNDEFINED
    own, rest = (number_in_words(measure, each) for each in (found.values[measure].value, found.rest[measure]))
    return (
        f"{compared.outcome.capitalize()} than the rest: {own} against {rest}, "
        f"{p_in_words(compared.corrected)} after Holm's correction for {count(compared.comparisons, 'slice')}"
    )


def in_short(outcome: str, p: float) -> str:
    """The outcome of a corrected test in a word or two, for a table."""
    if outcome in ("worse", "better"):
        return f"{outcome.capitalize()}, {p_in_words(p)}"
    return {"same": "The same", "undefined": UNDEFINED}.get(outcome, "May be due to chance")


def paired_verdict(baseline: str, other: str, found: SliceComparison, place: int = 1, measure: str = EXACT) -> str:
    """How a run differs from the baseline on a slice by a measure, and whether chance can explain it, in a few words.

    Args:
        baseline: what it is called.
        other: the same of the other.
        found: the runs on the slice.
        place: of the other among them.
        measure: one of `MEASURES`.
    """
    compared, test = found.compared[place - 1][measure], found.tests[place - 1]
    if compared.outcome == "same":
        same = "gets the same examples right" if measure == EXACT else "scores the same"
        return f"{other} {same} as {baseline}"
    if compared.outcome == "open":
        return f"{other} and {baseline} may differ only by chance"
    if compared.outcome == "undefined":
        return UNDEFINED
    if measure == EXACT:
        numbers = f"{count(test.gained, 'example')} gained, {test.lost:,} lost"
    else:
        values = (number_in_words(measure, found.values[run][measure].value) for run in (place, 0))
        numbers = " against ".join(values)
    return (
        f"{other} is {compared.outcome} than {baseline}: {numbers}, {p_in_words(compared.corrected)} after Holm's "
        f"correction for {count(compared.comparisons, 'comparison')}"
    )
