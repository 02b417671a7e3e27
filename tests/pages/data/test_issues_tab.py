"""The tab Data issues without a browser, on a finished run written by hand."""

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from pages.data.issue_list import TAGS, table_of, with_states
from tests.pages.finished_run import finished_run, run_on
from tests.pages.opened import open_page, press, texts
from tlcore import jobs
from tlcore.base.events import EventLog
from tlcore.datasets import delete_dataset, import_dataset, open_dataset
from tlcore.datasets.dataset import Dataset
from tlcore.datasets.editing.edits import leave_out, merge_classes, rename_class, tag, tags_of
from tlcore.evaluation.data_issues.find import find_suspects, read_suspects, suspects_path
from tlcore.evaluation.data_issues.kinds import KINDS
from tlcore.evaluation.run_results import answers
from tlcore.evaluation.run_results import test_views as views_of
from tlcore.runs import Run


@pytest.fixture
def run(make_images, tmp_path) -> Run:
    return finished_run(make_images, tmp_path / "zoo", {"ants": 30, "bees": 30, "cats": 30}, maps=False)


@pytest.fixture
def listed(run) -> Run:
    find_suspects(run)
    return run


def dataset_of(run: Run) -> Dataset:
    return open_dataset(run.record["dataset"]["id"])


def shown_first(run: Run, kind: str = "label"):
    """The suspects of a kind that the page shows: none of test."""
    found = read_suspects(run).query("kind == @kind")
    splits = dict(zip(answers(run).ids, answers(run).splits, strict=True))
    return found[found["id"].map(splits) != "test"]


def label_of(run: Run, id: str) -> str:
    dataset = dataset_of(run)
    return dataset.class_names[dataset.examples.set_index("id").loc[id, "label"]]


def buttons(page: AppTest, start: str) -> list:
    return [button for button in page.button if button.label.startswith(start)]


def test_the_list_is_asked_of_a_worker_once_and_shown_when_it_is_there(run):
    page = open_page("data", tab="issues", run=run.id)
    page.run()
    (job,) = jobs.queue()
    assert (job.kind, job.args) == ("suspects", {"run": run.id}) and "to look at" not in texts(page)
    find_suspects(run)
    EventLog(job.folder).event("done")
    page.run()
    assert f"{len(shown_first(run))} of {len(shown_first(run))} issues to look at" in texts(page)


def test_a_search_that_failed_says_why_and_can_be_started_again(run):
    page = open_page("data", tab="issues", run=run.id)
    (job,) = jobs.queue()
    EventLog(job.folder).event("failed", title="The disk is full", detail="", hint="Delete files")
    assert "The disk is full" in texts(page.run()) and jobs.queue() == []
    assert not press(page, "Try again").exception
    assert [again.args for again in jobs.queue()] == [job.args]


def test_a_suggested_label_is_taken_in_one_click_and_the_list_says_so(listed):
    first = shown_first(listed).iloc[0]
    page = open_page("data", tab="issues", run=listed.id)
    buttons(page, "Change to ")[0].click().run()
    assert not page.exception and label_of(listed, first["id"]) == first["suggested"]
    n = len(shown_first(listed))
    assert f"{n - 1} of {n} issues to look at" in texts(page)
    assert f"is now {first['suggested']}" in texts(page)


def test_what_looks_right_does_not_come_again_unless_it_is_asked_for(listed):
    first = shown_first(listed).iloc[0]
    page = open_page("data", tab="issues", run=listed.id)
    buttons(page, "Looks right")[0].click().run()
    assert not page.exception
    assert tags_of(dataset_of(listed)).to_dict("records") == [{"id": first["id"], "tag": TAGS["label"]}]
    anew = open_page("data", tab="issues", run=listed.id)
    assert ":material/check: looks right" not in texts(anew)
    anew.toggle(key="dealt-with").set_value(True).run()
    assert ":material/check: looks right" in texts(anew) and not anew.exception


def test_suspects_of_test_are_shown_when_asked_and_counted(listed):
    page = open_page("data", tab="issues", run=listed.id)
    assert views_of(listed) == 0
    page.toggle(key="with-test").set_value(True).run()
    total = (read_suspects(listed)["kind"] == "label").sum()
    assert f"of {total} issues" in texts(page) and views_of(listed) == 1
    assert total > len(shown_first(listed))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_shown_or_said_to_be_absent(listed, kind):
    page = open_page("data", tab="issues", run=listed.id, kind=KINDS[kind])
    assert ("to look at" in texts(page)) != ("No issues of this kind" in texts(page))


def test_a_leak_into_test_shows_its_pictures_and_not_what_is_said_of_them(listed):
    predictions = answers(listed)
    first, second = (predictions.ids[predictions.splits == split][0] for split in ("train", "test"))
    leak = {"id": first, "kind": "leak", "score": 1.0, "other": second, "suggested": "", "why": "The same is in test"}
    pd.concat([read_suspects(listed), pd.DataFrame([leak])]).to_parquet(suspects_path(listed), index=False)
    page = open_page("data", tab="issues", run=listed.id, kind=KINDS["leak"])
    assert "The same is in test" in texts(page) and buttons(page, "Leave out") and views_of(listed) == 0
    assert not buttons(page, "Why")


