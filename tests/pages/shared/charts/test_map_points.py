"""What is drawn of many points is a fair part of them, and what is selected is exact."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plotly.graph_objects import Figure

from pages.shared.charts.map_chart import map_figure, part_of
from pages.shared.charts.map_points import inside, thin


def cloud(counts: list[int], wrong: float = 0.1) -> pd.DataFrame:
    random = np.random.default_rng(0)
    labels = random.permutation(np.repeat(np.arange(len(counts)), counts))
    predicted = np.where(random.random(len(labels)) < wrong, (labels + 1) % len(counts), labels)
    x, y = random.normal(size=(2, len(labels)))
    return pd.DataFrame({"label": labels, "predicted": predicted, "x": x, "y": y})


def test_few_points_are_all_drawn():
    assert thin(cloud([3, 4]), 7).tolist() == list(range(7))


def test_the_same_seed_draws_the_same_points():
    points = cloud([400, 600])
    assert thin(points, 100, 1).tolist() == thin(points, 100, 1).tolist() != thin(points, 100, 2).tolist()


@given(st.lists(st.integers(0, 300), min_size=1, max_size=8), st.integers(20, 400), st.floats(0, 1))
def test_no_more_are_drawn_than_asked_and_none_twice(counts, most, wrong):
    points = cloud(counts, wrong)
    drawn = thin(points, most)
    assert len(drawn) <= most and len(np.unique(drawn)) == len(drawn)
    assert len(drawn) > min(len(points), most) - 2 * len(counts)


def test_rare_classes_are_drawn_whole_and_others_by_their_share():
    points = cloud([10_000, 20_000, 30])
    drawn = np.bincount(points["label"].to_numpy()[thin(points, 3000)])
    assert drawn[2] == 30 and drawn[1] > 1.3 * drawn[0]


def test_mistakes_are_drawn_before_others():
    points = cloud([5000, 5000], wrong=0.02)
    drawn = points.iloc[thin(points, 2000)]
    assert (drawn["label"] != drawn["predicted"]).sum() == (points["label"] != points["predicted"]).sum()


def test_a_model_that_is_mostly_wrong_keeps_its_right_answers_on_the_map():
    points = cloud([5000, 5000], wrong=0.9)
    drawn = points.iloc[thin(points, 2000)]
    assert (drawn["label"] == drawn["predicted"]).sum() >= 0.4 * len(drawn)


@given(st.integers(0, 10**6))
def test_points_in_a_loop_are_those_that_a_slow_check_finds(seed):
    random = np.random.default_rng(seed)
    points = pd.DataFrame({"x": random.normal(size=60), "y": random.normal(size=60)})
    corners = random.normal(size=(int(random.integers(3, 12)), 2))

    def crossings(x: float, y: float) -> int:
        sides = zip(corners, np.roll(corners, -1, axis=0), strict=True)
        return sum((a[1] > y) != (b[1] > y) and x < a[0] + (y - a[1]) * (b[0] - a[0]) / (b[1] - a[1]) for a, b in sides)

    expected = [crossings(x, y) % 2 == 1 for x, y in points.to_numpy()]
    loop = {"x": corners[:, 0].tolist(), "y": corners[:, 1].tolist()}
    assert inside(points, [loop], []).tolist() == expected


def test_boxes_and_loops_add_up():
    points = pd.DataFrame({"x": [0.0, 1, 2, 3], "y": [0.0, 0, 0, 0]})
    box = {"x": [3.5, 2.5], "y": [-1, 1]}
    loop = {"x": [-1, 0.5, 0.5, -1], "y": [-1, -1, 1, 1]}
    assert inside(points, [loop], [box]).tolist() == [True, False, False, True]
    assert not inside(points, [], []).any()


@pytest.mark.parametrize("colouring", ["label", "predicted", "right", "confidence", "split"])
def test_points_of_a_part_are_those_of_a_trace(colouring):
    points = cloud([5, 5]).assign(split=["train", "val"] * 5, confidence=0.5, name="x")
    points["id"] = [f"e{row}" for row in range(10)]
    figure: Figure = map_figure(points, colouring, ("a", "b"))
    parts = {
        frozenset(points["id"][part_of(points, colouring) == part]) for part in np.unique(part_of(points, colouring))
    }
    assert {frozenset(trace.customdata) for trace in figure.data} == parts
