"""What a slice's numbers say, in words: how it differs from the rest, or between two runs."""

from tlcore.base.formatting import count, share
from tlcore.evaluation.comparison.text import p_in_words
from tlcore.evaluation.slices.metrics_by_slice import Paired, SliceAccuracy


def slice_verdict(found: SliceAccuracy) -> str:
    """How a slice differs from the rest, and whether chance can explain it, in a few words."""
    if found.outcome == "same":
        return "As good as the rest"
    if found.outcome == "open":
        return "This difference may be due to chance"
    return (
        f"{found.outcome.capitalize()} than the rest: {share(found.accuracy)} against {share(found.rest_accuracy)}, "
        f"{p_in_words(found.corrected)} after Holm's correction for {count(found.slices, 'slice')}"
    )


def in_short(outcome: str, p: float) -> str:
    """The outcome of a corrected test in a word or two, for a table."""
    if outcome in ("worse", "better"):
        return f"{outcome.capitalize()}, {p_in_words(p)}"
    return "The same" if outcome == "same" else "May be due to chance"


def paired_verdict(baseline: str, other: str, found: Paired) -> str:
    """How a run differs from the baseline on a slice, and whether chance can explain it, in a few words."""
    if found.outcome == "same":
        return f"{other} gets the same examples right as {baseline}"
    if found.outcome == "open":
        return f"{other} and {baseline} may differ only by chance"
    return (
        f"{other} is {found.outcome} than {baseline}: {count(found.test.gained, 'example')} gained, "
        f"{found.test.lost:,} lost, {p_in_words(found.corrected)} after Holm's correction for "
        f"{count(found.comparisons, 'comparison')}"
    )
