"""Pictures changed at random while they train. Imports TensorFlow."""

from collections.abc import Sequence
from math import radians, tan
from typing import Any

import keras
import numpy as np


class Augmentation:
    """Changes pictures as a plan says (its `seed`, and what begins with `augment_`), each by chance of its own.

    What happens to a picture is a function of the plan, the number of the copy and the picture's key, and of nothing
    else: not of the pictures beside it, nor of when it is asked for.
    """

    def __init__(self, plan: Any):
        self._plan = plan

    def __call__(self, pictures: np.ndarray, keys: Sequence[str], copy: int) -> np.ndarray:
        """Copies of pictures.

        What comes in from outside a picture is the picture mirrored at its edge.

        Args:
            pictures: uint8 (n, h, w, 3).
            keys: of each picture, hexadecimal digits: its sha256.
            copy: another one is changed in another way.

        Returns:
            uint8 (n, h, w, 3).
        """
        if not len(pictures):
            return pictures
        chance = np.stack([np.random.default_rng((self._plan.seed, copy, int(key, 16))).random(9) for key in keys])
        changed = pictures.astype(np.float32)
        if self._moves:
            changed = keras.ops.image.affine_transform(
                changed,
                self._transforms(chance, *pictures.shape[1:3]),
                fill_mode="reflect",
                data_format="channels_last",
            )
        return np.asarray(self._light(changed, chance))

    def copy_of(self, epoch: int) -> int:
        """The number of the copy that an epoch, counted from 0, uses: another one each, or the plan's in turns."""
        return epoch % self._plan.augment_copies if self._plan.augment_copies else epoch

    @property
    def _moves(self) -> bool:
        plan = self._plan
        turned = plan.augment_rotation or plan.augment_shift or plan.augment_shear or plan.augment_zoom
        return bool(turned) or plan.augment_flip != "none"

    def _transforms(self, chance: np.ndarray, height: int, width: int) -> np.ndarray:
        """float32 (n, 8): where each pixel of a copy comes from, as an affine map of (x, y)."""
        plan = self._plan
        across, down, angle, aside, below, shear, zoom = chance[:, :7].T * 2 - 1
        angle = radians(plan.augment_rotation) * angle
        shear = tan(radians(plan.augment_shear)) * shear
        zoom = 1 + plan.augment_zoom * zoom
        mirror_x = np.where((across < 0) & (plan.augment_flip in ("horizontal", "both")), -1.0, 1.0)
        mirror_y = np.where((down < 0) & (plan.augment_flip in ("vertical", "both")), -1.0, 1.0)
        cos, sin = np.cos(angle) * zoom, np.sin(angle) * zoom
        xx, xy = cos * mirror_x, (cos * shear - sin) * mirror_x
        yx, yy = sin * mirror_y, (sin * shear + cos) * mirror_y
        middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
        x = middle_x - xx * middle_x - xy * middle_y + plan.augment_shift * width * aside
        y = middle_y - yx * middle_x - yy * middle_y + plan.augment_shift * height * below
        nothing = np.zeros_like(x)
        return np.stack([xx, xy, x, yx, yy, y, nothing, nothing], axis=1).astype(np.float32)

    def _light(self, pictures, chance: np.ndarray):
        """Brightness and contrast, and whole numbers again."""
        plan = self._plan
        brightness, contrast = (chance[:, 7:] * 2 - 1).astype(np.float32).T[:, :, None, None, None]
        if plan.augment_brightness:
            pictures = keras.ops.clip(pictures + 255 * plan.augment_brightness * brightness, 0, 255)
        if plan.augment_contrast:
            mean = keras.ops.mean(pictures, axis=(1, 2), keepdims=True)
            pictures = (pictures - mean) * (1 + plan.augment_contrast * contrast) + mean
        return keras.ops.cast(keras.ops.round(keras.ops.clip(pictures, 0, 255)), "uint8")


def build(plan: Any) -> Augmentation | None:
    """What augments as a plan says; None when it says nothing."""
    return Augmentation(plan) if plan.augments else None


def preview(plan: Any, images: np.ndarray, copies: int, seed: int) -> np.ndarray:
    """What training would see of some pictures.

    Args:
        plan: whose augmentation.
        images: uint8 (n, h, w, 3).
        copies: how many of each.
        seed: another one gives other copies.

    Returns:
        uint8 (n, copies, h, w, 3).
    """
    augment = build(plan.replace(seed=seed))
    if augment is None:
        return np.repeat(images[:, None], copies, axis=1)
    keys = [f"{number:x}" for number in range(len(images))]
    return np.stack([augment(images, keys, copy) for copy in range(copies)], axis=1)
