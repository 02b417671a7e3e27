"""Predictions made by hand or by chance, with labels that follow their probabilities or not."""

import numpy as np
from hypothesis import strategies as st

from tlcore.evaluation.predictions import Predictions


def made(labels, probabilities, splits=None) -> Predictions:
    labels = np.asarray(labels, int)
    probabilities = np.asarray(probabilities, np.float32)
    splits = np.full(len(labels), "test") if splits is None else np.asarray(splits)
    names = tuple(f"class {i}" for i in range(probabilities.shape[1]))
    return Predictions(np.array([f"e{i}" for i in range(len(labels))], str), splits, labels, probabilities, names)


def drawn(n: int, k: int, seed: int = 0, *, sharpened: float = 1.0, digits: int | None = None) -> Predictions:
    """Labels drawn from the probabilities themselves, which are then sharpened, so that the model is too sure.

    Args:
        n: examples.
        k: classes.
        seed: of chance.
        sharpened: the power the probabilities are raised to; the temperature that undoes it.
        digits: what probabilities are rounded to, so that many are the same.
    """
    random = np.random.default_rng(seed)
    honest = random.dirichlet(np.full(k, 0.6), n)
    labels = np.array([random.choice(k, p=row) for row in honest], int)
    predictions = np.maximum(honest, 1e-9) ** sharpened
    predictions /= predictions.sum(axis=1, keepdims=True)
    return made(labels, predictions if digits is None else np.round(predictions, digits))


@st.composite
def any_predictions(draw, least: int = 1, most: int = 40) -> Predictions:
    """Few examples of few classes, some classes without an example, many probabilities the same."""
    n, k = draw(st.integers(least, most)), draw(st.integers(2, 5))
    return drawn(
        n,
        k,
        draw(st.integers(0, 2**16)),
        sharpened=draw(st.sampled_from([0.3, 1.0, 4.0])),
        digits=draw(st.sampled_from([None, 1])),
    )
