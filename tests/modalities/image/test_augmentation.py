"""Augmentation changes pictures as the plan says, and no more."""

import numpy as np
import pytest

from tlcore.modalities.image import augmentation
from tlcore.plans import NO_AUGMENTATION, Plan

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


def _plan(**settings) -> Plan:
    """A plan with these settings of augmentation alone."""
    return Plan(**{**NO_AUGMENTATION, **settings})


def _images(n=3):
    return np.random.default_rng(0).integers(60, 190, (n, 20, 24, 3), np.uint8)


def test_nothing_asked_is_nothing_and_changes_nothing():
    assert augmentation.build(_plan()) is None
    copies = augmentation.preview(_plan(), _images(), 2, seed=0)
    np.testing.assert_array_equal(copies, np.stack([_images()] * 2, axis=1))


@pytest.mark.parametrize("setting", ALL)
def test_each_setting_changes_pictures(setting):
    copies = augmentation.preview(_plan(**{setting: ALL[setting]}), _images(), 8, seed=0)
    assert copies.shape == (3, 8, 20, 24, 3) and copies.dtype == np.uint8
    assert (copies != _images()[:, None]).any()
    assert len({copy.tobytes() for copy in copies[0]}) > 1


def test_the_seed_decides():
    plan = _plan(**ALL)
    one, same, other = (augmentation.preview(plan, _images(), 3, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_a_horizontal_flip_is_a_flip():
    copies = augmentation.preview(_plan(augment_flip="horizontal"), _images(1), 16, seed=0)[0]
    seen = {copy.tobytes() for copy in copies}
    assert seen == {_images(1)[0].tobytes(), np.ascontiguousarray(_images(1)[0, :, ::-1]).tobytes()}


@pytest.mark.parametrize("setting", MOST)
def test_the_most_that_a_plan_may_ask_is_carried_out(setting):
    copies = augmentation.preview(_plan(**{setting: MOST[setting]}), _images(), 4, seed=0)
    assert copies.shape == (3, 4, 20, 24, 3)


def test_a_copy_is_a_function_of_seed_number_and_picture_alone():
    augment, images, keys = augmentation.build(_plan(**ALL)), _images(), ["a" * 64, "b" * 64, "c" * 64]
    copies = augment(images, keys, 3)
    for row in range(3):
        np.testing.assert_array_equal(augment(images[row : row + 1], keys[row : row + 1], 3)[0], copies[row])
    assert (augment(images, keys, 4) != copies).any()
    assert (augmentation.build(_plan(**ALL, seed=1))(images, keys, 3) != copies).any()


@pytest.mark.parametrize(("copies", "expected"), [(0, [0, 1, 2, 3, 4]), (2, [0, 1, 0, 1, 0])])
def test_an_epoch_uses_another_copy_or_those_made_ahead_in_turns(copies, expected):
    augment = augmentation.build(_plan(augment_flip="both", augment_copies=copies))
    assert [augment.copy_of(epoch) for epoch in range(5)] == expected


def test_a_half_turn_turns_and_a_shift_shifts_the_right_way_round():
    """The most extreme of many turns by up to 180° is the picture upside down, mirrored; shifts stay shifts."""
    image = np.zeros((1, 9, 9, 3), np.uint8)
    image[0, 2, 2] = 255
    turned = augmentation.preview(_plan(augment_rotation=180), image, 64, seed=0)[0]
    centres = [np.argwhere(copy[..., 0] > 60).mean(0) for copy in turned if (copy[..., 0] > 60).any()]
    assert all(np.hypot(*(centre - 4)) == pytest.approx(np.hypot(2, 2), abs=0.8) for centre in centres)
    shifted = augmentation.preview(_plan(augment_shift=0.2), image, 64, seed=0)[0]
    centres = np.array([np.argwhere(copy[..., 0] > 60).mean(0) for copy in shifted if (copy[..., 0] > 60).any()])
    assert (np.abs(centres - 2) <= 0.2 * 9 + 1).all() and (centres.std(0) > 0.3).all()
