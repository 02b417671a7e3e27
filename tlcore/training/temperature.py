"""One temperature for all answers of a model: softmax(logits / temperature), so that its confidence can be believed.

C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, On calibration of modern neural networks, ICML 2017.
"""

import numpy as np

COOLEST, HOTTEST = 0.05, 20.0  # temperatures between which one is looked for


def fit_temperature(logits: np.ndarray, labels: np.ndarray, *, smoothing: float = 0.0) -> float:
    """The temperature at which the mean log loss of some answers is lowest.

    Above 1 the model was surer than it should be, below 1 less sure. The loss is convex in 1 / temperature, so the
    place where its slope is 0 is the one lowest place.

    Args:
        logits: (n, classes), up to a constant a row; at least one row, and not all equal.
        labels: (n,) int.
        smoothing: share of a label's weight spread over all classes, as `caution` gives it; 0: none.

    Returns:
        In `COOLEST`…`HOTTEST`; one of these two where the loss still falls there, as it does towards the coolest when
        every answer is right and nothing is smoothed.
    """
    from scipy.optimize import brentq

    logits = logits - logits.max(axis=1, keepdims=True)
    wanted = (1 - smoothing) * logits[np.arange(len(logits)), labels] + smoothing * logits.mean(axis=1)

    def slope(log_temperature: float) -> float:
        return float(((_softmax(logits / np.exp(log_temperature)) * logits).sum(axis=1) - wanted).mean())

    low, high = np.log(COOLEST), np.log(HOTTEST)
    if slope(low) <= 0:
        return COOLEST
    if slope(high) >= 0:
        return HOTTEST
    return float(np.exp(brentq(slope, low, high, xtol=1e-9)))


def caution(examples: int) -> float:
    """The smoothing with which n answers that are all right do not call for endless confidence: about one in n + 2.

    J. Platt, Probabilistic outputs for support vector machines, 1999: the targets of a uniform prior.
    """
    return 1 / (examples + 2)


def scaled_loss(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """The mean log loss of some answers at the temperature that suits them best, found with `caution`.

    It says how well a model tells examples apart, whatever its confidence: while a network is fine-tuned its raw val
    loss rises as confidence overshoots, often while it still gets better (Guo et al., section 3).

    Args:
        probabilities: (n, classes); at least one row.
        labels: (n,) int.
    """
    logits = logits_of(probabilities)
    temperature = fit_temperature(logits, labels, smoothing=caution(len(labels)))
    true = _softmax(logits / temperature)[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(true, 1e-7)).mean())


def logits_of(probabilities: np.ndarray) -> np.ndarray:
    """(n, classes) float64, up to a constant a row, which a softmax does not see."""
    return np.log(np.maximum(probabilities.astype(float), np.finfo(np.float32).tiny))


def at_temperature(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """The same answers with the confidence that they have at a temperature, (n, classes) float64."""
    return _softmax(logits_of(probabilities) / temperature)


def _softmax(logits: np.ndarray) -> np.ndarray:
    from scipy.special import softmax

    return softmax(logits, axis=1)
