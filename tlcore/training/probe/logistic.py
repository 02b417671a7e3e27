"""Multinomial logistic regression: several fits at once, along a path of strengths of L2.

All fits share every pass over the examples: one wide matrix product serves the folds of a cross-validation and the fit
on all of them. L2 does not change under rotation, so they are solved on principal components, where the Hessian of the
loss is nearly diagonal; scaled by about that diagonal, L-BFGS needs few steps. Each thread takes a stripe of rows and
multiplies matrices by itself: BLAS's own threads would wait for each other at every small product.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from math import log

import numpy as np

UNSEEN = -30.0  # the logit of a class without an example: a probability of about 1e-13
_GRAM_ROWS = 16  # examples a feature that principal components are taken from: they need not be exact
_SPREAD_ROWS = 2048  # examples that tell how sure a fit is, for the scale of its steps
_ELEMENTS = 1 << 21  # numbers in one block of rows: about what a processor's cache holds
_MOST_PARAMETERS = 1 << 20  # that are solved for at once: L-BFGS keeps some twenty times as many numbers
_CLOSE, _EXACT = 1e-5, 1e-7  # the share of its mean loss by which a fit may end above its lowest, about
_MOST_STEPS = 500
_WORK = 1 << 22  # products of two numbers that are worth a thread
_CORES = os.cpu_count() or 1


@contextmanager
def solvers() -> Iterator[ThreadPoolExecutor]:
    """Threads for what follows, one a core; while they last, BLAS has none of its own."""
    import scipy.optimize  # noqa: F401 - it has a BLAS of its own, which must be there to be limited
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(_CORES) as pool:
        yield pool


@dataclass(frozen=True)
class Components:
    """Standardised examples on their principal components.

    Attributes:
        rows: (n, r) float32, maybe memory-mapped: the examples times `basis`.
        basis: (d, r) float32, columns orthonormal.
        variances: (r,) float32, about those of the columns of `rows`.
    """

    rows: np.ndarray
    basis: np.ndarray
    variances: np.ndarray


def principal_components(
    blocks: Callable[[], Iterator[np.ndarray]],
    n: int,
    d: int,
    make: Callable[[tuple[int, int]], np.ndarray],
    pool: ThreadPoolExecutor,
) -> Components:
    """Puts n standardised examples of d features on their principal components.

    Args:
        blocks: gives them, float32, some rows at a time, each time that it is called.
        n: examples.
        d: features.
        make: gives an empty float32 array, in memory or on disk, for what comes out.
        pool: of `solvers`.
    """
    if n <= d:
        x = np.concatenate(list(blocks()))
        values, vectors = np.linalg.eigh(x @ x.T)
        there = values > 1e-6 * max(values[-1], 1e-6)
        values, seen = values[there], n
        basis = (x.T @ vectors[:, there]) / np.sqrt(values)
    else:
        gram, seen = np.zeros((d, d), np.float32), 0
        for rows, products in _in_order(pool, lambda block: (len(block), block.T @ block), blocks()):
            gram += products
            seen += rows
            if seen >= _GRAM_ROWS * d:
                break
        values, basis = np.linalg.eigh(gram)
    rows, start = make((n, len(values))), 0
    for block in _in_order(pool, lambda block: block @ basis, blocks()):
        rows[start : start + len(block)] = block
        start += len(block)
    return Components(rows, basis, np.maximum(values, 0) / seen)


def with_more_rows(
    components: Components,
    blocks: Callable[[], Iterator[np.ndarray]],
    more: Callable[[], Iterator[np.ndarray]],
    n: int,
    make: Callable[[tuple[int, int]], np.ndarray],
    pool: ThreadPoolExecutor,
) -> Components:
    """Components of the same examples and of others behind them: along the same ones, where these span all features.

    Args:
        components: of the first examples.
        blocks: gives all n examples, as `principal_components` takes them.
        more: gives those behind the first ones alone.
        n: how many there are in all.
        make: as in `principal_components`.
        pool: of `solvers`.
    """
    d, r = components.basis.shape
    if r < d:
        return principal_components(blocks, n, d, make, pool)
    rows, start = make((n, r)), len(components.rows)
    rows[:start] = components.rows
    for block in _in_order(pool, lambda block: block @ components.basis, more()):
        rows[start : start + len(block)] = block
        start += len(block)
    return Components(rows, components.basis, components.variances)


def _in_order(pool: ThreadPoolExecutor, work: Callable, items: Iterable) -> Iterator:
    """What `work` makes of each item, some items ahead."""
    waiting = deque()
    for item in items:
        waiting.append(pool.submit(work, item))
        if len(waiting) > _CORES:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


@dataclass(frozen=True)
class Heads:
    """What the fits came to at one strength, on principal components.

    Attributes:
        c: the inverse strength, as scikit-learn has it.
        kernels: (fits, columns, r) float32; of two classes one column, for the difference of their logits.
        biases: (fits, columns) float32.
    """

    c: float
    kernels: np.ndarray
    biases: np.ndarray


def _onwards(before: Heads, heads: Heads, c: float) -> Heads:
    """Where the fits at another strength would be if they went on as straight as from one to the next."""
    far = np.float32(log(c / heads.c) / log(heads.c / before.c))
    return Heads(
        c,
        heads.kernels + far * (heads.kernels - before.kernels),
        heads.biases + far * (heads.biases - before.biases),
    )


class Fits:
    """Fits of the same examples with different weights."""

    def __init__(
        self,
        components: Components,
        labels: np.ndarray,
        weights: np.ndarray,
        classes: int,
        pool: ThreadPoolExecutor,
    ):
        """
        Args:
            components: n examples.
            labels: (n,) int, 0 … classes − 1.
            weights: (fits, n), what each example counts in each fit; 0 leaves it out.
            classes: at least two.
            pool: of `solvers`.
        """
        self._pool = pool
        self._rows, self._variances = components.rows, components.variances
        self._labels, self._classes = labels, classes
        self.columns = 1 if classes == 2 else classes
        self._sums = weights.sum(axis=1, dtype=np.float64)
        self._sums[self._sums == 0] = 1
        self._weights = (weights / self._sums[:, None]).astype(np.float32)
        seen = [np.bincount(labels, each, classes) > 0 for each in weights]
        self._unseen = np.where(seen, 0, UNSEEN).astype(np.float32)[:, :, None]

    def path(self, strengths: Sequence[float], check: Callable[[], None]) -> Iterator[Heads]:
        """Solves all fits at each strength, each from where the two before it point to.

        That is the secant predictor of numerical continuation (E. Allgower and K. Georg, Numerical Continuation
        Methods, 1990), along the logarithm of the strength; it halves the steps of the solver.

        Args:
            strengths: scikit-learn's C, strongest (smallest) first, each once.
            check: called between steps; what it raises ends the work.
        """
        before, heads = None, self.nothing(0)
        for c in strengths:
            start = heads if before is None else _onwards(before, heads, c)
            before = heads if heads.c else None
            heads = self._solved(c, start, _CLOSE, check)
            yield heads

    def nothing(self, c: float) -> Heads:
        """All fits at zero, where they begin when nothing better is known."""
        fits, r = len(self._weights), self._rows.shape[1]
        zeros = np.zeros((fits, self.columns, r), np.float32), np.zeros((fits, self.columns), np.float32)
        return Heads(c, *zeros)

    def finished(self, heads: Heads, check: Callable[[], None]) -> Heads:
        """The same to the digits that count: along the path all come close, so that they can be compared."""
        return self._solved(heads.c, heads, _EXACT, check)

    def _solved(self, c: float, start: Heads, tolerance: float, check: Callable[[], None]) -> Heads:
        fits, columns, r = start.kernels.shape
        kernels, biases = start.kernels.copy(), start.biases.copy()
        at_once = max(1, _MOST_PARAMETERS // (columns * (r + 1)))
        for first in range(0, fits, at_once):
            part = slice(first, first + at_once)
            kernels[part], biases[part] = self._solve(part, c, kernels[part], biases[part], tolerance, check)
        return Heads(c, kernels, biases)

    def logits(self, heads: Heads) -> Iterator[tuple[slice, np.ndarray]]:
        """Rows, and the logits of each fit for them, (fits, classes, rows), a block at a time."""
        everything = slice(None)
        for rows in self._blocks(everything, slice(0, len(self._rows))):
            yield rows, self._logits(everything, heads.kernels, heads.biases, self._rows[rows])

    def _solve(
        self,
        part: slice,
        c: float,
        kernels: np.ndarray,
        biases: np.ndarray,
        tolerance: float,
        check: Callable[[], None],
    ) -> tuple[np.ndarray, np.ndarray]:
        """L-BFGS on the mean loss plus λ/2 of the squared kernel, which is scikit-learn's over the sum of weights."""
        from scipy.optimize import minimize

        penalty = (1 / (c * self._sums[part]))[:, None, None].astype(np.float32)
        spread = self._spread(part, kernels, biases)[:, :, None]
        scale = 1 / np.sqrt(np.concatenate([spread * self._variances + penalty, spread + 1e-6], axis=2))
        above = np.inf

        def unscaled(point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            values = (point.reshape(scale.shape) * scale).astype(np.float32)
            return values[:, :, :-1], values[:, :, -1]

        def loss_and_slope(point: np.ndarray) -> tuple[float, np.ndarray]:
            nonlocal above
            check()
            kernels, biases = unscaled(point)
            loss, slope = self._loss_and_slope(part, kernels, biases)
            loss += 0.5 * penalty[:, 0, 0] * np.square(kernels, dtype=np.float64).sum(axis=(1, 2))
            slope[:, :, :-1] += penalty * kernels
            slope *= scale
            # with a Hessian near 1, half the squared slope is what is left to gain
            above = (0.5 * np.square(slope).sum(axis=(1, 2)) / np.maximum(loss, 1e-9)).max()
            return loss.sum(), slope.astype(np.float64).ravel()

        def stop_when_close(intermediate_result) -> None:
            if above < tolerance:
                raise StopIteration

        start = (np.concatenate([kernels, biases[:, :, None]], axis=2) / scale).astype(np.float64).ravel()
        options = {"maxiter": _MOST_STEPS, "gtol": 0, "ftol": 0}
        found = minimize(loss_and_slope, start, jac=True, method="L-BFGS-B", callback=stop_when_close, options=options)
        return unscaled(found.x)

    def _spread(self, part: slice, kernels: np.ndarray, biases: np.ndarray) -> np.ndarray:
        """(fits, columns): the mean of p (1 − p), what the Hessian's diagonal is in proportion to; of some rows."""
        some = np.arange(0, len(self._rows), -(-len(self._rows) // _SPREAD_ROWS))
        logits = self._logits(part, kernels, biases, self._rows[some])
        np.exp(logits - logits.max(axis=1, keepdims=True), out=logits)
        p = logits / logits.sum(axis=1, keepdims=True)
        weights = self._weights[part][:, some]
        total = np.maximum(weights.sum(axis=1), 1e-30)[:, None]
        return (weights[:, None] * p * (1 - p)).sum(axis=2)[:, : self.columns] / total

    def _loss_and_slope(self, part: slice, kernels: np.ndarray, biases: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The mean log loss of each fit, (fits,), and its gradient (fits, columns, r + 1), the bias's last."""
        n, r = self._rows.shape
        stripes = min(_CORES, 1 + n * r * kernels.shape[0] * self.columns // _WORK)
        edges = np.linspace(0, n, stripes + 1).astype(int).tolist()
        found = self._pool.map(
            lambda start, stop: self._of_stripe(part, kernels, biases, slice(start, stop)), edges[:-1], edges[1:]
        )
        losses, slopes = zip(*found, strict=True)
        return sum(losses), sum(slopes)

    def _of_stripe(self, part: slice, kernels: np.ndarray, biases: np.ndarray, stripe: slice):
        """What the examples of one stripe of rows add to `_loss_and_slope`."""
        weights = self._weights[part]
        fits, r = len(weights), self._rows.shape[1]
        loss = np.zeros(fits)
        slope = np.zeros((fits, self.columns, r + 1), np.float32)
        for rows in self._blocks(part, stripe):
            block, labels, shares = self._rows[rows], self._labels[rows], weights[:, rows]
            each = np.arange(len(labels))
            logits = self._logits(part, kernels, biases, block)
            true = logits[:, labels, each]
            highest = logits.max(axis=1)
            np.exp(np.subtract(logits, highest[:, None], out=logits), out=logits)
            total = logits.sum(axis=1)
            loss += (shares * (np.log(total) + highest - true)).sum(axis=1, dtype=np.float64)
            logits *= (shares / total)[:, None]
            logits[:, labels, each] -= shares
            if self.columns == 1:
                logits = np.ascontiguousarray(logits[:, 1:])  # the other column is its negative
            slope[:, :, :-1] += (logits.reshape(-1, len(labels)) @ block).reshape(fits, self.columns, r)
            slope[:, :, -1] += logits.sum(axis=2)
        return loss, slope

    def _logits(self, part: slice, kernels: np.ndarray, biases: np.ndarray, block: np.ndarray) -> np.ndarray:
        """(fits, classes, rows)."""
        fits, columns, r = kernels.shape
        logits = (np.ascontiguousarray(kernels).reshape(-1, r) @ block.T).reshape(fits, columns, len(block))
        logits += biases[:, :, None]
        if columns == 1:
            logits = np.concatenate([-0.5 * logits, 0.5 * logits], axis=1)
        return logits + self._unseen[part]

    def _blocks(self, part: slice, stripe: slice) -> Iterator[slice]:
        width = self._rows.shape[1] + 3 * len(self._weights[part]) * self._classes
        rows = max(64, _ELEMENTS // width)
        return (slice(start, min(stripe.stop, start + rows)) for start in range(stripe.start, stripe.stop, rows))
