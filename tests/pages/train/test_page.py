"""The Train page: every setting with its reason, only those that do something, and the run as it goes."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.early_run import make_early
from tests.pages.finished_run import finished_run
from tests.pages.opened import open_page, press
from tlcore import jobs, pipeline, runs
from tlcore.base import workspace
from tlcore.base.events import EventLog
from tlcore.datasets import import_dataset
from tlcore.evaluation.run_results import run_predictions
from tlcore.modules import find_module
from tlcore.plans import Plan, suggest_plan


@pytest.fixture
def dataset(make_images, tmp_path):
    return import_dataset(make_images(tmp_path / "pictures", {"ants": 12, "bees": 12}))


def captions(page: AppTest) -> str:
    return " ".join(caption.value.replace("\\", "") for caption in page.caption)


def test_without_a_dataset_it_says_where_to_get_one():
    page = open_page("train")
    assert "Choose a dataset first" in page.info[0].value
    assert not page.main.button


def test_without_groups_only_settings_of_the_probe_and_the_head_are_shown(dataset):
    page = open_page("train", dataset=dataset.id, module="efficientnet-lite0")
    assert not page.exception
    assert "Linear probe only" in " ".join(each.value for each in page.markdown)
    labels = {widget.label for widget in [*page.number_input, *page.selectbox, *page.slider]}
    assert "Epochs" not in labels
    assert "Class weights" in labels


def test_every_setting_shown_has_the_reason_of_its_suggestion(dataset):
    module = find_module("efficientnet-lite0")
    groups = module.last_groups(2)
    page = open_page("train", dataset=dataset.id, module=module.id, groups=",".join(groups))
    reasons = suggest_plan(dataset, module, groups).reasons
    assert set(reasons) == set(Plan.model_fields)
    shown = captions(page)
    hidden = {"train_groups", "head_epochs", "head_learning_rate"}
    assert [name for name in set(reasons) - hidden if reasons[name] not in shown] == []


def test_what_is_edited_is_what_is_trained(dataset):
    module = find_module("efficientnet-lite0")
    page = open_page("train", dataset=dataset.id, module=module.id, groups=",".join(module.last_groups(1)))
    number = {widget.label: widget for widget in page.number_input}
    number["Epochs"].set_value(2)
    number["Seed"].set_value(11)
    next(box for box in page.selectbox if box.label == "Optimizer").set_value("sgd")
    page.run()
    press(page, "Train")
    (run,) = runs.list_runs()
    assert (run.plan.epochs, run.plan.seed, run.plan.optimizer) == (2, 11, "sgd")
    assert run.plan.train_groups == module.last_groups(1)
    assert [each.id for each in jobs.queue()] == [run.id]


def test_weight_decay_is_shown_for_the_optimizer_that_has_it(dataset):
    module = find_module("efficientnet-lite0")
    page = open_page("train", dataset=dataset.id, module=module.id, groups=",".join(module.last_groups(1)))
    assert any(widget.label == "Weight decay" for widget in page.number_input)
    next(box for box in page.selectbox if box.label == "Optimizer").set_value("adam")
    page.run()
    assert not any(widget.label == "Weight decay" for widget in page.number_input)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b'{"epoch": 3}', "unknown settings"),
        (b"no json", "not valid JSON"),
        (b'{"epochs": -1}', "invalid setting"),
        (b"[1]", "This is not a plan"),
    ],
)
def test_a_plan_file_that_is_wrong_is_refused_by_name(dataset, content, word):
    page = open_page("train", dataset=dataset.id, module="efficientnet-lite0")
    page.file_uploader[0].set_value(("plan.json", content, "application/json"))
    page.run()
    press(page, "Use this plan")
    assert word in page.error[0].value.replace("\\", "")


def test_a_plan_file_becomes_the_form(dataset):
    module = find_module("efficientnet-lite0")
    page = open_page("train", dataset=dataset.id, module=module.id)
    plan = Plan(train_groups=module.last_groups(1), epochs=9, augment_flip="both")
    page.file_uploader[0].set_value(("plan.json", plan.to_json().encode(), "application/json"))
    page.run()
    press(page, "Use this plan")
    assert next(widget for widget in page.number_input if widget.label == "Epochs").value == 9
    assert "come from plan.json" in captions(page)


def test_an_unknown_run_in_the_url_is_a_clear_word():
    page = open_page("train", run="<script>")
    assert "There is no such run" in page.error[0].value
    assert not page.exception


def test_a_queued_run_says_its_place(dataset):
    module = find_module("efficientnet-lite0")
    first = pipeline.submit_run(dataset, module, Plan())
    second = pipeline.submit_run(dataset, module, Plan())
    assert "It is next" in _progress(open_page("train", run=first.id))
    assert "1 run ahead of it" in _progress(open_page("train", run=second.id))


def _progress(page: AppTest) -> str:
    return page.get("progress")[0].proto.text


def test_a_failed_run_ends_in_words_with_the_traceback_folded_away(dataset):
    run = runs.create_run(dataset, find_module("efficientnet-lite0"), Plan())
    log = EventLog(run.folder)
    log.stage("features")
    log.event("failed", title="Memory ran out", detail="At *batch* 3", hint="Smaller batches", traceback="Trace…")
    page = open_page("train", run=run.id)
    assert page.error[0].value == "**Memory ran out.** At \\*batch\\* 3. Smaller batches."
    assert next(expander for expander in page.expander if expander.label == "Traceback").code[0].value == "Trace…"


def test_a_finished_run_leads_to_its_results(make_images, tmp_path):
    run = finished_run(make_images, tmp_path)
    page = open_page("train", run=run.id)
    assert not page.exception
    assert "Done in 4 s" in " ".join(each.value for each in page.markdown)
    assert any(button.label == "Results" for button in page.button)
    metrics = {metric.label: metric.value for metric in page.metric}
    assert metrics["Accuracy on val"] == f"{run.metrics['val']['accuracy']:.1%}"
    assert metrics["Linear probe, val"] == f"{run.result['baselines']['linear_probe']['val']['accuracy']:.1%}"


def test_a_problem_of_the_whole_run_is_a_warning(make_images, tmp_path):
    run = finished_run(make_images, tmp_path / "zoo", maps=False)
    problem = {"kind": "pixel range", "files": [], "action": "Features *hardly* differ"}
    workspace.write_json(run.artifacts.problems, [problem])
    assert "Features \\*hardly\\* differ." in [each.value for each in open_page("train", run=run.id).warning]


def test_what_computes_is_said_in_words_by_stage(dataset):
    run = runs.create_run(dataset, find_module("efficientnet-lite0"), Plan())
    log = EventLog(run.folder)
    log.event("stage", name="features")
    log.event("pass", note="It runs in *A*.")
    log.event("stage", name="fine-tune")
    log.event("pass", note="It runs in *A*.")
    log.event("cut", note="It is cut.")
    assert "Feature vectors: It runs in *A*.  \nFine-tuning: It is cut." in captions(open_page("train", run=run.id))


def test_a_run_brought_along_fills_the_form(make_images, tmp_path):
    run = finished_run(make_images, tmp_path)
    page = open_page("train", run=run.id)
    page = press(page, "Duplicate and edit")
    page.switch_page("train/page.py").run()
    assert next(widget for widget in page.number_input if widget.label == "Epochs").value == run.plan.epochs
    press(page, "Use the suggested plan")
    assert "brought_plan" not in page.session_state


def test_a_run_under_way_shows_the_first_numbers_with_ways_to_matrix_and_map(make_images, tmp_path):
    run = make_early(finished_run(make_images, tmp_path / "zoo"))
    page = open_page("train", run=run.id)
    metrics = {metric.label: metric for metric in page.metric}
    right = run_predictions(run).only("val")
    card = metrics["Linear probe, val"]
    assert card.value == f"{(right.predicted == right.labels).mean():.1%}" and "–" in card.delta
    assert "Linear probe, train out of fold" in metrics
    assert {"Matrix", "Map"} <= {button.label for button in page.button}
    assert page.session_state["selected_run"] == run.id


def test_before_its_probe_a_run_says_that_numbers_will_come(dataset):
    run = runs.create_run(dataset, find_module("efficientnet-lite0"), Plan())
    EventLog(run.folder).stage("features")
    page = open_page("train", run=run.id)
    assert "first results will appear here" in captions(page)
    assert not {"Matrix", "Map"} & {button.label for button in page.button}