def test_ticked_ones_are_mended_together(listed):
    page = open_page("data", tab="issues", run=listed.id)
    assert "Select examples" in texts(page)
    press(page, "Tick this page")
    ticked = min(12, len(shown_first(listed)))
    assert f"{ticked} selected examples" in texts(page) and not page.exception
    next(box for box in page.checkbox if box.label == "Tick").uncheck().run()
    assert f"{ticked - 1} selected examples" in texts(page)
    press(page, "Untick all")
    assert "Select examples" in texts(page)


@pytest.mark.parametrize("with_test", [False, True])
def test_ticked_ones_are_explored(listed, with_test):
    page = open_page("data", tab="issues", run=listed.id)
    page.toggle(key="with-test").set_value(with_test).run()
    press(page, "Tick this page")
    ticked = page.session_state[f"ticked-{listed.id}"]
    predictions = answers(listed, early=False)
    splits = {split for id, split in zip(predictions.ids, predictions.splits, strict=True) if id in ticked}
    assert ("test" in splits) == with_test
    press(page, "Explore ticked examples")
    assert not page.exception and f"**{len(ticked):,} of " in texts(page)
    assert {name for name in page.query_params["where"] if "split" in name} == {f"split:{split}" for split in splits}


def test_nothing_moves_under_a_second_click(listed):
    page = open_page("data", tab="issues", run=listed.id)
    before = [box.key for box in page.checkbox if box.label == "Tick"]
    buttons(page, "Looks right")[0].click().run()
    assert [box.key for box in page.checkbox if box.label == "Tick"] == before


def test_no_suspects_at_all_is_said(run):
    find_suspects(run).iloc[:0].to_parquet(suspects_path(run), index=False)
    assert "No issues of this kind" in texts(open_page("data", tab="issues", run=run.id))


def test_a_run_whose_dataset_is_gone_says_so(listed):
    delete_dataset(listed.record["dataset"]["id"])
    assert "There is no such dataset" in texts(open_page("data", tab="issues", run=listed.id))


def test_without_a_finished_run_it_says_what_finds_issues(make_images, tmp_path):
    dataset = import_dataset(make_images(tmp_path / "zoo", {"ants": 5, "bees": 5}))
    assert "needs a finished run" in texts(open_page("data", tab="issues", dataset=dataset.id))


def test_the_newest_finished_run_is_asked_unless_another_of_the_dataset_is_chosen(listed, make_images, tmp_path):
    dataset = dataset_of(listed)
    newest = run_on(dataset, maps=False)
    elsewhere = finished_run(make_images, tmp_path / "elsewhere", {"cups": 9, "jugs": 9}, maps=False)
    for chosen, asked in ((None, newest), (elsewhere, newest), (listed, listed)):
        query = {"run": chosen.id} if chosen else {}
        page = open_page("data", tab="issues", dataset=dataset.id, **query)
        assert page.selectbox(key="issues-run").value == asked.id == page.query_params["run"]


def states(run: Run) -> dict[str, str]:
    table = with_states(read_suspects(run).query("kind == 'label'"), answers(run), dataset_of(run))
    return dict(zip(table["id"], table["state"], strict=True))


def test_states_say_what_was_done_about_the_very_example(listed):
    dataset, suspects = dataset_of(listed), read_suspects(listed).query("kind == 'label'")
    first, second = suspects["id"].iloc[:2]
    assert set(states(listed).values()) == {""}
    leave_out(dataset, [first])
    tag(dataset, [second], TAGS["outlier"])
    assert states(listed)[first] == "was left out"
    assert states(listed)[second] == "", "it was looked at as another kind of suspect"
    tag(dataset, [second], TAGS["label"])
    assert states(listed)[second] == "looks right"


def test_a_renamed_or_merged_class_mends_no_single_example(listed):
    rename_class(dataset_of(listed), "ants", "emmets")
    assert set(states(listed).values()) == {""}
    merge_classes(dataset_of(listed), ["emmets", "bees"], "insects")
    assert set(states(listed).values()) == {""}
    page = open_page("data", tab="issues", run=listed.id)
    offered = {button.label for button in buttons(page, "Change to ")}
    assert offered <= {"Change to cats"}


def test_the_file_has_names_of_files_and_what_was_done(listed):
    dataset, suspects = dataset_of(listed), read_suspects(listed)
    leave_out(dataset, [suspects["id"].iloc[0]])
    dataset = dataset_of(listed)
    table = table_of(dataset, with_states(suspects, answers(listed), dataset))
    assert table["File"].tolist() == [dataset.source_name(id) for id in suspects["id"]]
    assert table["Done"].iloc[0] == "was left out"
    assert np.isfinite(table["Score"]).all()
