"""How far classes lie apart before and after, in numbers with intervals."""

import streamlit as st

from pages.shared.jobs.progress import have_done
from pages.shared.run.shown_split import choose_shown_split
from pages.shared.wording.formatting import share
from pages.shared.wording.meanings import MEANING
from pages.shared.wording.numbers import card
from tlcore.evaluation.maps.class_separability import NEIGHBOURS, Change, Estimate, Separation, read_separation
from tlcore.runs import Run

_KNN = (
    f"The share of examples whose class is told by the {NEIGHBOURS} examples of train that lie nearest in the full "
    "feature space, by cosine distance. No head is asked: it says how far the classes lie apart for any head."
)
_SILHOUETTE = (
    "How much nearer an example lies to its own class than to the nearest other one, by cosine distance, on average: "
    "1 is far apart, 0 is in between, below 0 is nearer to another class. It is of the feature vectors, not of a map."
)
_INTERVALS = (
    "Each number has its 95 % interval: of an accuracy Wilson's; the others by drawing the examples with replacement. "
    "That of the difference is paired, as before and after are measured on the same examples."
)


def show_separation(run: Run) -> None:
    """Both measures on one split; what is not measured yet is asked of a worker."""
    split = choose_shown_split(run)
    separation = read_separation(run, split)
    if separation is None:
        args = {"run": run.id, "split": split}
        if have_done("separation", args, f"How far the classes of {split} lie apart", is_gone=True):
            st.rerun()
        return
    _show_change(
        f"Nearest neighbours: {_verdict(separation.knn)}", _KNN, separation.knn, share, _points, "Difference, in points"
    )
    if separation.silhouette:
        title = f"Silhouette: {_verdict(separation.silhouette)}"
        _show_change(title, _SILHOUETTE, separation.silhouette, _number, _signed)
    else:
        st.caption("There is no silhouette where all examples are of one class, or each of another.")
    st.caption(_measured(separation, split), help=_INTERVALS)


def _show_change(title: str, meaning: str, change: Change, number, signed, unit: str = "Difference") -> None:
    st.subheader(title, help=meaning)
    with st.grid(min_column_width=170, gap="small"):
        card("Before", number(change.before.value), _interval(change.before, number), MEANING["before"])
        card("After", number(change.after.value), _interval(change.after, number), MEANING["after"])
        card(unit, signed(change.difference.value), _interval(change.difference, signed), MEANING["difference"])


def _verdict(change: Change) -> str:
    _, low, high = change.difference
    if low > 0:
        return "classes lie further apart"
    return "classes lie less far apart" if high < 0 else "chance may explain the difference"


def _measured(separation: Separation, split: str) -> str:
    if separation.n == separation.of:
        return f"Measured on all {separation.of:,} examples of {split}, in all numbers of the feature vectors."
    return (
        f"Measured on {separation.n:,} of the {separation.of:,} examples of {split}, drawn by the plan's seed, in all "
        "numbers of the feature vectors."
    )


def _interval(estimate: Estimate, number) -> str:
    return f"{number(estimate.low)} … {number(estimate.high)}"


def _points(value: float) -> str:
    return _signed(value * 100, digits=1)


def _number(value: float) -> str:
    return f"{value:.3f}".replace("-", "−")


def _signed(value: float, digits: int = 3) -> str:
    return f"{value:+.{digits}f}".replace("-", "−")
