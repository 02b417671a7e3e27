"""The leaderboard of a dataset, and what two to six of its runs do differently and say differently."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages.runs.compared_slices import show_slices
from pages.runs.compared_views import choose_other, show_curves, show_gained_and_lost, show_matrix
from pages.runs.leaderboard_table import show_leaderboard
from pages.runs.verdicts import show_measures, show_verdicts
from pages.shared.charts.colours import LETTERS
from pages.shared.jobs.progress import watch
from pages.shared.run.finished import dataset_of
from pages.shared.run.shown_split import choose_shown_split
from pages.shared.shell.pages import link_to
from pages.shared.shell.selection import chosen, select, select_runs, selected_runs
from pages.shared.shell.tabs import Tab, show_views
from pages.shared.wording.formatting import count, escape, shorten, show_error
from tlcore.base.errors import UserError
from tlcore.base.work import ENDINGS
from tlcore.datasets.dataset import Dataset
from tlcore.evaluation.comparison.leaderboard import leaderboard
from tlcore.evaluation.comparison.plan_differences import plan_differences
from tlcore.evaluation.comparison.runs import FEWEST, Comparison, check_comparable, compare_runs
from tlcore.evaluation.comparison.significance import Difference, McNemar, differences, mcnemar
from tlcore.evaluation.run_results import predictions_version
from tlcore.plans.descriptions import value_in_words
from tlcore.runs import Run, list_runs, open_run

_PLAN = "Only settings that differ between these runs are listed. “–” means that a run's plan does not use the setting."


def open_compared() -> list[Run]:
    """The runs that the URL names, but for those that are not there, of which the page says so."""
    runs, ids = [], selected_runs()
    for id in ids:
        try:
            runs.append(open_run(id))
        except UserError as error:
            show_error(error)
    if len(runs) < len(ids):
        select_runs([run.id for run in runs])
    return runs


def wait_for_runs(runs: list[Run]) -> None:
    """Shows how far runs are that were trained again just now; the page is drawn anew when they have ended."""
    under_way = [run for run in runs if not run.has_result and run.state not in ENDINGS]
    for run in under_way:
        watch(run, f"Training {escape(shorten(run.name, 60))}", run.record["created"])
    if any(run.state not in ENDINGS for run in under_way):
        st.stop()
    if under_way:
        st.rerun()


def choose_dataset(runs: list[Run], compared: list[Run]) -> str:
    """The id of the dataset whose leaderboard is shown: the compared runs', else the chosen one, else the newest."""
    names = {run.record["dataset"]["id"]: run.record["dataset"]["name"] for run in reversed(runs)}
    ids = list(reversed(names))
    current = compared[0].record["dataset"]["id"] if compared else chosen("dataset")
    current = current if current in ids else ids[0]
    if len(ids) > 1:
        st.session_state["board-dataset"] = current
        st.selectbox(
            "Dataset", ids, format_func=lambda id: shorten(names[id], 60), key="board-dataset",
            on_change=lambda: select(dataset=st.session_state["board-dataset"]), width=420,
        )  # fmt: skip
    return current


def choose_baseline(runs: list[Run]) -> None:
    """A box that puts another run first."""
    names = {run.id: f"{letter} · {shorten(run.name, 60)}" for letter, run in zip(LETTERS, runs, strict=False)}
    ids = list(names)
    st.session_state["baseline"] = ids[0]

    def put_first() -> None:
        first = st.session_state["baseline"]
        select_runs([first, *(id for id in ids if id != first)])

    st.selectbox(
        "Baseline", ids, format_func=names.get, key="baseline", on_change=put_first, width=420,
        help="The run that the others are compared with. It is called A.",
    )  # fmt: skip


@st.cache_resource(max_entries=3, show_spinner="Comparing the runs …")
def _compared(
    _runs: list[Run], versions: tuple[tuple, ...], split: str
) -> tuple[Comparison, list[McNemar], list[dict[str, Difference]]]:
    comparison = compare_runs(_runs, split)
    tests = [mcnemar(comparison.answers[0], other) for other in comparison.answers[1:]]
    return comparison, tests, differences(comparison.answers)


def compare(runs: list[Run], split: str) -> tuple[Comparison, list[McNemar], list[dict[str, Difference]]]:
    """The comparison with its tests and intervals, computed once."""
    return _compared(runs, tuple(predictions_version(run, early=False) for run in runs), split)


