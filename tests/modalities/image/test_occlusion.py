"""What is covered is as large as it says, and nothing else of a picture changes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tlcore.modalities.image.occlusion import cover, enlarge, marked_part, occlusion_heat, random_parts, windows

HEAT = arrays(np.float32, (7, 9), elements=st.floats(0, 1, width=32))


@given(HEAT, st.floats(0, 1))
def test_the_hottest_pixels_are_marked_and_none_without_heat(heat, share):
    marked = marked_part(heat, share)
    assert marked.sum() == min(round(share * heat.size), (heat > 0).sum())
    if marked.any() and not marked.all():
        assert heat[marked].min() >= heat[~marked].max()
    assert not marked[heat == 0].any()


def test_random_parts_are_the_marked_one_moved():
    marked = np.zeros((8, 10), bool)
    marked[1:4, 2:4] = marked[3, 4] = True
    parts = random_parts(marked, 50, seed=1)
    moved = {np.roll(marked, (down, right), (0, 1)).tobytes() for down in range(8) for right in range(10)}
    assert {part.tobytes() for part in parts} <= moved
    assert len({part.tobytes() for part in parts}) > 20
    np.testing.assert_array_equal(parts, random_parts(marked, 50, seed=1))


def test_only_the_part_is_covered_and_by_the_mean_colour():
    picture = np.random.default_rng(0).integers(0, 256, (20, 30, 3)).astype(np.uint8)
    parts = np.zeros((2, 20, 30), bool)
    parts[0, 5:10, 5:15] = parts[1, 0, 0] = True
    covered = cover(picture, parts)
    for one, part in zip(covered, parts, strict=True):
        np.testing.assert_array_equal(one[~part], picture[~part])
        assert np.abs(one[part] - picture.reshape(-1, 3).mean(axis=0)).max() <= 0.5


def test_heat_is_enlarged_to_a_picture_and_its_highest_is_one():
    heat = np.zeros((3, 3), np.float32)
    heat[0, 2] = 7
    large = enlarge(heat, 30, 60)
    assert large.shape == (30, 60)
    assert large.max() == pytest.approx(1, abs=1e-6)
    assert large[:10, 40:].mean() > 0.5 and large[20:].max() == 0
    assert not enlarge(np.zeros((2, 2), np.float32), 5, 5).any()


@pytest.mark.parametrize(("height", "width"), [(224, 224), (12, 30), (9, 8)])
def test_windows_cover_all_of_a_picture(height, width):
    parts = windows(height, width)
    assert parts.any(axis=0).all() and parts.any(axis=(1, 2)).all()


def test_occlusion_is_hot_where_the_windows_that_cover_it_cost_most():
    parts = windows(16, 16)
    losses = np.where(parts[:, 2, 13], 0.5, -0.1)  # all windows over one pixel
    heat = occlusion_heat(parts, losses)
    assert heat.shape == (16, 16)
    assert heat[2, 13] == pytest.approx(0.5) == pytest.approx(heat.max())
    assert heat[12, 2] == 0
