"""Data issues: examples that deserve a look, the worst first, and how to correct them."""

import pandas as pd
import streamlit as st

from pages.data.issue_cards import WIDTH, show_card
from pages.data.issue_list import table_of, with_states
from pages.shared.editing.edit_labels import show_mending
from pages.shared.jobs.progress import have_done
from pages.shared.run.choose_run import choose_run
from pages.shared.run.example_selection import explore_button, ticked_selection
from pages.shared.run.finished import predictions_of
from pages.shared.run.shown_split import tell_of_views
from pages.shared.tables.download import download_csv
from pages.shared.wording.formatting import count
from tlcore.datasets.dataset import Dataset
from tlcore.evaluation.data_issues.find import read_suspects, suspects_version
from tlcore.evaluation.data_issues.kinds import KINDS
from tlcore.evaluation.example_filter import Selection, is_among
from tlcore.runs import Run, list_runs

_PAGE = 12
_ABOUT = {
    "label": "Examples that look like a different class than their label, found by confident learning. It combines "
    "predictions by models that were not fitted on the example with the labels of its nearest neighbours. The most "
    "likely label errors come first; hard examples with correct labels can be among them.",
    "conflict": "Near duplicates with different labels, found by feature vectors and a perceptual hash. At most one "
    "of the labels is right; the example with the less likely label is shown first.",
    "leak": "Near duplicates in two splits: the run is evaluated, or chosen, on near copies of examples that it was "
    "trained on. Leave out the first example of a pair; it is in the split where it is needed less.",
    "outlier": "Examples whose feature vectors are unusually far from their nearest neighbours. Either they do not "
    "belong in the dataset, or it has too few examples of their kind.",
}


def has_suspects(run: Run) -> bool:
    """Whether the list is kept; else it is asked of a worker, and its progress is shown in its place."""
    if suspects_version(run):
        return True
    if have_done("suspects", {"run": run.id}, "Looking for data issues", is_gone=True):
        st.rerun()
    return False


def suspects_of(run: Run, dataset: Dataset) -> pd.DataFrame:
    """The list with what was done about each: shared by all who look, not to be changed."""
    return _suspects(run, dataset, suspects_version(run), dataset.version)


@st.cache_resource(max_entries=3, show_spinner=False)
def _suspects(_run: Run, _dataset: Dataset, listed: tuple, version: int) -> pd.DataFrame:
    return with_states(read_suspects(_run), predictions_of(_run), _dataset)


def choose_rows(run: Run, suspects: pd.DataFrame) -> pd.DataFrame:
    """The suspects of the kind that is chosen; those of test when they are asked for, which is counted."""
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        kind = st.segmented_control(
            "Kind", list(KINDS), format_func=KINDS.get, default="label", required=True, key="kind", bind="query-params",
            wrap=True,
        )  # fmt: skip
        with_test = st.toggle(
            "Include test", key="with-test",
            help="Showing issues of test examples counts as a look at test. Leaks into test are always shown, "
            "because they say nothing about how good the run is.",
        )  # fmt: skip
    if with_test:
        tell_of_views(run)
    st.caption(_ABOUT[kind])
    of_test = (suspects["split"] == "test") | (suspects["other_split"] == "test")
    return suspects[(suspects["kind"] == kind) & (with_test | (kind == "leak") | ~of_test)]


def choose_shown(run: Run, dataset: Dataset, rows: pd.DataFrame) -> pd.DataFrame:
    """Those that nobody had dealt with when they came on the page, so that nothing moves under a second click."""
    left = rows["state"] == ""
    if "dealt-with" not in st.session_state:  # the page was just opened
        st.session_state.pop("suspects-view", None)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{left.sum():,} of {count(len(rows), 'issue')} to look at**")
        with st.container(horizontal=True, width="content", vertical_alignment="center"):
            with_old = st.toggle("Show issues already dealt with", key="dealt-with", disabled=left.all())
            download_csv(lambda: table_of(dataset, rows), "data-issues.csv", key="suspects-csv")
    view = (run.id, with_old, rows.index.tolist())
    if st.session_state.get("suspects-view") != view:
        st.session_state["suspects-view"] = view
        st.session_state["suspects-shown"] = rows.index[with_old | left]
    return rows.loc[st.session_state["suspects-shown"]]


def show_cards(run: Run, dataset: Dataset, shown: pd.DataFrame, ticked: list[str]) -> None:
    """A page of suspects, and boxes to tick all of it or none."""
    pages = -(-len(shown) // _PAGE)
    with st.container(horizontal=True, vertical_alignment="center"):
        page = st.pagination(pages, key="suspects-page") if pages > 1 else 1
        part = shown.iloc[(min(page, pages) - 1) * _PAGE : min(page, pages) * _PAGE]
        st.button(
            "Tick this page", icon=":material/select_all:", type="tertiary",
            on_click=lambda: ticked.extend(part["id"][part["is_here"] & ~part["id"].isin(ticked)].unique()),
        )  # fmt: skip
        st.button("Untick all", icon=":material/deselect:", type="tertiary", on_click=ticked.clear, disabled=not ticked)
        explore_button(
            run, lambda: selection_of(run, dataset, ticked), key="explore-ticked", label="Explore ticked examples",
            disabled=not ticked,
        )  # fmt: skip
    with st.grid(min_column_width=WIDTH, gap="small"):
        for row, suspect in zip(part.index, part.to_dict("records"), strict=True):
            id = suspect["id"]
            show_card(
                run, dataset, suspect, ticked=id in ticked, key=f"suspect-{row}",
                on_tick=lambda id=id: ticked.remove(id) if id in ticked else ticked.append(id),
            )  # fmt: skip


def selection_of(run: Run, dataset: Dataset, ticked: list[str]) -> Selection:
    """The ticked examples as the page Explore knows them, with the splits that the run had them in."""
    predictions = predictions_of(run)
    return ticked_selection(dataset.folder, ticked, set(predictions.splits[is_among(predictions.ids, ticked)]))


def show_issues(dataset: Dataset) -> None:
    """The suspects of one kind that a finished run on the dataset points out, and what can be done about them."""
    run = choose_run_of(dataset)
    if run is None:
        st.info(
            "**Finding data issues needs a finished run.** Train a linear probe on this dataset. Its predictions "
            "and the feature vectors show which labels look wrong, which examples are near duplicates and which are "
            "outliers.",
            icon=":material/troubleshoot:",
        )
        return
    if not has_suspects(run):
        return
    suspects = suspects_of(run, dataset)
    rows = choose_rows(run, suspects)
    if rows.empty:
        st.info("**No issues of this kind were found.** Check the other kinds too.", icon=":material/check:")
        return
    ticked = st.session_state.setdefault(f"ticked-{run.id}", [])
    ticked[:] = suspects["id"][suspects["is_here"] & suspects["id"].isin(ticked)].unique()
    shown = choose_shown(run, dataset, rows)
    if shown.empty:
        st.success("**All of these issues have been dealt with.**", icon=":material/check:")
    else:
        show_cards(run, dataset, shown, ticked)
    show_mending(dataset, ticked, key="suspects", run=run)


def choose_run_of(dataset: Dataset) -> Run | None:
    """The finished run whose issues are shown: the chosen one if it is of this dataset, else the newest."""
    runs = [run for run in list_runs() if run.has_result and run.record["dataset"]["id"] == dataset.id]
    return choose_run(runs, "Found by the run", key="issues-run")
