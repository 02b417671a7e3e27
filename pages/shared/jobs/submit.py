"""Putting a run in the queue."""

from pages.shared.shell.person import who
from tlcore import jobs, pipeline
from tlcore.datasets.dataset import Dataset
from tlcore.modules.module import Module
from tlcore.plans import Plan
from tlcore.runs import Run, open_run


def submit_once(dataset: Dataset, module: Module, plan: Plan, *, name: str = "") -> Run:
    """A new run; or the same one when it waits or is under way already, as after a double click.

    Raises:
        UserError: the plan does not fit.
    """
    for waiting in jobs.queue():
        if waiting.kind == "train" and _same(run := open_run(waiting.id), dataset, module, plan, name):
            return run
    return pipeline.submit_run(dataset, module, plan, name=name, owner=who())


def _same(run: Run, dataset: Dataset, module: Module, plan: Plan, name: str) -> bool:
    record = run.record
    of = (record["dataset"]["fingerprint"], record["module"]["fingerprint"], run.plan.to_json())
    return of == (dataset.fingerprint, module.fingerprint, plan.to_json()) and name.strip() in ("", run.name)
