"""Runs are compared on the same examples, by the same labels; what can't be compared is refused by name."""

import pytest

from tests.evaluation.written import NAMES, written_run
from tlcore.base.errors import UserError
from tlcore.evaluation.comparison import runs
from tlcore.evaluation.comparison.runs import check_comparable, compare_runs, shared_splits
from tlcore.evaluation.metrics.classification import summary
from tlcore.evaluation.run_results import run_predictions
from tlcore.plans import Plan

ROWS = {
    "a": ("train", 0, 0), "b": ("train", 1, 1), "c": ("val", 0, 0), "d": ("val", 1, 0), "e": ("val", 2, 2),
    "f": ("test", 0, 1), "g": ("test", 1, 1),
}  # fmt: skip


def changed(**rows):
    return {id: row for id, row in {**ROWS, **rows}.items() if row}


def refused(*runs) -> str:
    with pytest.raises(UserError) as error:
        check_comparable(runs)
    assert error.value.hint
    return str(error.value)


def test_answers_are_of_the_same_examples_in_the_same_order():
    shuffled = dict(reversed(changed(d=("val", 1, 1)).items()))
    one, other = written_run("one", ROWS), written_run("other", shuffled)
    comparison = compare_runs([one, other], "val")
    assert [each.ids.tolist() for each in comparison.answers] == [["c", "d", "e"]] * 2
    assert [each.predicted.tolist() for each in comparison.answers] == [[0, 0, 2], [0, 1, 2]]
    assert len(comparison) == comparison.of == 3 and not comparison.relabelled
    for run, predictions in zip((one, other), comparison.answers, strict=True):
        for measure, value in summary(predictions).items():
            assert value == pytest.approx(run.metrics["val"][measure], rel=1e-6), measure


def test_an_example_that_one_run_has_in_another_split_is_left_out():
    again = written_run("again", changed(c=("train", 0, 0), a=("val", 0, 0), e=None), fingerprint="another")
    comparison = compare_runs([written_run("one", ROWS), again], "val")
    assert comparison.answers[0].ids.tolist() == ["d"] and comparison.of == 4


@pytest.mark.parametrize("newest", [0, 1])
def test_all_runs_are_held_to_the_labels_of_the_newest(newest):
    dates = ["2026-01-02" if place == newest else "2026-01-01" for place in (0, 1)]
    one = written_run("one", ROWS, created=dates[0])
    other = written_run("other", changed(d=("val", 2, 2)), created=dates[1], fingerprint="mended")
    comparison = compare_runs([one, other], "val")
    assert comparison.relabelled == ("d",) and comparison.labels_of.id == ("one", "other")[newest]
    label = (1, 2)[newest]
    for run, predictions in zip((one, other), comparison.answers, strict=True):
        assert predictions.labels.tolist() == [0, label, 2]
        whole = run_predictions(run)
        truth = whole.probabilities[whole.ids == "d", label]
        assert summary(predictions)["accuracy"] == (predictions.predicted == [0, label, 2]).mean()
        assert 2.718281828 ** -predictions.losses[1] == pytest.approx(float(truth[0]), rel=1e-5)


def test_classes_without_an_example_are_named():
    rows = {id: row for id, row in ROWS.items() if id != "e"}
    comparison = compare_runs([written_run("one", rows), written_run("other", rows)], "val")
    assert comparison.absent == ("cat",)
    assert compare_runs([written_run("x", ROWS), written_run("y", ROWS)], "test").absent == ("cat",)


def test_runs_without_an_example_in_common_are_refused():
    moved = {id: ({"val": "train", "train": "val"}.get(split, split), *rest) for id, (split, *rest) in ROWS.items()}
    runs = [written_run("one", ROWS), written_run("other", moved, fingerprint="split again")]
    with pytest.raises(UserError, match="no val examples in common"):
        compare_runs(runs, "val")
    assert len(compare_runs(runs, "test")) == 2


def test_fewer_than_two_runs_or_more_than_six_are_refused():
    one = written_run("one", ROWS)
    assert "You chose 0 runs" in refused()
    assert "You chose 1 run." in refused(one) and "more than once" in refused(one, one)
    assert "You chose 7 runs" in refused(*(written_run(f"run-{number}", ROWS) for number in range(7)))
    check_comparable([written_run(f"six-{number}", ROWS) for number in range(runs.MOST)])


def test_a_run_without_result_is_refused_by_name():
    refusal = refused(written_run("one", ROWS), written_run("waiting", ROWS, finished=False))
    assert "waiting is queued" in refusal


def test_runs_of_different_datasets_are_refused_by_name():
    refusal = refused(written_run("one", ROWS), written_run("other", ROWS, dataset="farm"))
    assert "“zoo”" in refusal and "“farm”" in refusal


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("ant", "bee", "dog"), "only one has cat; only other has dog"),
        (("bee", "ant", "cat"), "Their order differs"),
        ((*NAMES, "w", "x", "y", "z"), "only other has w, x, y and 1 more"),
    ],
)
def test_runs_with_different_classes_are_refused_by_name(names, words):
    assert words in refused(written_run("one", ROWS), written_run("other", ROWS, class_names=names))


def test_splits_are_offered_that_all_runs_have():
    without_val = {id: row for id, row in ROWS.items() if row[0] != "val"}
    one, other = written_run("one", ROWS), written_run("other", without_val)
    assert shared_splits([one]) == ["val", "test"] and shared_splits([one, other]) == ["test"]


def test_the_dataset_need_not_be_there():
    runs = [written_run("one", ROWS, plan=Plan(seed=1)), written_run("other", ROWS)]
    assert len(compare_runs(runs, "test")) == 2
