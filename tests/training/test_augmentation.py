"""Augmentation changes pictures as the plan says, and no more."""

import numpy as np
import pytest

from tlcore.plan import Plan

pytest.importorskip("keras")

from tlcore.training import augmentation  # noqa: E402

ALL = {
    "augment_flip": "both",
    "augment_rotation": 30,
    "augment_shift": 0.2,
    "augment_shear": 20,
    "augment_zoom": 0.3,
    "augment_brightness": 0.3,
    "augment_contrast": 0.3,
}
MOST = {
    "augment_rotation": 180,
    "augment_shift": 1,
    "augment_shear": 45,
    "augment_zoom": 1,
    "augment_brightness": 1,
    "augment_contrast": 1,
}


def _images(n=3):
    return np.random.default_rng(0).integers(60, 190, (n, 20, 24, 3), np.uint8)


def test_nothing_asked_is_no_layer_and_changes_nothing():
    assert augmentation.build(Plan()) is None
    copies = augmentation.preview(Plan(), _images(), 2, seed=0)
    np.testing.assert_array_equal(copies, np.stack([_images()] * 2, axis=1))


@pytest.mark.parametrize("setting", ALL)
def test_each_setting_changes_pictures(setting):
    copies = augmentation.preview(Plan(**{setting: ALL[setting]}), _images(), 8, seed=0)
    assert copies.shape == (3, 8, 20, 24, 3) and copies.dtype == np.uint8
    assert (copies != _images()[:, None]).any()
    assert len({copy.tobytes() for copy in copies[0]}) > 1


def test_the_seed_decides():
    plan = Plan(**ALL)
    one, same, other = (augmentation.preview(plan, _images(), 3, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_a_horizontal_flip_is_a_flip():
    copies = augmentation.preview(Plan(augment_flip="horizontal"), _images(1), 16, seed=0)[0]
    seen = {copy.tobytes() for copy in copies}
    assert seen == {_images(1)[0].tobytes(), np.ascontiguousarray(_images(1)[0, :, ::-1]).tobytes()}


@pytest.mark.parametrize("setting", MOST)
def test_the_most_that_a_plan_may_ask_is_carried_out(setting):
    layer = augmentation.build(Plan(**{setting: MOST[setting]}))
    pictures = np.asarray(layer(_images().astype(np.float32) / 255, training=True))
    assert np.isfinite(pictures).all()
    assert pictures.min() >= -1e-5 and pictures.max() <= 1 + 1e-5
