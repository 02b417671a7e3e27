"""Which train examples speak for what a run's model says: its head's last layer as a sum over them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from tlcore.base.progress import Progress
from tlcore.datasets.dataset import TRAIN_AND_VAL
from tlcore.evaluation.run_results import features_of, run_predictions
from tlcore.features.blocks import read_blocks
from tlcore.features.extract import feature_rows
from tlcore.features.store.feature_store import Rows
from tlcore.plans import Plan
from tlcore.runs import Run
from tlcore.training.probe.probe import Probe, class_weights, fit_probe
from tlcore.training.result_weights import head_inputs, module_of, read_probe, read_weights


class Influence(NamedTuple):
    """What one train example adds to a class's logit."""

    id: str
    label: int
    adds: float


class Influences(NamedTuple):
    """The train examples behind a class's logit: `offset + in_favour + opposed` is it.

    Attributes:
        supporting: those that add most, first first.
        opposing: those that take most away, first first.
        in_favour: what all that add something add.
        opposed: what all others take away, at most 0.
        offset: what the logit is without any of them.
        logit: the class's, by the head that is taken apart.
    """

    supporting: tuple[Influence, ...]
    opposing: tuple[Influence, ...]
    in_favour: float
    opposed: float
    offset: float
    logit: float


@dataclass(frozen=True)
class Representers:
    """A linear layer that was fitted with L2, taken apart into its train examples.

    At the optimum each class's logit is an offset and a sum over the train examples, each of which adds its pull (how
    far the fit is from its label) times how alike its input and the given one are: C.-K. Yeh, J. S. Kim, I. E. H. Yen
    and P. Ravikumar, Representer point selection for explaining deep neural networks (2018), arXiv:1811.09720.

    Attributes:
        ids: (n,) str.
        labels: (n,) int.
        pulls: (n, classes) float32; 0 for examples that it was not fitted on: a linear probe is on train and val.
        inputs: (n, d) float32, read when indexed.
        layer: the fit.
        see: feature vectors (n, features) to inputs of the layer (n, d).
        agreement: the share of these examples of which the layer says what the run's own head said: near 1 where
            that is a linear probe; else it was fitted anew on what the trained module gives, for only so it adds up.
    """

    ids: np.ndarray
    labels: np.ndarray
    pulls: np.ndarray
    inputs: np.ndarray | Rows
    layer: Probe
    see: Callable[[np.ndarray], np.ndarray]
    agreement: float

    @property
    def train_examples(self) -> int:
        return int(np.count_nonzero(self.pulls.any(axis=1)))

    def influences(self, vector: np.ndarray, label: int, count: int) -> Influences:
        """The train examples that speak for a class, and against it, where a picture is given.

        Args:
            vector: (features,), the picture's feature vector by the trained module.
            label: of the class.
            count: how many of either kind, at most.
        """
        layer = self.layer
        given = (self.see(vector[None])[0] - layer.mean) / layer.scale
        adds = np.empty(len(self.ids))
        for start, block in read_blocks(self.inputs):
            alike = (block - layer.mean) / layer.scale @ given
            adds[start : start + len(block)] = alike * self.pulls[start : start + len(block), label]
        order = np.argsort(adds, kind="stable")
        most, least = order[::-1][:count], order[:count]
        return Influences(
            tuple(self._influence(row, adds) for row in most if adds[row] > 0),
            tuple(self._influence(row, adds) for row in least if adds[row] < 0),
            float(adds[adds > 0].sum()),
            float(adds[adds < 0].sum()),
            float(layer.bias[label]),
            float(given @ layer.kernel[:, label] + layer.bias[label]),
        )

    def _influence(self, row: int, adds: np.ndarray) -> Influence:
        return Influence(str(self.ids[row]), int(self.labels[row]), float(adds[row]))


def open_representers(run: Run, progress: Progress | None = None) -> Representers:
    """Takes a run's head apart.

    Args:
        run: a finished one.
        progress: hears it where the last layer has to be fitted anew, or feature vectors to be computed again.

    Raises:
        UserError: the run's dataset or module is gone.
    """
    progress = progress or Progress()
    predictions = run_predictions(run)
    layer, see = read_probe(run), _as_it_is
    of_fit, out_of_fold = ("train",), run.out_of_fold
    if run.is_probe:  # the very vectors that it was fitted on: at this precision test has none
        predictions = predictions.rows(np.isin(predictions.splits, TRAIN_AND_VAL))
        of_fit = TRAIN_AND_VAL if layer.start else of_fit
        inputs = feature_rows(
            run.dataset(), module_of(run), splits=TRAIN_AND_VAL, precision=run.plan.precision, progress=progress
        )
    else:
        weights = read_weights(run)
        _, inputs = features_of(run, "trained", progress)
        if run.plan.hidden_units:

            def see(vectors: np.ndarray) -> np.ndarray:
                return head_inputs(weights, vectors).astype(np.float32)

            inputs = np.concatenate([see(block) for _, block in read_blocks(inputs)])
        plan = run.plan.model_copy(update={"probe_c": (layer.c,)})
        layer = fit_probe(
            inputs, predictions.labels, predictions.splits, plan, progress, len(predictions.class_names)
        ).of_train
    layer = replace(layer, temperature=1.0)  # as it was solved: only so it adds up
    probabilities = layer.probabilities(inputs)
    by_model = ~np.isin(predictions.splits, out_of_fold)
    agreement = float((probabilities.argmax(axis=1) == predictions.predicted)[by_model].mean())
    pulls = _pulls(layer, probabilities, predictions.labels, np.isin(predictions.splits, of_fit), run.plan)
    return Representers(predictions.ids, predictions.labels, pulls, inputs, layer, see, agreement)


def _pulls(layer: Probe, probabilities: np.ndarray, labels: np.ndarray, of_train: np.ndarray, plan: Plan) -> np.ndarray:
    """(n, classes): C times an example's weight times how far its probabilities are from its label; 0 but for train."""
    classes = probabilities.shape[1]
    pulls = np.eye(classes, dtype=np.float32)[labels] - probabilities
    if weights := class_weights(labels[of_train], classes, plan):
        pulls *= np.array([weights[label] for label in range(classes)], np.float32)[labels, None]
    present = len(np.unique(labels[of_train]))
    pulls *= layer.c / (2 if present == 2 else 1)  # of two classes one kernel is fitted, and halved between them
    pulls[~of_train] = 0
    return pulls


def _as_it_is(vectors: np.ndarray) -> np.ndarray:
    return vectors
