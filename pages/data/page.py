"""Data: labelled examples in, and what is in a dataset."""

import pandas as pd
import streamlit as st

from pages.data.add_data import is_in_review, show_import, show_samples, show_server_folder, show_upload
from pages.data.example_run import show_example, untouched_example
from pages.data.examples_tab import show_examples
from pages.data.history_tab import show_history
from pages.data.import_tab import show_problems
from pages.data.issues_tab import show_issues
from pages.data.settings_tab import show_details
from pages.shared.editing.damaged import show_damaged
from pages.shared.jobs.submit import submit_once
from pages.shared.shell.pages import go_to
from pages.shared.shell.selection import chosen, select, selected
from pages.shared.shell.tabs import Tab, show_tabs
from pages.shared.tables.pick import pick_row
from pages.shared.wording.formatting import escape, shorten, show_error
from pages.shared.wording.meanings import MEANING
from pages.shared.wording.numbers import card
from tlcore.base.errors import UserError
from tlcore.datasets import damaged_datasets, delete_dataset, list_datasets, open_dataset
from tlcore.datasets.dataset import SPLITS, Dataset
from tlcore.modules import default_module, find_module
from tlcore.modules.module import Module
from tlcore.plans import suggest_plan
from tlcore.runs import list_runs, open_run


def chosen_dataset() -> Dataset | None:
    """The dataset that the URL or the session names; a word when there is no such one."""
    if "run" in st.query_params and "dataset" not in st.query_params:
        _choose_the_runs()
    ref = selected("dataset")
    if not ref:
        return None
    try:
        return open_dataset(ref)
    except UserError as error:
        select(dataset="")
        show_error(error)
        return None


def _choose_the_runs() -> None:
    """Chooses the dataset of the run that the URL names, where it names no dataset."""
    try:
        dataset = open_run(st.query_params["run"]).record["dataset"]["id"]
    except UserError as error:
        select(run="")
        show_error(error)
    else:
        select(dataset=dataset)
        st.rerun()  # so that the sidebar says so too


def show_choice(datasets: list[Dataset]) -> None:
    """The datasets there are, to choose from."""
    st.subheader("Your datasets")
    runs = pd.Series([run.record["dataset"]["id"] for run in list_runs()], dtype=str).value_counts()
    rows = [
        {
            "Name": dataset.name,
            "Examples": sum(splits.values()),
            "Classes": len(dataset.class_names),
            **splits,
            "Runs": int(runs.get(dataset.id, 0)),
            "Added": pd.Timestamp(dataset.created),
        }
        for dataset, splits in ((dataset, dataset.splits) for dataset in datasets)
    ]
    row = pick_row(
        pd.DataFrame(rows),
        key=f"datasets-{datasets[0].id}-{len(datasets)}",
        alt="Your datasets",
        columns={
            "Name": st.column_config.TextColumn(width="medium"),
            "Added": st.column_config.DatetimeColumn(format="calendar"),
        },
    )
    if row is not None:
        select(dataset=datasets[row].id)
        st.rerun()
    st.caption("Tick a row to open it.")


def show_ways_in(first: bool) -> None:
    """A sample, an upload, a folder on the server."""
    st.subheader("Start with a sample" if first else "Add a dataset")
    show_samples()
    upload, server = st.tabs([":material/upload_file: Upload", ":material/folder_open: Folder on the server"])
    with upload:
        show_upload()
    with server:
        show_server_folder()


def show_dataset(dataset: Dataset) -> None:
    """One dataset: where to go from here, and the picture of it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(escape(shorten(dataset.name, 56)), width="stretch")
        if st.button("All datasets, or add one", icon=":material/list:"):
            select(dataset="")
            st.rerun()
    if dataset.description or dataset.licence_note:
        note = f"Licence: {dataset.licence_note}" if dataset.licence_note else ""
        st.caption(escape(shorten(" · ".join(part for part in (dataset.description.rstrip("."), note) if part), 600)))
    splits = dataset.splits
    with st.grid(columns=5, min_column_width=110, gap="small", row_height=104):
        card("Examples", f"{sum(splits.values()):,}", meaning=MEANING["dataset size"])
        card("Classes", f"{len(dataset.class_names):,}", meaning=MEANING["classes"])
        for split in SPLITS:
            card(split, f"{splits[split]:,}", meaning=MEANING[split])
    show_next(dataset)
    if dataset.untrained_classes:
        names = ", ".join(escape(shorten(name, 40)) for name in dataset.untrained_classes[:5])
        them = "it" if len(dataset.untrained_classes) == 1 else "them"
        st.warning(
            f"**The train split has no examples of {names}**, so models can't learn to predict {them}. Split the "
            "dataset again, or undo edits.",
            icon=":material/warning:",
        )
    problems = f" ({len(dataset.problems)})" if dataset.problems else ""
    show_tabs(
        {
            "examples": Tab("Examples", lambda: show_examples(dataset)),
            "issues": Tab("Data issues", lambda: show_issues(dataset)),
            "import": Tab(f"Import{problems}", lambda: show_problems(dataset)),
            "history": Tab("History", lambda: show_history(dataset)),
            "settings": Tab("Settings", lambda: show_details(dataset)),
        }
    )


def show_next(dataset: Dataset) -> None:
    """Straight to a linear probe, or by way of a module's layer groups."""
    module = find_module(chosen("module")) if chosen("module") else None
    module = module or default_module()
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f"**Next:** build on {escape(shorten(module.name, 30))}", width="content")
        if st.button("Train a linear probe", type="primary", icon=":material/play_arrow:"):
            train_probe(dataset, module)
        if st.button("Choose a module", icon=":material/layers:"):
            go_to("module", dataset=dataset.id, module=module.id)


def train_probe(dataset: Dataset, module: Module) -> None:
    """Puts the suggested plan without layer groups in the queue, and follows it on the Train page."""
    try:
        run = submit_once(dataset, module, suggest_plan(dataset, module))
    except UserError as error:
        show_error(error)
        return
    go_to("train", dataset=dataset.id, module=module.id, run=run.id)


st.title("Data")
dataset = chosen_dataset()
imported = show_import()
if imported and not dataset:
    select(dataset=imported, run="")
    st.rerun()
if dataset:
    if imported:
        st.toast("Import finished; see All datasets.", icon=":material/check:")
    show_dataset(dataset)
elif not is_in_review():
    show_damaged("dataset", damaged_datasets(), delete_dataset)
    datasets = list_datasets()
    if example := untouched_example():
        show_example(example)
    if datasets:
        show_choice(datasets)
    else:
        st.write("Start with labelled examples: try a sample, or bring your own.")
    show_ways_in(first=not datasets)
