"""Why a run's model says what it says of one picture: where in it, how much hangs on that, and which train examples.

TensorFlow is imported when an explainer is made.
"""

from dataclasses import dataclass

import numpy as np

from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.evaluation.explanations.representers import Representers, open_representers
from tlcore.evaluation.predicting import trained_pass
from tlcore.features import inputs
from tlcore.features.forward_pass import Pass
from tlcore.modalities import modality_of, only_tensor
from tlcore.runs import Run
from tlcore.training.result_weights import head_probabilities, module_of, read_weights

DRAWS = 30  # random parts that the marked one is held against


@dataclass(frozen=True)
class Explanation:
    """Why a class, of one picture.

    Attributes:
        label: of the class that is explained.
        probabilities: (classes,) float32 of the picture as it is.
        vector: (features,) float32, its feature vector by the trained module.
        method: "Grad-CAM" or "occlusion".
        heat: (h, w) float32 in 0…1 at the module's size: where the class is seen; all 0 where it is nowhere.
        share: of the picture that is marked as its hottest part: `occlusion.SHARE`, or less where little is hot.
        lost: the share of the class's probability that goes when the hottest part is covered; negative where covering
            adds to it; None where nothing is hot, or there is nothing to lose.
        lost_at_random: (draws,) the same of random parts, as large and of the same shape; empty where `lost` is None.
        covered: uint8 (1 + draws, h, w, 3), the picture with the hottest part covered, and with each random one.
    """

    label: int
    probabilities: np.ndarray
    vector: np.ndarray
    method: str
    heat: np.ndarray
    share: float
    lost: float | None
    lost_at_random: np.ndarray
    covered: np.ndarray


class Explainer:
    """A finished run's model, ready to explain one picture after another.

    Attributes:
        run: whose.
        modality: of what it takes.
        spec: what an item is decoded to.
        why_occlusion: why occlusion is used instead of Grad-CAM; empty where Grad-CAM is.
    """

    def __init__(self, run: Run, trained: Pass | None = None, backbone=None):
        """
        Args:
            run: a finished one.
            trained: its `predicting.trained_pass` where there is one already.
            backbone: its module's, untrained, where there is one already; layer groups that the run trained change.

        Raises:
            UserError: the run has no weights, or its module is gone or takes no pictures.
        """
        from tlcore.evaluation.explanations.grad_cam import open_grad_cam
        from tlcore.modules.graph.graph_split import CannotSplit
        from tlcore.training.restore import load_classifier

        self.run = run
        module = module_of(run)
        self.modality = modality_of(module.modality)
        self.spec = module.input_spec()
        self._size = self.modality.size_of(self.spec)
        self.why_occlusion = ""
        self._weights = read_weights(run)
        self._windows = self.modality.parts.windows(*self._size)
        self._representers: Representers | None = None
        classifier = load_classifier(run, backbone)
        self._trained = trained or trained_pass(run, classifier.backbone)
        try:
            self._grad_cam = open_grad_cam(classifier, only_tensor(self.spec))
        except CannotSplit as reason:
            self.why_occlusion = str(reason)

    def representers(self, progress: Progress | None = None) -> Representers:
        """The head taken apart into its train examples; takes a moment the first time.

        Raises:
            UserError: the run's dataset is gone.
        """
        if self._representers is None:
            self._representers = open_representers(self.run, progress)
        return self._representers

    def explain(
        self, item: np.ndarray, label: int | None = None, *, method: str = "", progress: Progress | None = None
    ) -> Explanation:
        """Why the model says a class of an item.

        Args:
            item: as `modality.decode` gives it for `spec`.
            label: of the class; None: the one that it predicts.
            method: "Grad-CAM" or "occlusion"; empty: Grad-CAM where the module has feature maps.
            progress: hears it where it takes longer.

        Raises:
            UserError: there is no such class, or the module has no feature maps for Grad-CAM.
        """
        progress = progress or Progress()
        method = method or ("occlusion" if self.why_occlusion else "Grad-CAM")
        ((vector, probabilities),) = zip(*self._say(item[None], progress), strict=True)
        if label is None:
            label = int(probabilities.argmax())
        elif not 0 <= label < len(probabilities):
            raise UserError(
                "There is no such class",
                f"The label is {label}, and the run has {len(probabilities)} classes",
                f"Choose a label from 0 to {len(probabilities) - 1}",
            )
        before = float(probabilities[label])
        parts = self.modality.parts
        heat = parts.enlarge(self._heat(item, label, method, before, progress), *self._size)
        marked = parts.marked_part(heat)
        lost, at_random, covered = None, np.empty(0), np.empty((0, *item.shape), item.dtype)
        if marked.any() and before > 0:
            covered = parts.cover(item, np.concatenate([marked[None], parts.random_parts(marked, DRAWS)]))
            _, after = self._say(covered, progress)
            lost, *at_random = (1 - after[:, label] / before).tolist()
        return Explanation(
            label, probabilities, vector, method, heat, float(marked.mean()), lost, np.array(at_random), covered
        )

    def _heat(self, item: np.ndarray, label: int, method: str, before: float, progress: Progress) -> np.ndarray:
        parts = self.modality.parts
        if method == "occlusion":
            _, after = self._say(parts.cover(item, self._windows), progress)
            return parts.occlusion_heat(self._windows, before - after[:, label])
        if self.why_occlusion:
            raise UserError("This module has no feature maps for Grad-CAM", self.why_occlusion, "Use occlusion")
        return self._grad_cam(item, label)

    def _say(self, items: np.ndarray, progress: Progress) -> tuple[np.ndarray, np.ndarray]:
        """Feature vectors and probabilities of some items, as the run's predictions are made."""
        batches = (items[start : start + inputs.BATCH] for start in range(0, len(items), inputs.BATCH))
        passed = [vectors for (vectors,) in self._trained.run(batches, len(items), progress, "explaining")]
        vectors = np.concatenate(passed)
        return vectors, head_probabilities(self._weights, vectors)
