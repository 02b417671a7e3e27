"""Charts show what they are given: every count, every point, at one scale."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tlcore.reports.drawing.charts import draw_map, draw_matrix


def names(k: int) -> tuple[str, ...]:
    return tuple(f"class {place}" for place in range(k))


def points(path: str) -> np.ndarray:
    return np.array([[float(each) for each in dot] for dot in re.findall(r"M(-?[\d.]+) (-?[\d.]+)h0", path)])


@given(st.integers(1, 70).flatmap(lambda k: arrays(np.int64, (k, k), elements=st.integers(0, 9))))
def test_a_cell_stands_in_its_row_and_column_for_each_count(matrix):
    k = len(matrix)
    drawn = draw_matrix(matrix, names(k))
    again, rights = np.zeros_like(matrix), set()
    for cell in drawn.cells:
        true, predicted = (cell.y - drawn.top) / drawn.cell, (cell.x - drawn.left) / drawn.cell
        again[round(true), round(predicted)] = cell.number
        rights.add((round(true) == round(predicted), cell.colour))
    np.testing.assert_array_equal(again, matrix)
    assert len({right for right, _ in rights}) == len({colour for _, colour in rights}) == len(rights)
    assert drawn.left + drawn.side <= drawn.width and drawn.top + drawn.side <= drawn.height


def test_the_most_frequent_cell_is_the_deepest():
    drawn = draw_matrix(np.array([[100, 1], [4, 25]]), names(2))
    assert {cell.number: cell.depth for cell in drawn.cells} == {100: 1.0, 1: 0.1, 4: 0.2, 25: 0.5}


@pytest.mark.parametrize("count", [2, 300, 12_000])
def test_a_map_keeps_distances_and_says_how_many_points_it_has(count):
    random = np.random.default_rng(0)
    places = random.normal(size=(count, 2)) * [3, 1]
    labels = np.zeros(count, int)
    drawn = draw_map(*places.T, labels, np.zeros(count, bool), names(3))
    (cloud,) = drawn.clouds
    found = points(cloud.path)
    assert (drawn.drawn, drawn.of) == (len(found), count)
    assert (found >= 0).all() and (found <= [drawn.width, drawn.height]).all()
    if count == drawn.drawn:
        scale = (found[1] - found[0]) / (places[1] - places[0])
        assert scale[0] == pytest.approx(-scale[1], rel=0.05)  # y grows downwards on a screen


def test_each_class_is_a_cloud_and_each_mistake_has_a_ring():
    labels, wrong = np.array([0, 0, 2, 2, 2]), np.array([False, True, False, False, True])
    drawn = draw_map(np.arange(5.0), np.arange(5.0), labels, wrong, names(3))
    assert {cloud.name: len(points(cloud.path)) for cloud in drawn.clouds} == {"class 0": 2, "class 2": 3}
    assert len({cloud.colour for cloud in drawn.clouds}) == 2
    assert drawn.rings.count("M") == 2


@pytest.mark.parametrize("count", [0, 1, 5])
def test_points_in_one_place_or_none_can_be_drawn(count):
    drawn = draw_map(np.ones(count), np.ones(count), np.zeros(count, int), np.ones(count, bool), names(1))
    assert sum(len(points(cloud.path)) for cloud in drawn.clouds) == count
    assert "nan" not in drawn.rings and "inf" not in drawn.rings