def show_notes(comparison: Comparison, dataset: Dataset | None) -> None:
    """What the numbers are of, where that is not simply every example of the split."""
    runs, split = comparison.runs, comparison.split
    letter = dict(zip((run.id for run in runs), LETTERS, strict=False))
    notes = [f"{count(len(comparison), 'example')} of {split}."]
    old = [letter[run.id] for run in runs if dataset and run.record["dataset"]["fingerprint"] != dataset.fingerprint]
    if len(comparison) < comparison.of:
        notes = [
            f"The comparison uses the {len(comparison):,} of {count(comparison.of, 'example')} that are in the "
            f"{split} split of all these runs."
        ]
    if comparison.relabelled:
        notes.append(
            f"{count(len(comparison.relabelled), 'example')} had different labels in these runs: all runs are "
            f"measured with the labels of {letter[comparison.labels_of.id]}, the newest."
        )
    if comparison.absent:
        names = ", ".join(escape(shorten(name, 40)) for name in comparison.absent[:5])
        more = f" and {len(comparison.absent) - 5} more" if len(comparison.absent) > 5 else ""
        notes.append(f"There are no examples of {names}{more}: macro averages are over the other classes.")
    st.caption(" ".join(notes))
    if old:
        st.warning(
            f"**The dataset has changed since {_list(old)} {'was' if len(old) == 1 else 'were'} trained.** Results "
            "are for the examples as they were then; train again to see the effect of the change.",
            icon=":material/history:",
        )


def _list(letters: Sequence[str]) -> str:
    return letters[0] if len(letters) == 1 else f"{', '.join(letters[:-1])} and {letters[-1]}"


def show_plans(runs: Sequence[Run]) -> None:
    st.subheader("What was done differently", help=_PLAN)
    rows = plan_differences(runs)
    if not rows:
        st.caption("Nothing: these runs have the same plan, module and dataset, and should make the same predictions.")
        return
    table = pd.DataFrame(
        [
            {
                "Setting": row.setting,
                **{letter: value_in_words(value) for letter, value in zip(LETTERS, row.values, strict=False)},
                "Meaning": row.meaning,
            }
            for row in rows
        ]
    )
    st.dataframe(table, hide_index=True, height=min(40 + 35 * len(table), 400), alt="Settings that differ")


def show_comparison(runs: list[Run]) -> None:
    """All that is said of runs that can be compared."""
    dataset = dataset_of(runs[0])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        choose_baseline(runs)
        split = choose_shown_split(*runs)
    comparison, tests, found = compare(runs, split)
    show_verdicts(runs, tests)
    show_notes(comparison, dataset)
    show_measures(runs, comparison.answers, found)
    show_plans(runs)
    show_curves(runs)
    other = choose_other(runs)
    show_views(
        {
            "gained-and-lost": Tab("Gained and lost", lambda: show_gained_and_lost(comparison, other, dataset)),
            "matrix": Tab("Matrix", lambda: show_matrix(comparison, other, dataset)),
            "slices": Tab("By slice", lambda: show_slices(comparison, other, dataset)),
        }
    )


def show_compare() -> None:
    """The leaderboard, and under it the comparison of the runs that are ticked there."""
    compared_runs = open_compared()
    all_runs = list_runs()
    if not all_runs:
        st.info("**No runs yet.** You can compare runs once two of them have a result.", icon=":material/history:")
        link_to("data", "Start with a dataset")
        return
    dataset_id = choose_dataset(all_runs, compared_runs)
    places = leaderboard(all_runs, dataset_id)
    of_dataset = [run for run in all_runs if run.record["dataset"]["id"] == dataset_id]
    if places:
        show_leaderboard(places, of_dataset[0].record["dataset"]["name"])
    if len(places) < len(of_dataset):
        st.caption(f"{count(len(of_dataset) - len(places), 'run')} of this dataset without a result, not listed.")
    if len(places) < FEWEST > len(compared_runs):
        st.info("**A comparison needs two runs with a result.** Train another on this dataset.", icon=":material/add:")
        link_to("train")
    elif len(compared_runs) < FEWEST:
        more = "Tick two to six runs" if not compared_runs else "Tick another run"
        st.info(f"**{more}** to compare them; the first that you tick is the baseline.", icon=":material/check_box:")
    else:
        try:
            wait_for_runs(compared_runs)
            check_comparable(compared_runs)
            show_comparison(compared_runs)
        except UserError as error:
            show_error(error)
