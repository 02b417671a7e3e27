"""What is left lying about is cleared away after a day, and nothing else is."""

import os
import time

import numpy as np
import pytest

import tlcore.base.workspace as workspace
from tlcore import jobs
from tlcore.base.events import EventLog
from tlcore.datasets import delete_dataset, import_dataset
from tlcore.features.inputs import input_store, load_inputs
from tlcore.jobs import database
from tlcore.modalities.image.entry import ENTRY as IMAGE
from tlcore.pipeline.cleanup import sweep

_DAYS = 2 * 24 * 3600


def age(folder) -> None:
    long_ago = time.time() - _DAYS
    for path in (*folder.rglob("*"), folder):
        os.utime(path, (long_ago, long_ago))


def sweep_now() -> None:
    with database.connect() as connection:
        sweep(connection)


@pytest.mark.parametrize(("ending", "old", "stays"), [("done", True, False), ("done", False, True), ("", True, True)])
def test_jobs_that_ended_long_ago_are_cleared_away(ending, old, stays):
    job = jobs.submit("map", {"run": "none"})
    EventLog(job.folder).event(ending or "start", pid=os.getpid(), worker=True)
    if old:
        age(job.folder)
    sweep_now()
    assert job.folder.exists() == stays
    assert (jobs.find_job("map", {"run": "none"}) is not None) == stays


def test_what_was_left_unfinished_long_ago_is_cleared_away():
    for name in ("old", "young"):
        (workspace.place("tmp") / name).mkdir()
    age(workspace.place("tmp") / "old")
    sweep_now()
    assert [path.name for path in workspace.place("tmp").iterdir()] == ["young"]


def test_rows_are_cleared_away_when_no_dataset_has_their_pictures(make_images, tmp_path):
    kept, gone = (
        import_dataset(make_images(tmp_path / name, size=size)) for name, size in (("kept", 16), ("gone", 20))
    )
    pixels = {dataset.id: np.asarray(load_inputs(dataset, IMAGE.spec_of((8, 8)))) for dataset in (kept, gone)}
    gone_keys = gone.examples["sha256"].tolist()
    delete_dataset(gone.id)
    sweep_now()
    assert input_store(IMAGE, IMAGE.spec_of((8, 8))).missing(gone_keys) == []  # for a day it may come again
    age(workspace.place("features"))
    sweep_now()
    assert input_store(IMAGE, IMAGE.spec_of((8, 8))).missing(gone_keys) == gone_keys
    np.testing.assert_array_equal(load_inputs(kept, IMAGE.spec_of((8, 8))), pixels[kept.id])
    delete_dataset(kept.id)
    age(workspace.place("features"))
    sweep_now()
    assert list(workspace.place("features").glob("*/*")) == []
