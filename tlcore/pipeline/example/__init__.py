"""A finished run for a workspace that is opened for the first time: something to look at before anything is trained.

The run is carried out on this machine, by a worker, on the built-in sample with the built-in module. What ships with
the project is what would take longest, the sample's feature vectors; the linear probe on them takes about a second, and
no TensorFlow.
"""

import contextlib
from pathlib import Path

import numpy as np

import tlcore.base.workspace as workspace
from tlcore.base.errors import UserError
from tlcore.base.events import EventLog
from tlcore.base.progress import Progress
from tlcore.datasets import import_sample, samples
from tlcore.modules import default_module
from tlcore.runs import Run, begin_run, open_run

VECTORS = Path(__file__).with_name("vectors.parquet")  # written by build.py
_NAME = "Example: a linear probe"


def is_first_opening() -> bool:
    """Whether the workspace is new: it has no dataset, and never had an example."""
    return not workspace.example().exists() and not any(workspace.place("datasets").glob("*/dataset.json"))


def is_being_made() -> bool:
    """Whether somebody has begun to set it up, and did not come to its end."""
    mark = workspace.example()
    return mark.exists() and not mark.stat().st_size


def set_up_example(progress: Progress | None = None) -> Run | None:
    """Imports the sample and trains a linear probe on it in this process; once in a workspace, whoever else asks.

    Args:
        progress: hears about it.

    Returns:
        The run, done; None where the example is there already, or was.

    Raises:
        UserError: the workspace can't be written to.
    """
    try:
        with open(workspace.example(), "x"):  # before the work: what fails once is not tried at every opening
            pass
    except FileExistsError:
        return None
    from tlcore.features.extract import keep_features
    from tlcore.pipeline.run_pipeline import carry_out_run
    from tlcore.plans import suggest_plan

    progress = progress or Progress()
    dataset, module = import_sample(samples()[0].name, progress=progress), default_module()
    keep_features(dataset, module, *shipped_vectors())
    plan = suggest_plan(dataset, module).replace(precision="f32")
    with begin_run(dataset, module, plan, name=_NAME) as run:
        log = EventLog(run.folder)
        carry_out_run(run, dataset, module, log)
        log.event("done")
    workspace.write_json(workspace.example(), {"run": run.id})
    return run


def find_example() -> Run | None:
    """The example's run; None where there was none, or where it was deleted."""
    with contextlib.suppress(FileNotFoundError, ValueError, UserError):  # there is none, or it is being made
        return open_run(workspace.read_json(workspace.example())["run"])
    return None


def shipped_vectors() -> tuple[list[str], np.ndarray]:
    """The sha256 of each of the sample's pictures, and their feature vectors by the built-in module, float32 (n, d)."""
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(VECTORS)
    vectors = table["vector"].combine_chunks().flatten().to_numpy()
    return table["sha256"].to_pylist(), vectors.reshape(len(table), -1)
