"""The Results page without a browser, on a finished run written by hand."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.run.cell import toggle_cell
from tests.pages.early_run import finish, make_early
from tests.pages.finished_run import finished_run, run_on
from tests.pages.opened import charts, open_page, texts
from tlcore.base import workspace
from tlcore.base.events import EventLog
from tlcore.datasets import delete_dataset, import_dataset
from tlcore.evaluation.metrics.classification import confusion_matrix, top_losses
from tlcore.evaluation.run_results import run_predictions, test_views
from tlcore.modules import find_module
from tlcore.plans import Plan
from tlcore.runs import create_run

test_views.__test__ = False


def where(page: AppTest) -> list[str]:
    found = page.query_params.get("where", [])
    return [found] if isinstance(found, str) else list(found)


def cards(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def choose_test(page: AppTest) -> AppTest:
    page.segmented_control(key="split").set_value("test").run()
    assert not page.exception
    return page


def test_val_is_shown_first_and_test_only_when_asked_which_is_counted_once_a_session(run):
    page = open_page("results", run=run.id)
    assert cards(page)["Accuracy"] == f"{run.metrics['val']['accuracy']:.1%}"
    assert cards(page)["Examples"] == str(run.metrics["val"]["n"])
    assert test_views(run) == 0
    choose_test(page)
    assert cards(page)["Accuracy"] == f"{run.metrics['test']['accuracy']:.1%}"
    page.run()
    assert test_views(run) == 1 and "1 time" in texts(page)
    assert "2 times" in texts(choose_test(open_page("results", run=run.id)))


def test_numbers_stand_beside_both_baselines(run):
    table = open_page("results", run=run.id).table[0].value
    assert table.index.tolist() == ["This run", "Linear probe", "Majority class"]
    probe = run.result["baselines"]["linear_probe"]["val"]
    assert table.loc["Linear probe"].iloc[0].startswith(f"{probe['accuracy']:.1%}")
    assert table.loc["This run", "Macro F1"] == f"{run.metrics['val']['macro_f1']:.1%}"


def test_a_problem_of_the_whole_run_is_a_warning(make_images, tmp_path):
    run = finished_run(make_images, tmp_path / "zoo", maps=False)
    problem = {"kind": "pixel range", "files": [], "action": "Features *hardly* differ"}
    workspace.write_json(run.artifacts.problems, [problem])
    assert "Features \\*hardly\\* differ." in [each.value for each in open_page("results", run=run.id).warning]


def test_a_linear_probe_is_its_own_baseline(make_images, tmp_path):
    run = finished_run(make_images, tmp_path / "zoo", fine_tuned=False)
    table = open_page("results", run=run.id).table[0].value
    assert table.index.tolist() == ["This run, the linear probe", "Majority class"]


@pytest.mark.parametrize(
    ("kept", "sentence", "rows"),
    [
        (3, "Epoch 3 of 3 is kept", ["This run", "Linear probe", "Majority class"]),
        (0, "Fine-tuning did not help", ["This run, the linear probe", "Majority class"]),
        (None, "", ["This run", "Linear probe", "Majority class"]),
    ],
)
def test_it_says_which_epoch_is_kept_and_whether_numbers_on_val_are_out_of_fold(
    make_images, tmp_path, kept, sentence, rows
):
    run = run_on(import_dataset(make_images(tmp_path / "zoo", {"a": 12, "b": 12})), kept_epoch=kept)
    page = open_page("results", run=run.id)
    words = texts(page) + " ".join(each.value for each in page.info)
    assert sentence in words and (bool(sentence) or "is kept" not in words)
    assert ("predicted out of fold" in words) == (kept == 0)
    assert page.table[0].value.index.tolist() == rows
    assert "predicted out of fold" not in texts(choose_test(page))


def test_the_cell_in_the_url_shows_its_pictures_and_is_in_step_with_the_boxes(run):
    predictions = run_predictions(run).only("val")
    matrix = confusion_matrix(predictions)
    page = open_page("results", run=run.id, where=["label:0", "predicted:1"])
    assert page.selectbox(key="cell-true").value == 0 and page.selectbox(key="cell-predicted").value == 1
    assert f"{matrix[0, 1]} picture" in texts(page)


def test_the_boxes_choose_a_cell_a_row_and_let_go(run):
    page = open_page("results", run=run.id)
    page.selectbox(key="cell-true").set_value(2).run()
    assert where(page) == ["label:2"]
    predictions = run_predictions(run).only("val")
    assert f"{(predictions.labels == 2).sum()} pictures" in texts(page)
    page.selectbox(key="cell-predicted").set_value(0).run()
    assert where(page) == ["label:2", "predicted:0"]
    next(button for button in page.button if button.label == "Clear").click().run()
    assert where(page) == [] and page.selectbox(key="cell-true").value is None
    assert not page.exception


def test_a_cell_that_is_none_breaks_nothing(run):
    page = open_page("results", run=run.id)
    for cell in ("9,9", "x", "-1,0", "1", ",", "²,0", "0,1,2", "99999999999999999999,0", "9" * 5000):
        page.query_params["cell"] = cell
        page.run()
        assert not page.exception and "cell" not in page.query_params, cell
    for asked in (
        ["label:99"],
        ["label:0", "label:1"],
        ["nonsense", ":", ""],
        ["label:" + "9" * 5000],
        ["column.x:=y"],
    ):
        page.query_params["where"] = asked
        page.run()
        assert not page.exception and page.selectbox(key="cell-true").value is None, asked


def test_a_click_puts_the_cell_in_the_url_and_another_takes_it_out(monkeypatch):
    query = {}
    monkeypatch.setattr("streamlit.query_params", query)
    toggle_cell((3, 4), (None, None))
    assert query == {"where": ["label:3", "predicted:4"]}
    toggle_cell((4, 3), (3, 4))
    assert query == {"where": ["label:4", "predicted:3"]}
    toggle_cell((4, 3), (4, 3))
    assert query == {}


def test_an_address_of_before_opens_the_same_cell_and_becomes_a_selection(run):
    page = open_page("results", run=run.id, cell="0,1")
    assert where(page) == ["label:0", "predicted:1"] and "cell" not in page.query_params
    assert page.selectbox(key="cell-true").value == 0 and page.selectbox(key="cell-predicted").value == 1


def test_every_reading_of_the_matrix_is_drawn(run):
    page = open_page("results", run=run.id, cell="0,1")
    page.segmented_control(key="order").set_value("confusion")
    for cells in ("row", "column", "counts"):
        page.segmented_control(key="cells").set_value(cells).run()
        assert not page.exception, cells


def test_the_class_table_has_every_class(run):
    table = open_page("results", run=run.id).dataframe[0].value
    assert table["Class"].tolist() == list(run.class_names)
    assert table["Examples"].sum() == run.metrics["val"]["n"]


def test_the_highest_loss_comes_with_what_was_said(run):
    predictions = run_predictions(run).only("val")
    worst = predictions.ids.tolist().index(top_losses(predictions, 1)[0])
    page = open_page("results", run=run.id)
    page.query_params["view"] = "highest-loss"
    assert f"**{run.class_names[predictions.predicted[worst]]}**" in texts(page.run())


def test_a_dataset_without_val_asks_before_test_is_shown(make_images, tmp_path):
    run = finished_run(make_images, tmp_path / "zoo", fractions=(0.7, 0.0, 0.3), fine_tuned=False)
    page = open_page("results", run=run.id)
    assert not page.metric and "no val examples" in texts(page) and test_views(run) == 0
    assert cards(choose_test(page))["Examples"] == str(run.metrics["test"]["n"])


def test_a_dataset_with_train_alone_says_so(make_images, tmp_path):
    run = finished_run(make_images, tmp_path / "zoo", fractions=(1.0, 0.0, 0.0), fine_tuned=False)
    assert "neither val nor test" in texts(open_page("results", run=run.id))


def test_hostile_class_names_are_shown_as_they_are(make_images, tmp_path):
    names = ["<script>x<-script>", "**b** [l](x) $x$ :red[y]", "n" * 200, "日本 🎉 \"q\" 'q'"]
    run = finished_run(make_images, tmp_path / "zoo", {name: 8 for name in names})
    page = open_page("results", run=run.id, cell="0,")
    assert page.dataframe[0].value["Class"].tolist() == list(run.class_names)
    assert "**b**" not in texts(page).replace("\\*", "")


def test_numbers_stay_when_the_dataset_is_deleted(run):
    delete_dataset(run.record["dataset"]["id"])
    page = open_page("results", run=run.id, cell="0,0")
    assert "was deleted" in texts(page) and cards(page)["Accuracy"]


def test_a_run_without_a_result_says_so_and_leads_on(make_images, tmp_path):
    dataset = import_dataset(make_images(tmp_path / "zoo"))
    for event in (None, "stage", "failed", "cancelled"):
        run = create_run(dataset, find_module("efficientnet-lite0"), Plan())
        if event:
            EventLog(run.folder).event(event, name="probe")
        page = open_page("results", run=run.id)
        assert "no result" in texts(page) and not page.metric
        assert [button for button in page.button if button.label in ("Follow the run", "See how it went")], event


@pytest.mark.parametrize("ref", ["no-such-run", "../.."])
def test_an_unknown_run_gets_a_word(ref):
    assert "no such run" in texts(open_page("results", run=ref))


def test_without_a_run_the_page_leads_to_the_runs():
    assert "Choose a run first" in texts(open_page("results"))


def test_a_perfect_run_has_nothing_wrong_to_show(make_images, tmp_path):
    run = finished_run(make_images, tmp_path / "zoo", {"a": 12, "b": 12}, confused=0.0)
    page = open_page("results", run=run.id, cell="0,1")
    assert cards(page)["Accuracy"] == "100.0%" and "No example is in this cell" in texts(page)


def test_a_run_under_way_shows_its_linear_probe_and_says_so_and_never_test(run):
    early = make_early(run)
    predictions = run_predictions(early)
    page = open_page("results", run=early.id)
    assert "This is the result of the linear probe" in texts(
        page
    ) and "fine-tuning is in progress (epoch 2 of 3)" in texts(page)
    split = page.segmented_control(key="early-split")
    assert split.value == "val" and split.options == ["val", "train, out of fold"]
    right = predictions.only("val").predicted == predictions.only("val").labels
    assert cards(page)["Accuracy"] == f"{right.mean():.1%}" and not page.table
    split.set_value("train").run()
    assert cards(page)["Examples"] == str((predictions.splits == "train").sum()) and not page.exception
    assert test_views(early) == 0


def test_pictures_of_a_cell_of_the_early_result_are_shown(run):
    early = make_early(run)
    matrix = confusion_matrix(run_predictions(early).only("val"))
    page = open_page("results", run=early.id, cell="0,1")
    assert f"{matrix[0, 1]} picture" in texts(page)
    assert page.dataframe[0].value["Examples"].sum() == matrix.sum()


def test_the_runs_own_result_is_offered_and_takes_over_with_the_cell_that_was_chosen(run):
    early = make_early(run)
    page = open_page("results", run=early.id, cell="0,1")
    finish(early)
    page.run()
    assert where(page) == ["label:0", "predicted:1"] and page.selectbox(key="cell-predicted").value == 1
    assert "This is the result of the linear probe" not in texts(page)
    assert cards(page)["Accuracy"] == f"{early.metrics['val']['accuracy']:.1%}"


def test_a_run_that_failed_after_its_probe_shows_it_and_says_so(run):
    early = make_early(run)
    EventLog(early.folder).event("failed", title="Memory ran out", detail="", hint="")
    page = open_page("results", run=early.id)
    assert "The run failed afterwards" in texts(page) and cards(page)["Accuracy"]


def test_a_link_to_test_shows_no_test_of_a_run_under_way(run):
    early = make_early(run)
    page = open_page("results", run=early.id, split="test", **{"early-split": "test"})
    assert cards(page)["Examples"] == str((run_predictions(early).splits == "val").sum())


@pytest.mark.parametrize(("view", "figures", "tables"), [("classes", 1, 1), ("highest-loss", 1, 0), ("curves", 3, 0)])
def test_of_the_parts_below_the_matrix_the_open_one_is_drawn(run, view, figures, tables):
    page = open_page("results", run=run.id, view=view)
    assert (len(charts(page)), len(page.dataframe)) == (figures, tables) and not page.exception
