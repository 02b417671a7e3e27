"""Pictures changed at random while they train, by Keras layers. Imports TensorFlow."""

from math import radians, tan

import keras
import numpy as np

from tlcore.plan import Plan

_FLIPS = {"horizontal": "horizontal", "vertical": "vertical", "both": "horizontal_and_vertical"}
_RANGE = (0.0, 1.0)


def build(plan: Plan) -> keras.layers.Layer | None:
    """The layer that augments as a plan says; None when it says nothing.

    It maps float32 [n, h, w, 3] in 0…1 to the same when called with `training=True`, each picture by chance of its
    own, and gives the pictures back as they were otherwise. What comes in from outside a picture is the picture
    mirrored at its edge.
    """
    layers = []
    if plan.augment_flip != "none":
        layers.append(keras.layers.RandomFlip(_FLIPS[plan.augment_flip], seed=plan.seed))
    if plan.augment_rotation:
        layers.append(keras.layers.RandomRotation(plan.augment_rotation / 360, seed=plan.seed))
    if plan.augment_shift:
        layers.append(keras.layers.RandomTranslation(plan.augment_shift, plan.augment_shift, seed=plan.seed))
    if plan.augment_shear:
        # Sheared along both axes with one sign, Keras's layer squeezes the picture as well: so one axis only.
        layers.append(keras.layers.RandomShear(tan(radians(plan.augment_shear)), 0.0, seed=plan.seed))
    if plan.augment_zoom:
        layers.append(keras.layers.RandomZoom(plan.augment_zoom, seed=plan.seed))
    if plan.augment_brightness:
        layers.append(keras.layers.RandomBrightness(plan.augment_brightness, _RANGE, seed=plan.seed))
    if plan.augment_contrast:
        layers.append(keras.layers.RandomContrast(plan.augment_contrast, _RANGE, seed=plan.seed))
    return keras.Sequential(layers, name="augmentation") if layers else None


def preview(plan: Plan, images: np.ndarray, copies: int, seed: int) -> np.ndarray:
    """What training would see of some pictures.

    Args:
        plan: whose augmentation.
        images: uint8 (n, h, w, 3).
        copies: how many of each.
        seed: another one gives other copies.

    Returns:
        uint8 (n, copies, h, w, 3).
    """
    count, *shape = images.shape
    augment = build(plan.replace(seed=seed))
    pictures = np.repeat(images, copies, axis=0)
    if augment is not None and len(pictures):
        pictures = np.asarray(augment(pictures.astype(np.float32) / 255, training=True))
        pictures = np.rint(pictures.clip(0, 1) * 255).astype(np.uint8)
    return pictures.reshape(count, copies, *shape)
