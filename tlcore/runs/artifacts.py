"""Every path in a run's folder: what it is, and what training and evaluation write and read again.

::

    run.json       what was asked, frozen before the start; notes.json: its name, if it was given another
    result/        metrics.json, written last; timing.json, written last by training; left_out.json;
                   problems.json
                   weights.safetensors  probe.safetensors  predictions.parquet  out_of_fold.parquet
                   features.npy         feature vectors of the trained module, rows as the predictions
                   early/               predictions of the linear probe, and maps, while later stages go on
                   epochs/  maps/  separation/  suspects.parquet
    checkpoints/   while it trains
    activations/   those too large to stay, while it trains
    test_views.json
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Artifacts:
    """The paths of one run's files, whether they are there or not.

    Attributes:
        run: the run's folder.
    """

    run: Path

    @property
    def record(self) -> Path:
        return self.run / "run.json"

    @property
    def notes(self) -> Path:
        return self.run / "notes.json"

    @property
    def result(self) -> Path:
        return self.run / "result"

    @property
    def metrics(self) -> Path:
        return self.result / "metrics.json"

    @property
    def timing(self) -> Path:
        return self.result / "timing.json"

    @property
    def left_out(self) -> Path:
        return self.result / "left_out.json"

    @property
    def problems(self) -> Path:
        """What training found wrong, as a dataset's problems."""
        return self.result / "problems.json"

    @property
    def weights(self) -> Path:
        return self.result / "weights.safetensors"

    @property
    def probe(self) -> Path:
        return self.result / "probe.safetensors"

    @property
    def out_of_fold(self) -> Path:
        """The probe's probabilities of each train and val example, by a fit that had not seen it."""
        return self.result / "out_of_fold.parquet"

    @property
    def features(self) -> Path:
        return self.result / "features.npy"

    @property
    def predictions(self) -> Path:
        return self.result / "predictions.parquet"

    @property
    def early_predictions(self) -> Path:
        return self.result / "early" / "predictions.parquet"

    @property
    def epochs(self) -> Path:
        return self.result / "epochs"

    def epoch(self, number: int) -> Path:
        """What it said of val after an epoch of fine-tuning, from 1; 0: before it."""
        return self.epochs / f"{number:04d}.parquet"

    def map(self, which: str, method: str, dimensions: int, *, early: bool) -> Path:
        """An embedding map.

        Args:
            which: "module" or "trained": whose feature vectors.
            method: of the projection.
            dimensions: 2 or 3.
            early: whether it is of train and val alone, while the run goes on.
        """
        folder = self.result / ("early" if early else "") / "maps"
        return folder / f"{which}-{method}{'-3d' if dimensions == 3 else ''}.parquet"

    def separation(self, split: str) -> Path:
        """How well classes separate, in numbers."""
        return self.result / "separation" / f"{split}.json"

    @property
    def suspects(self) -> Path:
        """The list of data issues."""
        return self.result / "suspects.parquet"

    @property
    def checkpoints(self) -> Path:
        return self.run / "checkpoints"

    @property
    def activations(self) -> Path:
        return self.run / "activations"

    @property
    def test_views(self) -> Path:
        """How often somebody looked at its numbers on test."""
        return self.run / "test_views.json"
