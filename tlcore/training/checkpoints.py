"""What a killed worker goes on from: a folder an epoch, written beside its place and renamed."""

import os
import shutil
import tempfile
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

import tlcore.base.workspace as workspace
from tlcore.training.result_weights import read_arrays, write_arrays


@dataclass(frozen=True)
class Progressed:
    """How far training is after an epoch.

    Attributes:
        epoch: epochs that are complete; 0: none is, but what training starts from has been judged.
        best_epoch: the best of them; 0: what training started from.
        best_scaled_loss: its val loss after temperature scaling; None where there is no val split, and in checkpoints
            of versions that compared raw losses.
        start_scaled_loss: that of what training started from; None likewise.
        seconds: that training took so far.
    """

    epoch: int
    best_epoch: int
    best_scaled_loss: float | None
    start_scaled_loss: float | None
    seconds: float


class Checkpoints:
    """The checkpoints of one run: the last and the best, and no others.

    ::

        epoch-0003/  variables.safetensors  optimizer.safetensors  state.json
    """

    def __init__(self, folder: Path):
        self.folder = Path(folder)

    def save(self, state: Progressed, variables: dict[str, np.ndarray], optimizer: dict[str, np.ndarray]) -> None:
        """Keeps an epoch whole or not at all, then deletes those that are neither last nor best."""
        self.folder.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".writing-", dir=self.folder))
        write_arrays(staging / "variables.safetensors", variables)
        write_arrays(staging / "optimizer.safetensors", optimizer)
        workspace.write_json(staging / "state.json", asdict(state))
        os.rename(staging, self._place(state.epoch))
        for path in self.folder.iterdir():
            if path not in (self._place(state.epoch), self._place(state.best_epoch)):
                shutil.rmtree(path, ignore_errors=True)

    def last(self) -> Progressed | None:
        """How far the last whole checkpoint is; None when there is none."""
        found = sorted(self.folder.glob("epoch-*"))
        if not found:
            return None
        state = workspace.read_json(found[-1] / "state.json")
        return Progressed(**{each.name: state.get(each.name) for each in fields(Progressed)})

    def variables(self, epoch: int) -> dict[str, np.ndarray]:
        return read_arrays(self._place(epoch) / "variables.safetensors")

    def optimizer(self, epoch: int) -> dict[str, np.ndarray]:
        return read_arrays(self._place(epoch) / "optimizer.safetensors")

    def discard(self) -> None:
        """Deletes all of them."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _place(self, epoch: int) -> Path:
        return self.folder / f"epoch-{epoch:04d}"
