"""The tab Calibration without a browser, on finished runs written by hand; its numbers are scikit-learn's."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, log_loss, precision_score, recall_score, roc_auc_score
from streamlit.testing.v1 import AppTest

from tests.pages.early_run import make_early
from tests.pages.finished_run import finished_run
from tests.pages.opened import charts, open_page, press, texts, turn_to
from tlcore.evaluation.calibration import conformal, temperature_scaling
from tlcore.evaluation.metrics.classification import summary
from tlcore.evaluation.predictions import Predictions
from tlcore.evaluation.run_results import run_predictions, test_views
from tlcore.runs import Run

test_views.__test__ = False
TABS = ("calibration", "threshold", "prediction-sets", "curves")


def open_tab(run: Run, view: str, **query: str) -> AppTest:
    return open_page("results", tab="calibration", view=view, run=run.id, **query)


def cards(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def rewrite(run: Run, labels=None, probabilities=None) -> None:
    """What the run said becomes something else."""
    predictions = run_predictions(run)
    Predictions(
        predictions.ids, predictions.splits, predictions.labels if labels is None else labels,
        predictions.probabilities if probabilities is None else probabilities, predictions.class_names,
    ).write(run.folder / "result" / "predictions.parquet")  # fmt: skip


def test_val_is_shown_first_and_test_only_when_asked_which_results_count_too(run):
    page = open_tab(run, "calibration")
    assert cards(page)["Accuracy"] == f"{run.metrics['val']['accuracy']:.1%}" and test_views(run) == 0
    page.segmented_control(key="split").set_value("test").run()
    assert cards(page)["Accuracy"] == f"{run.metrics['test']['accuracy']:.1%}" and "1 time" in texts(page)
    page.switch_page("results/page.py").run()
    page.segmented_control(key="split").set_value("test").run()
    assert test_views(run) == 1 and not page.exception


@pytest.mark.parametrize("split", ["val", "test"])
def test_calibration_is_that_of_the_split_at_the_temperature_of_val(run, split):
    page = open_tab(run, "calibration", split=split)
    shown, val = run_predictions(run, split), run_predictions(run).only("val")
    temperature = temperature_scaling.fit_temperature(val)
    assert cards(page)["Temperature"] == f"{temperature:.2f}"
    assert cards(page)["Calibration error"] == f"{temperature_scaling.calibration_error(shown):.1%}"
    assert cards(page)["Mean confidence"] == f"{shown.probabilities.max(axis=1).mean():.1%}"
    table = page.table[0].value
    scaled = temperature_scaling.at_temperature(shown, temperature)
    for row, predictions in enumerate((shown, scaled)):
        probabilities = predictions.probabilities / predictions.probabilities.sum(axis=1, keepdims=True, dtype=float)
        loss = log_loss(predictions.labels, probabilities, labels=range(3))
        assert table.iloc[row, 0].startswith(f"{temperature_scaling.calibration_error(predictions) * 100:.1f} % (")
        assert table.iloc[row, 1].startswith(f"{loss:.3f} (")
    assert len(charts(page)) == 2
    assert ("optimistic here" in texts(page)) == (split == "val") and "Predict and all exports" in texts(page)


def test_the_threshold_gives_scikit_learns_precision_and_recall(run):
    page = open_tab(run, "threshold")
    page.slider(key="threshold").set_value(75).run()
    predictions = run_predictions(run, "val")
    answers = np.where(predictions.confidence >= np.float32(0.75), predictions.predicted, 3)
    assert 0 < (answers == 3).sum() < len(predictions)
    micro = {"labels": range(3), "average": "micro"}
    assert cards(page)["Precision"] == f"{precision_score(predictions.labels, answers, **micro):.1%}"
    assert cards(page)["Recall"] == f"{recall_score(predictions.labels, answers, **micro):.1%}"
    assert cards(page)["Undecided"] == f"{(answers == 3).mean():.1%}"
    each = recall_score(predictions.labels, answers, labels=range(3), average=None)
    np.testing.assert_allclose(page.dataframe[0].value["Recall"], each, atol=1e-3)


def test_a_class_can_have_a_threshold_of_its_own_and_give_it_back(run):
    page = open_tab(run, "threshold")
    page.slider(key="threshold").set_value(0).run()
    page.selectbox(key="threshold-class").set_value(1).run()
    assert page.slider(key="threshold-1").value == 0
    page.slider(key="threshold").set_value(10).run()
    assert page.slider(key="threshold-1").value == 10  # it goes with the others until it is moved
    page.slider(key="threshold-1").set_value(100).run()
    assert cards(page)["Decided"] == "0" and cards(page)["Precision"] == "–" and cards(page)["Recall"] == "0.0%"
    page.selectbox(key="threshold-class").set_value(None).run()
    table = page.dataframe[0].value
    assert table["Threshold"].tolist() == [0.1, 1.0, 0.1] and table["Decided"][1] == 0
    press(page, "Use one threshold for all classes")
    assert page.dataframe[0].value["Threshold"].tolist() == [0.1] * 3 and not page.exception


def test_what_was_chosen_in_one_tab_is_still_chosen_after_a_look_at_the_others(run):
    page = open_tab(run, "threshold")
    page.slider(key="threshold").set_value(65).run()
    page.selectbox(key="threshold-class").set_value(1).run()
    page.slider(key="threshold-1").set_value(71).run()
    turn_to(page, view="prediction-sets").segmented_control(key="coverage").set_value(80).run()
    turn_to(page, view="curves").multiselect(key="curve-classes").set_value([2]).run()
    turn_to(page, view="threshold")
    assert page.slider(key="threshold").value == 65 and page.slider(key="threshold-1").value == 71
    assert turn_to(page, view="prediction-sets").segmented_control(key="coverage").value == 80
    assert turn_to(page, view="curves").multiselect(key="curve-classes").value == [2]


def test_where_every_class_has_its_own_threshold_there_is_no_curve_of_all(run):
    page = open_tab(run, "threshold")
    for label in range(3):
        page.selectbox(key="threshold-class").set_value(label).run()
        page.slider(key=f"threshold-{label}").set_value(30 + label).run()
        assert len(charts(page)) == 1
    page.selectbox(key="threshold-class").set_value(None).run()
    assert "Every class has its own threshold" in texts(page) and not charts(page)


def test_sets_are_fitted_on_val_and_their_coverage_is_measured_on_test_alone(make_images, tmp_path):
    run = finished_run(make_images, tmp_path / "zoo", {"ants": 40, "bees": 40, "cats": 40})
    page = open_tab(run, "prediction-sets")
    assert "Coverage, test" not in cards(page) and "choose test to check it" in texts(page)
    assert "Coverage" not in page.dataframe[0].value
    page.segmented_control(key="split").set_value("test").run()
    rule = conformal.fit_sets(run_predictions(run, "val"), 0.9)
    test = run_predictions(run, "test")
    sets = test.probabilities >= rule.least
    assert cards(page)["Coverage, test"] == f"{sets[np.arange(len(test)), test.labels].mean():.1%}"
    assert cards(page)["Classes in a set"] == f"{sets.sum(axis=1).mean():.2f}"
    assert cards(page)["Exactly one class"] == f"{(sets.sum(axis=1) == 1).mean():.1%}"
    page.segmented_control(key="coverage").set_value(99).run()
    assert "Every set contains all classes" in texts(page) and "at least 99" in texts(page)
    assert cards(page)["Classes in a set"] == "3.00" and not page.exception


def test_areas_are_scikit_learns(run):
    page = open_tab(run, "curves")
    predictions = run_predictions(run, "val")
    table = page.dataframe[0].value
    truth = np.eye(3)[predictions.labels]
    np.testing.assert_allclose(
        table["Area under ROC"][:3], roc_auc_score(truth, predictions.probabilities, average=None)
    )
    expected = average_precision_score(truth, predictions.probabilities, average=None)
    np.testing.assert_allclose(table["Average precision"][:3], expected)
    assert table["Class"].tolist() == [*run.class_names, "Mean of all"]
    assert len(charts(page)) == 2
    page.multiselect(key="curve-classes").set_value([]).run()
    assert len(charts(page)) == 2 and not page.exception


@pytest.mark.parametrize("tab", TABS)
def test_equal_probabilities_get_a_word(run, tab):
    rewrite(run, probabilities=np.full((len(run_predictions(run)), 3), 1 / 3, np.float32))
    page = open_tab(run, tab)
    assert "All probabilities are equal" in texts(page)
    if tab == "calibration":
        assert "No temperature can be fitted" in texts(page) and "Temperature" not in cards(page)


@pytest.mark.parametrize("tab", TABS)
def test_a_class_without_an_example_in_the_split_gets_a_word_and_dashes(run, tab):
    predictions = run_predictions(run)
    rewrite(run, labels=np.where((predictions.splits == "test") & (predictions.labels == 2), 0, predictions.labels))
    page = open_tab(run, tab, split="test")
    assert "There are no test examples of **cats**" in texts(page)
    column = {"threshold": "Recall", "prediction-sets": "Coverage", "curves": "Area under ROC"}.get(tab)
    if column:
        assert np.isnan(page.dataframe[0].value[column][2])


def test_a_split_of_one_class_has_no_curves(run):
    rewrite(run, labels=np.zeros(len(run_predictions(run)), int))
    assert "No curves can be drawn" in texts(open_tab(run, "curves"))


@pytest.mark.parametrize("tab", TABS)
def test_without_val_test_is_asked_for_and_what_is_fitted_on_val_is_missing(make_images, tmp_path, tab):
    run = finished_run(make_images, tmp_path / "zoo", fractions=(0.7, 0.0, 0.3), fine_tuned=False)
    page = open_page("results", tab="calibration", run=run.id)
    assert "no val examples" in texts(page) and not page.metric and test_views(run) == 0
    page = open_tab(run, tab, split="test")
    words = {"calibration": "No temperature can be fitted", "prediction-sets": "No prediction sets can be made"}
    assert words.get(tab, "") in texts(page)


@pytest.mark.parametrize("tab", TABS)
def test_a_perfect_run_and_a_single_example_break_nothing(make_images, tmp_path, tab):
    run = finished_run(make_images, tmp_path / "zoo", {"a": 5, "b": 5}, confused=0.0, fractions=(0.6, 0.2, 0.2))
    assert summary(run_predictions(run, "val"))["accuracy"] == 1
    page = open_tab(run, tab)
    assert ("All val predictions are right" in texts(page)) == (tab == "calibration")


def test_hostile_class_names_are_shown_as_they_are(make_images, tmp_path):
    names = ["<script>x<-script>", "**b** [l](x) $x$ :red[y]", "n" * 200, "日本 🎉 \"q\" 'q'"]
    run = finished_run(make_images, tmp_path / "zoo", {name: 8 for name in names})
    for tab in TABS:
        page = open_tab(run, tab)
        if tab == "threshold":
            page.selectbox(key="threshold-class").set_value(1).run()
            assert "**b**" not in page.slider(key="threshold-1").label.replace("\\*", "") and not page.exception
        assert "**b**" not in texts(page).replace("\\*", "")


def test_a_run_without_its_own_result_says_so(run):
    page = open_page("results", tab="calibration", run=make_early(run).id)
    assert "needs the result of the whole run" in texts(page) and "Temperature" not in cards(page)


def test_one_split_of_the_predictions_is_that_part_of_all(run):
    whole = run_predictions(run)
    for split in ("train", "val", "test"):
        part = run_predictions(run, split)
        assert part.ids.tolist() == whole.only(split).ids.tolist()
        np.testing.assert_array_equal(part.probabilities, whole.only(split).probabilities)
    assert len(run_predictions(run, "none")) == 0
