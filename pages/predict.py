"""Predict: new pictures, a whole archive or the second sample, and what the run's model says of them."""

from pathlib import Path, PurePosixPath

import streamlit as st

import tlcore.workspace as workspace
from pages.parts.finished import dataset_of, require_finished_run
from pages.parts.new_files import keep_new_files, open_new_files
from pages.parts.pages import link_to
from pages.parts.predicted import show_predictions
from pages.parts.waiting import PageProgress, wait_for
from pages.parts.words import count, plain, shorten, show_error
from tlcore import jobs
from tlcore.datasets import Dataset, import_sample, list_datasets, open_dataset, samples
from tlcore.datasets.archives import read_archive
from tlcore.datasets.names import PICTURES
from tlcore.errors import UserError
from tlcore.jobs import Job
from tlcore.progress import Progress
from tlcore.runs import Run
from tlcore.training.weights import module_of

_MOST_CHOICES = 4
_SOON_READ = 5_000_000  # bytes of files that are read in a fraction of a second


def take_files(run: Run) -> None:
    """Files dropped in or a picture taken go to a worker as soon as they are there."""
    with st.grid(min_column_width=380, gap="medium"):
        with st.container():
            files = st.file_uploader(
                "Drop in pictures, or an archive of them", accept_multiple_files=True, key="new-files"
            )
            others = st.container()
        with st.container():
            picture = st.camera_input("Take a picture") if st.toggle("Use the camera", key="camera") else None
    for source, given in (("files", files), ("camera", [picture] if picture else [])):
        seen = tuple(file.file_id for file in given)
        taken = f"taken-{source}-{run.id}"
        if seen == st.session_state.get(taken, ()):
            continue
        st.session_state[taken] = seen
        if given:
            predict_on(run, given)
    with others:  # after a worker has begun with the files
        offer_labelled(run)


def predict_on(run: Run, files: list) -> None:
    place = st.empty()
    if sum(file.size for file in files) < _SOON_READ:
        progress = Progress()
    else:
        with place.container(border=True):
            progress = PageProgress("Reading the files")
    kept = keep_new_files([(file.name, file) for file in files], progress)
    place.empty()
    if kept.names:
        submit(run, kept.paths)
    else:
        st.query_params.pop("job", None)
        show_error(UserError("There is nothing to predict on in these files"))
        show_problems(kept.problems)


def offer_labelled(run: Run) -> None:
    """Datasets and samples with the same classes, in one click: their labels are known, so the answers are counted."""
    own = run.record["dataset"]
    datasets = [
        dataset for dataset in list_datasets() if dataset.class_names == run.class_names and dataset.id != own["id"]
    ]
    here = {dataset.name for dataset in datasets} | {own["name"]}
    choices = {dataset.name: dataset for dataset in datasets}
    choices |= {
        sample.title: sample
        for sample in samples()
        if sample.title not in here and _classes_in(str(sample.path)) == set(run.class_names)
    }
    if not choices:
        return
    st.caption("Or see how it does on other pictures of the same classes, whose labels are known:")
    with st.container(horizontal=True):
        for name, choice in list(choices.items())[:_MOST_CHOICES]:
            if st.button(plain(shorten(name, 40)), icon=":material/photo_library:", key=f"labelled-{name}"):
                dataset = choice if isinstance(choice, Dataset) else import_sample(choice.name)
                submit(run, [str(dataset.file(id)) for id in dataset.examples["id"]])


@st.cache_data(show_spinner=False)
def _classes_in(archive: str) -> set[str]:
    """The names of the folders that hold a sample's pictures."""
    names = [PurePosixPath(found.name) for found in read_archive(Path(archive))]
    return {name.parent.name for name in names if name.suffix in PICTURES}


def submit(run: Run, paths: list[str]) -> None:
    st.query_params["job"] = jobs.submit("predict", {"run": run.id, "paths": paths}).id


def chosen_job(run: Run) -> Job | None:
    """The prediction that the URL names, when it is this run's."""
    if "job" not in st.query_params:
        return None
    try:
        job = jobs.open_job(st.query_params["job"])
    except UserError:
        st.query_params.pop("job")
        st.info("That prediction was cleared away; they are kept for a day. Drop the files in again.")
        return None
    return job if job.kind == "predict" and job.args["run"] == run.id else None


def labelled_dataset(run: Run, paths: list[str]) -> Dataset | None:
    """The dataset whose files these are, if they are one's with the run's classes."""
    place = workspace.place("datasets")
    if not Path(paths[0]).is_relative_to(place):
        return None
    try:
        dataset = open_dataset(Path(paths[0]).relative_to(place).parts[0])
    except UserError:
        return None
    return dataset if dataset.class_names == run.class_names else None


def show_result(run: Run, job: Job) -> None:
    documents = job.result["predictions"]
    paths = [document["path"] for document in documents]
    names, labels, problems = [Path(path).name for path in paths], None, []
    if kept := open_new_files(paths):
        names, problems = [kept.names[name] for name in names], kept.problems
    elif labelled := labelled_dataset(run, paths):
        st.markdown(f"On **{plain(labelled.name)}**")
        files = [Path(path).relative_to(labelled.folder).as_posix() for path in paths]
        names = labelled.imported.set_index("file").loc[files, "source_name"].tolist()
        known = labelled.examples.set_index("file")["label"].reindex(files)
        if known.notna().all():  # none was left out since
            labels = [run.class_names[label] for label in known.astype(int)]
    readable = [place for place, document in enumerate(documents) if not document["problem"]]
    problems += [
        (name, document["problem"].replace(document["path"], name))
        for name, document in zip(names, documents, strict=True)
        if document["problem"]
    ]
    show_problems(problems)
    if readable:
        show_predictions(
            run,
            dataset_of(run),
            [documents[place] for place in readable],
            [names[place] for place in readable],
            [labels[place] for place in readable] if labels else None,
            job.id,
        )


def show_problems(problems: list[tuple[str, str]]) -> None:
    """Files that were left out, by name, and why."""
    if problems:
        with st.expander(f"{count(len(problems), 'file')} left out", icon=":material/warning:", expanded=True):
            st.dataframe(
                {"File": [name for name, _ in problems], "Why": [why for _, why in problems]},
                hide_index=True,
                height=min(38 + 35 * len(problems), 220),
            )


def require_model(run: Run) -> None:
    """Ends the page in a word where the run can't predict any more: its module is gone, or has become another."""
    try:
        module_of(run)
    except UserError as error:
        show_error(error)
        link_to("module")
        st.stop()


st.title("Predict")
run = require_finished_run("predict")
require_model(run)
take_files(run)
job = chosen_job(run)
if job:
    st.divider()
    done = wait_for(job, f"Predicting {count(len(job.args['paths']), 'picture')}")
    if done:
        show_result(run, done)
