"""Predict: new data, a whole archive or the second sample, and what the run's model says of it."""

import streamlit as st

from pages.predict.predicted import read_predictions, show_predictions
from pages.shared.jobs.progress import follow, followed, wait_for
from pages.shared.media.items import drawing_of
from pages.shared.run.finished import dataset_of, require_finished_run
from pages.shared.shell.pages import link_to
from pages.shared.wording.formatting import count, escape, shorten, show_error
from pages.shared.wording.nouns import count_items, noun_of
from tlcore import pipeline
from tlcore.base.errors import UserError
from tlcore.datasets import Dataset, list_datasets, open_dataset, samples
from tlcore.jobs import Job
from tlcore.jobs.uploads import keep_uploads
from tlcore.modules.module import Module
from tlcore.runs import Run

_MOST_CHOICES = 4
_JOB = "job"


def take_files(run: Run, module: Module) -> None:
    """Files dropped in, or an item taken here, go to a worker as soon as they are there."""
    with st.grid(min_column_width=380, gap="medium"):
        with st.container():
            label = f"Upload {noun_of(module.modality).many}, or an archive of them"
            files = st.file_uploader(label, accept_multiple_files=True, key="new-files")
            others = st.container()
        with st.container():
            item = drawing_of(module.modality).take_new("camera")
    for source, given in (("files", files), ("camera", [item] if item else [])):
        seen = tuple(file.file_id for file in given)
        taken = f"taken-{source}-{run.id}"
        if seen == st.session_state.get(taken, ()):
            continue
        st.session_state[taken] = seen
        if given:
            predict(run, source=str(keep_uploads(given)))
    with others:  # after a worker has begun with the files
        offer_unlabelled(run)
        offer_labelled(run)


def offer_unlabelled(run: Run) -> None:
    """The files that came with the run's dataset without a label, in one click."""
    try:
        dataset = run.dataset_now()
    except UserError:  # it was deleted
        return
    if len(dataset.unlabelled):
        items = count_items(len(dataset.unlabelled), dataset.modality, "unlabelled")
        label = f"Predict the {items} of {escape(shorten(dataset.name, 40))}"
        if st.button(label, icon=":material/label_off:", key="unlabelled"):
            predict(run, dataset=dataset.id, unlabelled=True)


def offer_labelled(run: Run) -> None:
    """Datasets and samples with the same classes, in one click: their labels are known, so the answers are counted."""
    own = run.record["dataset"]
    datasets = [
        dataset for dataset in list_datasets() if dataset.class_names == run.class_names and dataset.id != own["id"]
    ]
    here = {dataset.name for dataset in datasets} | {own["name"]}
    choices = {dataset.name: {"dataset": dataset.id} for dataset in datasets}
    choices |= {
        sample.title: {"sample": sample.name}
        for sample in samples()
        if sample.title not in here and sample.class_names == run.class_names
    }
    if not choices:
        return
    st.caption("Or test the model on other examples of the same classes whose labels are known:")
    with st.container(horizontal=True):
        for name, choice in list(choices.items())[:_MOST_CHOICES]:
            if st.button(escape(shorten(name, 40)), icon=":material/photo_library:", key=f"labelled-{name}"):
                predict(run, **choice)


def predict(run: Run, **of: str | bool) -> None:
    follow(_JOB, pipeline.submit("predict", {"run": run.id, **of}).id)


def chosen_job(run: Run) -> Job | None:
    """The prediction that the URL names, when it is this run's."""
    named = st.query_params.get(_JOB)
    job = followed(_JOB, "predict") if named else None
    if named and not job:
        follow(_JOB, "")
        st.info("This prediction has been deleted; predictions are kept for a day. Upload the files again.")
    return job if job and job.args["run"] == run.id else None


def labelled_dataset(run: Run, job: Job) -> Dataset | None:
    """The dataset whose examples were predicted, if it is one with the run's classes and still there."""
    try:
        dataset = open_dataset(job.result["dataset"]) if job.result["dataset"] else None
    except UserError:
        return None
    return dataset if dataset and dataset.class_names == run.class_names else None


def show_result(run: Run, job: Job) -> None:
    predictions = read_predictions(job)
    names, labels = predictions.index.tolist(), None
    if dataset := labelled_dataset(run, job):
        st.markdown(f"Predictions on **{escape(dataset.name)}**")
        names = dataset.source_names(predictions.index)
        known = dataset.examples.set_index("id")["label"].reindex(predictions.index)
        if known.notna().all():  # none was left out since
            labels = [run.class_names[label] for label in known.astype(int)]
    show_problems([(name, why) for name, why in zip(names, predictions["problem"], strict=True) if why])
    if (predictions["problem"] != "").all():
        show_error(UserError("None of these files can be used for prediction"))
    else:
        show_predictions(run, dataset_of(run), predictions, names, labels, job)


def show_problems(problems: list[tuple[str, str]]) -> None:
    """Files that were left out, by name, and why."""
    if problems:
        with st.expander(f"{count(len(problems), 'file')} left out", icon=":material/warning:", expanded=True):
            st.dataframe(
                {"File": [name for name, _ in problems], "Why": [why for _, why in problems]},
                hide_index=True,
                height=min(38 + 35 * len(problems), 220),
            )


def require_model(run: Run) -> Module:
    """The run's module. The page ends in a word where it can't predict any more: it is gone, or has become another."""
    try:
        return run.module()
    except UserError as error:
        show_error(error)
        link_to("module")
        st.stop()


st.title("Predict")
run = require_finished_run("predict")
take_files(run, require_model(run))
job = chosen_job(run)
if job:
    st.divider()
    if done := wait_for(job, "Predicting"):
        show_result(run, done)
