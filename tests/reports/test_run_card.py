"""A run in a notebook: its numbers on val with intervals, beside baselines; its matrix and its maps."""

import re

import pytest

from tests.drawn import HOSTILE, Drawn
from tests.evaluation.written import written_run
from tests.pages.finished_run import finished_run
from tlcore import api
from tlcore.base.formatting import with_interval
from tlcore.evaluation.metrics.classification import confusion_matrix
from tlcore.evaluation.run_results import answers, test_views

test_views.__test__ = False


def shown(run) -> Drawn:
    return Drawn(api.Run(run.folder)._repr_html_())


@pytest.fixture
def run(make_images, tmp_path):
    return finished_run(make_images, tmp_path / "zoo")


def test_it_shows_the_numbers_of_val_and_does_not_look_at_test(run):
    drawn = shown(run)
    assert drawn.is_whole and not drawn.loads and not drawn.runs
    probe = run.result["baselines"]["linear_probe"]["val"]
    assert [row[:3] for row in drawn.rows[1:3]] == [
        ["This run", "val", with_interval(run.metrics["val"])],
        ["Linear probe", "val", with_interval(probe)],
    ]
    assert with_interval(run.metrics["test"]) not in drawn.text and test_views(run) == 0
    points = sum(attributes.get("d", "").count("h0") for _, attributes in drawn.elements)
    assert points == 2 * (answers(run).splits != "test").sum(), "of two maps"


def test_its_matrix_has_every_count(run):
    matrix = confusion_matrix(answers(run).only("val"))
    cells = re.findall(r"true (\w+), predicted (\w+): (\d+)", shown(run).text)
    names = run.class_names
    assert {(names.index(true), names.index(told)): int(n) for true, told, n in cells} == {
        (true, told): matrix[true, told] for true, told in zip(*matrix.nonzero(), strict=True)
    }


def test_a_fine_tuned_run_has_two_maps_a_probe_one(run, make_images, tmp_path):
    text = shown(run).text
    assert "PCA of the module as it came" in text and "PCA of the trained module" in text
    probe = finished_run(make_images, tmp_path / "farm", {"cows": 8, "hens": 8}, fine_tuned=False)
    assert "This run, the linear probe" in shown(probe).text and "trained module" not in shown(probe).text


def test_without_val_or_a_result_it_says_so():
    blind = written_run("blind", {"a": ("test", 0, 0), "b": ("train", 1, 1)})
    assert "no val examples" in shown(blind).text
    assert "has no result" in shown(written_run("waiting", {}, finished=False)).text


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_class_names_are_text(name):
    rows = {"a": ("val", 0, 1), "b": ("val", 1, 1), "c": ("train", 0, 0)}
    drawn = shown(written_run("one", rows, class_names=("ant", name), module=name))
    assert drawn.is_whole and not drawn.loads and not drawn.runs
    assert f"true ant, predicted {' '.join(name.split())}: 1" in drawn.text
