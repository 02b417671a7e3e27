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
    f"The accuracy of predicting each example's class from its {NEIGHBOURS} nearest train examples in the full "
    "feature space, by cosine distance. It does not use the head, so it shows how well the classes are separated "
    "for any head."
)
_SILHOUETTE = (
    "The mean silhouette coefficient: how much nearer an example is to its own class than to the nearest other "
    "class, by cosine distance. 1 means well separated, 0 means in between, and below 0 means nearer to another "
    "class. It is computed on the feature vectors, not on a map."
)
_INTERVALS = (
    "Each number has its 95 % interval: Wilson's for accuracies, bootstrap for the others. The interval of the "
    "difference is paired, because before and after are measured on the same examples."
)


def show_separation(run: Run) -> None:
    """Both measures on one split; what is not measured yet is asked of a worker."""
    split = choose_shown_split(run)
    separation = read_separation(run, split)
    if separation is None:
        args = {"run": run.id, "split": split}
        if have_done("separation", args, f"Measuring how well the classes of {split} are separated", is_gone=True):
            st.rerun()
        return
    _show_change(
        f"Nearest neighbours: {_verdict(separation.knn)}",
        _KNN,
        separation.knn,
        share,
        _points,
        "Difference, percentage points",
    )
    if separation.silhouette:
        title = f"Silhouette: {_verdict(separation.silhouette)}"
        _show_change(title, _SILHOUETTE, separation.silhouette, _number, _signed)
    else:
        st.caption(
            "There is no silhouette coefficient, because all examples are of one class, or each is of a "
            "different class."
        )
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
        return "classes are further apart"
    return "classes are closer together" if high < 0 else "the difference may be due to chance"


def _measured(separation: Separation, split: str) -> str:
    if separation.n == separation.of:
        return f"Measured on all {separation.of:,} {split} examples, with the full feature vectors."
    return (
        f"Measured on {separation.n:,} of the {separation.of:,} {split} examples, drawn at random with the plan's "
        "seed, with the full feature vectors."
    )


def _interval(estimate: Estimate, number) -> str:
    return f"{number(estimate.low)} … {number(estimate.high)}"


def _points(value: float) -> str:
    return _signed(value * 100, digits=1)


def _number(value: float) -> str:
    return f"{value:.3f}".replace("-", "−")


def _signed(value: float, digits: int = 3) -> str:
    return f"{value:+.{digits}f}".replace("-", "−")
