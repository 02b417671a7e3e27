"""Runs as the command line's JSON has them."""

from typing import TYPE_CHECKING

from tlcore.datasets.dataset import SPLITS

if TYPE_CHECKING:
    from tlcore.runs.run import Run

_BASELINES = ("majority", "linear_probe")
_SECONDS = ("features", "training", "evaluation")


def run_document(run: "Run") -> dict:
    """A run with its plan and numbers; what is not there yet, or can't be read, is None."""
    damage = run.damage
    result = {} if damage else run.result
    return {
        "run": run.id,
        "state": run.state,
        "dataset": None if damage else run.record["dataset"]["id"],
        "module": None if damage else run.record["module"]["id"],
        "plan": None if damage else run.plan.model_dump(mode="json"),
        "seed": None if damage else run.plan.seed,
        "seconds": {each: result.get("seconds", {}).get(each) for each in _SECONDS},
        "trainable_parameters": result.get("trainable_parameters"),
        "problems": [] if damage else run.problems,
        "kept_epoch": (result.get("kept") or {}).get("epoch"),
        "kept": result.get("kept"),
        "out_of_fold": list(result.get("out_of_fold", ())),
        "metrics": _by_split(result.get("metrics", {})),
        "baselines": {name: _by_split(result.get("baselines", {}).get(name, {})) for name in _BASELINES},
    }


def _by_split(metrics: dict) -> dict:
    return {split: metrics.get(split) for split in SPLITS}
