"""The Embedding page without a browser, on a finished run written by hand."""

import shutil

import numpy as np
from streamlit.testing.v1 import AppTest

from tests.pages.early_run import finish, make_early
from tests.pages.finished_run import finished_run
from tests.pages.opened import open_page, texts
from tlcore import jobs
from tlcore.datasets import delete_dataset, open_dataset
from tlcore.evaluation.maps import map_path, write_map
from tlcore.evaluation.of_run import predictions
from tlcore.runs import EventLog


def select(page: AppTest, run, ids: list[str]) -> AppTest:
    page.session_state[f"chosen-{run.id}"] = ids
    page.run()
    assert not page.exception
    return page


def test_a_fine_tuned_run_shows_the_trained_module_first_and_the_other_on_request(run):
    page = open_page("embedding", run=run.id)
    assert page.segmented_control(key="which").value == "trained"
    page.segmented_control(key="which").set_value("module").run()
    assert not page.exception and "0 of 36 selected" in texts(page)


def test_a_linear_probe_has_the_module_as_it_came_alone_and_says_so(make_images, tmp_path):
    page = open_page("embedding", run=finished_run(make_images, tmp_path / "zoo", fine_tuned=False).id)
    assert page.segmented_control(key="which").options == ["the module as it came"]
    assert "trained no layer group" in texts(page)


def test_every_colouring_is_drawn(run):
    page = open_page("embedding", run=run.id)
    for colouring in ("predicted", "right", "confidence", "split", "label"):
        page.segmented_control(key="colour").set_value(colouring).run()
        assert not page.exception, colouring


def test_splits_can_be_left_out(run):
    page = open_page("embedding", run=run.id)
    page.pills(key="splits").set_value(["val"]).run()
    assert f"0 of {run.metrics['val']['n']} selected" in texts(page)
    page.pills(key="splits").set_value([]).run()
    assert "No points to show" in texts(page) and not page.exception


def test_selected_examples_are_listed_and_can_be_let_go(run):
    said = predictions(run)
    page = select(open_page("embedding", run=run.id), run, [*said.ids[:3], "gone"])
    dataset = open_dataset(run.record["dataset"]["id"])
    table = page.dataframe[0].value
    assert "3 of 36 selected" in texts(page)
    assert table["File"].tolist() == [dataset.source_name(id) for id in said.ids[:3]]
    assert table["Predicted"].tolist() == [run.class_names[label] for label in said.predicted[:3]]
    next(button for button in page.button if button.label == "Clear").click().run()
    assert "0 of 36 selected" in texts(page) and not page.dataframe


def test_an_examples_neighbours_are_shown_by_distance(run):
    page = open_page("embedding", run=run.id)
    page.selectbox(key="example").set_value(str(predictions(run).ids[0])).run()
    assert not page.exception
    distances = [float(each.value.split("distance ")[1]) for each in page.caption if "distance " in each.value[-20:]]
    assert len(distances) == 11 and distances == sorted(distances)


def test_a_single_selected_example_is_the_one_whose_neighbours_are_shown(run):
    id = str(predictions(run).ids[5])
    page = select(open_page("embedding", run=run.id), run, [id])
    assert page.selectbox(key="example").value == id
    assert sum("distance " in each.value[-20:] for each in page.caption) == 11


def test_a_missing_map_is_asked_of_a_worker_once_and_drawn_when_it_is_there(run):
    page = open_page("embedding", run=run.id, method="t-SNE")
    page.run()
    (job,) = jobs.queue()
    assert job.kind == "map" and job.args == {"run": run.id, "which": "trained", "method": "t-sne"}
    assert "selected" not in texts(page)
    ids = predictions(run).ids
    write_map(map_path(run, "trained", "t-sne"), ids, np.zeros((len(ids), 2)))
    EventLog(job.folder).event("done")
    page.run()
    assert "0 of 36 selected" in texts(page) and not page.exception


def test_a_map_that_failed_says_why_and_can_be_asked_for_again(run):
    page = open_page("embedding", run=run.id, method="t-SNE")
    EventLog(jobs.queue()[0].folder).event("failed", title="Memory ran out", detail="", hint="Close programs")
    page.run()
    assert "Memory ran out" in texts(page) and not jobs.queue()
    next(button for button in page.button if button.label == "Compute it again").click().run()
    assert len(jobs.queue()) == 1 and not page.exception


def test_a_handful_of_examples_is_drawn(make_images, tmp_path):
    run = finished_run(make_images, tmp_path / "few", {"a": 2, "b": 2})
    page = select(open_page("embedding", run=run.id), run, predictions(run).ids.tolist()[:1])
    assert "1 of 4 selected" in texts(page)
    assert sum("distance " in each.value[-20:] for each in page.caption) == 3


def test_the_map_stays_when_the_dataset_is_deleted(run):
    ids = predictions(run).ids.tolist()
    delete_dataset(run.record["dataset"]["id"])
    page = select(open_page("embedding", run=run.id), run, ids[:2])
    assert "was deleted" in texts(page) and "2 of 36 selected" in texts(page)


def test_feature_vectors_that_are_gone_leave_words_not_a_traceback(run, home):
    shutil.rmtree(home / "features")
    page = open_page("embedding", run=run.id, which="the module as it came")
    page.selectbox(key="example").set_value(str(predictions(run).ids[0])).run()
    assert not page.exception and "feature vectors of this run" in texts(page)


def test_a_run_under_way_shows_the_modules_map_of_train_and_val_and_says_so(run):
    early = make_early(run)
    said = predictions(early)
    page = open_page("embedding", run=early.id)
    assert "This is the linear probe" in texts(page)
    assert page.segmented_control(key="which").options == ["the module as it came"]
    assert page.pills(key="early-splits").options == ["train", "val"]
    assert f"0 of {len(said)} selected" in texts(page) and len(said) < 36
    select(page, early, said.ids.tolist()[:3])
    assert page.dataframe[0].value["Predicted"].tolist() == [run.class_names[label] for label in said.predicted[:3]]


def test_neighbours_in_the_early_result_are_train_and_val_alone(run):
    early = make_early(run)
    said = predictions(early)
    page = open_page("embedding", run=early.id)
    page.selectbox(key="example").set_value(str(said.ids[0])).run()
    assert not page.exception
    assert sum("distance " in each.value[-20:] for each in page.caption) == 11


def test_a_selection_outlives_the_end_of_the_run(run):
    early = make_early(run)
    ids = predictions(early).ids.tolist()[:2]
    page = select(open_page("embedding", run=early.id), early, ids)
    finish(early)
    page.run()
    assert not page.exception and "2 of 36 selected" in texts(page)
    said = predictions(early)
    labels = dict(zip(said.ids, said.predicted, strict=True))
    shown = page.dataframe[0].value["Predicted"].tolist()
    assert sorted(shown) == sorted(run.class_names[labels[id]] for id in ids)
