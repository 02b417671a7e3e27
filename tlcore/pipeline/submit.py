"""Work that `tlcore.pipeline.tasks` knows, put in the queue and found in it."""

import contextlib

import tlcore.base.workspace as workspace
from tlcore import jobs
from tlcore.base.errors import Damaged
from tlcore.base.work import starts, state_of
from tlcore.datasets.dataset import Dataset
from tlcore.jobs import Job
from tlcore.modules.module import Module
from tlcore.pipeline.kinds import KINDS
from tlcore.plans import Plan
from tlcore.runs import Run, create_run, list_runs

_MADE = {"dataset": "datasets", "module": "modules", "run": "runs"}  # what results name by id, and where it lies


def submit(kind: str, args: dict) -> Job:
    """Puts work other than a run in the queue.

    Args:
        kind: `tlcore.pipeline.tasks` lists them, with what each takes and gives; not "train".
        args: plain data for JSON. Paths are absolute.
    """
    return jobs.submit(kind, args, lane=KINDS[kind].lane, limit=KINDS[kind].limit)


def submit_run(dataset: Dataset, module: Module, plan: Plan, *, name: str = "", owner: str = "") -> Run:
    """Puts a run in the queue.

    Raises:
        UserError: the plan can't be carried out on this dataset with this module.
    """
    run = create_run(
        dataset, module, plan, name=name, owner=owner,
        prepare=lambda folder: workspace.write_json(folder / jobs.RECORD, _record_of_run()),
    )  # fmt: skip
    jobs.enqueue(run.folder)
    return run


def find_job(kind: str, args: dict) -> Job | None:
    """The latest job for the same work, as `jobs.find_job`; none where what it made was deleted since.

    Such is a module that somebody opened yesterday.
    """
    job = jobs.find_job(kind, args)
    result = (job.result if job else None) or {}
    is_there = all((workspace.place(_MADE[key]) / result[key]).is_dir() for key in _MADE if result.get(key))
    return job if is_there else None


def adopt() -> None:
    """Gives work that was asked for before jobs had lanes of their own the record that it would have now.

    That is jobs of older workspaces, and runs that waited or were under way in them.
    """
    for folder in workspace.place("jobs").iterdir():
        with contextlib.suppress(Damaged, OSError):
            record = workspace.read_json(folder / jobs.RECORD, "kind")
            if "lane" not in record and record["kind"] in KINDS:
                workspace.write_json(folder / jobs.RECORD, record | KINDS[record["kind"]]._asdict())
    for run in list_runs():
        with contextlib.suppress(OSError):
            if not (run.folder / jobs.RECORD).exists() and _is_for_a_worker(run):
                before = {"created": run.record["created"], "settings": run.record.get("settings", {})}
                workspace.write_json(run.folder / jobs.RECORD, _record_of_run() | before)


def _is_for_a_worker(run: Run) -> bool:
    """Whether a run is not over, and no command line or notebook carries it out itself."""
    begun = starts(run.folder)
    return state_of(run.folder) in ("queued", "running") and (not begun or begun[-1].get("worker", False))


def _record_of_run() -> dict:
    return jobs.new_record("train", {}, **KINDS["train"]._asdict())
