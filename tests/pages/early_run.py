"""A run under way that is past its linear probe, written by hand; and how it ends."""

import json
import shutil

import numpy as np
import pandas as pd

from tlcore.base.events import EventLog
from tlcore.evaluation.metrics.classification import summary
from tlcore.evaluation.predictions import Predictions
from tlcore.evaluation.run_results import run_predictions
from tlcore.runs import Run

_LATER = ("metrics.json", "predictions.parquet", "features.npy", "maps")
_MAP = "maps/module-pca.parquet"


def make_early(run: Run) -> Run:
    """Turns a finished run back into one in the second epoch of its fine-tuning; what came later is put aside."""
    predictions = run_predictions(run)
    rows = predictions.splits != "test"
    # what the probe says: all that the run says, but for a quarter, which it takes for the next class
    changed = np.where(
        np.arange(len(predictions))[:, None] % 4 == 0,
        np.roll(predictions.probabilities, 1, axis=1),
        predictions.probabilities,
    )
    early = Predictions(
        predictions.ids[rows],
        predictions.splits[rows],
        predictions.labels[rows],
        changed[rows],
        predictions.class_names,
    )
    result, aside = run.folder / "result", run.folder / "aside"
    (result / "early" / "maps").mkdir(parents=True)
    aside.mkdir()
    for name in _LATER:
        if (result / name).exists():
            shutil.move(result / name, aside / name)
    early.write(result / "early" / "predictions.parquet")
    if (aside / _MAP).exists():
        places = pd.read_parquet(aside / _MAP)
        places[places["id"].isin(early.ids)].to_parquet(result / "early" / _MAP)
    lines = (run.folder / "events.jsonl").read_text().splitlines()
    probe = [line for line in lines if json.loads(line)["event"] in ("stage", "strength") and "fine" not in line]
    (run.folder / "events.jsonl").write_text("\n".join([*probe, ""]))
    log = EventLog(run.folder)
    log.event("early", cv=summary(early.only("train")), val=summary(early.only("val")))
    log.stage("fine-tune")
    log.event("step", done=8, total=18, unit="images", name="epoch 2 of 3")
    return Run(run.folder)


def finish(run: Run) -> None:
    """The run gets its own result, and ends."""
    for name in _LATER:
        if (run.folder / "aside" / name).exists():
            shutil.move(run.folder / "aside" / name, run.folder / "result" / name)
    EventLog(run.folder).event("done")
