"""The record of one run, read and written: what was asked, and what came out."""

import contextlib
import functools
import os
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

import tlcore.base.workspace as workspace
from tlcore.base import leases
from tlcore.base.errors import Damaged, UserError
from tlcore.base.events import EventLog, latest_events
from tlcore.base.rich_display import RichDisplay
from tlcore.base.work import lease_of, state_of
from tlcore.datasets import open_dataset, open_version
from tlcore.datasets.dataset import Dataset
from tlcore.modalities import MODALITIES, Modality, Range, modality_of
from tlcore.modules import find_module
from tlcore.modules.module import Module
from tlcore.plans import Plan, make_plan
from tlcore.runs.artifacts import Artifacts
from tlcore.runs.validation import check_plan

_RECORD = (
    "name", "created", "plan", "versions", "dataset.id", "dataset.name", "dataset.fingerprint", "dataset.class_names",
    "module.id", "module.name", "module.handle", "module.fingerprint",
)  # fmt: skip
_NO_RESULT = {"seconds": {}, "trainable_parameters": None, "metrics": {}, "baselines": {}}
_PACKAGES = ("tensorflow", "keras", "openvino", "scikit-learn", "numpy", "pillow")


@dataclass(frozen=True)
class Run(RichDisplay):
    """One plan carried out on one dataset with one module, and its files."""

    folder: Path

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def artifacts(self) -> Artifacts:
        """Where what it makes lies."""
        return Artifacts(self.folder)

    @cached_property
    def record(self) -> dict:
        """`run.json`, frozen before the start: dataset, module, plan, versions, owner, created.

        Raises:
            Damaged: it can't be read.
        """
        return workspace.read_json(self.artifacts.record, *_RECORD)

    @property
    def name(self) -> str:
        notes = self.artifacts.notes
        with contextlib.suppress(Damaged):  # all that is lost is another name
            if notes.exists():
                return workspace.read_json(notes, "name")["name"]
        return self.record["name"]

    @cached_property
    def plan(self) -> Plan:
        return make_plan(self.record["plan"])

    @property
    def class_names(self) -> tuple[str, ...]:
        return tuple(self.record["dataset"]["class_names"])

    def dataset(self) -> Dataset:
        """The run's dataset as the run had it, whatever was changed in it since, and without what it left out.

        Raises:
            UserError: it was deleted, or it is not known any more what it was.
        """
        record = self.record["dataset"]
        title, hint = "The run's dataset is gone", "Start a new run on another dataset"
        with contextlib.suppress(UserError):
            dataset = self.dataset_now()
            title = "The version of the dataset that the run used is no longer available"
            hint = "Start a new run on the dataset as it is now"
            dataset = open_version(dataset, self.dataset_version)
            if dataset.fingerprint == record["fingerprint"]:
                return dataset.without(self.left_out)
        raise UserError(title, f"{self.name} was trained on “{record['name']}” ({record['id']})", hint)

    def dataset_now(self) -> Dataset:
        """The run's dataset with all edits that were made since.

        Raises:
            UserError: it was deleted, or can't be read.
        """
        return open_dataset(self.record["dataset"]["id"])

    def module(self) -> Module:
        """The run's module, as it came.

        Raises:
            UserError: it was deleted, or has become another one.
        """
        record = self.record["module"]
        module = find_module(record["id"])
        if module is None or module.fingerprint != record["fingerprint"]:
            raise UserError(
                "The run's module is gone" if module is None else "The run's module has changed",
                f"{self.name} was trained from {record['name']} ({record['handle']})",
                "Open that module again",
            )
        return module

    @property
    def modality(self) -> Modality:
        """Of its dataset; runs of before there were several don't name it."""
        return modality_of(self.record["dataset"].get("modality", MODALITIES[0]))

    @property
    def values(self) -> Range | None:
        """The range that its dataset's items are scaled by (`Dataset.values`); None where there is none."""
        values = self.record["dataset"].get("values")
        return tuple(values) if values else None

    @property
    def dataset_version(self) -> int:
        """How many edits its dataset had seen."""
        return self.record["dataset"].get("version", 0)

    @property
    def state(self) -> str:
        """queued, running, one of `work.ENDINGS`, or damaged: what it was or what came out can't be read.

        A stopped run kept its best and has results as a done one has.
        """
        state = state_of(self.folder)
        return "damaged" if state != "running" and self.damage else state

    @property
    def events(self) -> list[dict]:
        """What it has noted so far, oldest first (`base.events.latest_events`)."""
        return latest_events(self.folder)

    @property
    def request(self) -> str:
        """What was asked of it while it is under way: "stop", "cancel", or "" for nothing."""
        return EventLog(self.folder).request()

    @property
    def damage(self) -> Damaged | None:
        """What is wrong with a damaged run; None for any other."""
        try:
            _read(self.folder)
        except Damaged as error:
            return error
        except FileNotFoundError:  # deleted
            pass
        return None

    @property
    def has_result(self) -> bool:
        return self.artifacts.metrics.exists()

    @property
    def has_early_result(self) -> bool:
        """Whether the linear probe's answers are there already, while later stages go on; and after."""
        return self.artifacts.early_predictions.exists()

    @property
    def result(self) -> dict:
        """`result/metrics.json`: seconds, trainable_parameters, metrics, baselines; blanks before there is one."""
        if not self.has_result:
            return _NO_RESULT
        return workspace.read_json(self.artifacts.metrics, *_NO_RESULT)

    @property
    def kept(self) -> dict | None:
        """Which epoch its last stage kept, as `training.outcome.KeptEpoch`; None where none was trained by epochs.

        None too of runs from before that was noted.
        """
        return self.result.get("kept")

    @property
    def is_probe(self) -> bool:
        """Whether its model is the linear probe: nothing else was asked for, or fine-tuning did not help on val."""
        return ends_as_probe(self.plan, self.kept)

    @property
    def out_of_fold(self) -> tuple[str, ...]:
        """The splits of which its predictions are out of fold, by fits that had not seen the example."""
        return tuple(self.result.get("out_of_fold", ()))

    @property
    def metrics(self) -> dict:
        """A split's `accuracy`, `accuracy_interval`, `macro_precision`, `macro_recall`, `macro_f1`, `loss` and `n`."""
        return self.result["metrics"]

    @property
    def left_out(self) -> dict[str, str]:
        """The examples that it went on without, for its module makes nothing finite of them: source names by id."""
        path = self.artifacts.left_out
        return workspace.read_json(path) if path.exists() else {}

    @property
    def problems(self) -> list[dict]:
        """What went wrong, with some examples or with all, as a dataset's problems: `kind`, `files`, `action`."""
        files = list(self.left_out.values())
        action = "Left out: the module's output for them is NaN or infinite, as can happen with constant input"
        found = [{"kind": "not finite", "files": files, "action": action}] if files else []
        path = self.artifacts.problems
        return found + (workspace.read_json(path, kind=list) if path.exists() else [])

    def to_dict(self) -> dict:
        """The run as the command line's JSON has it; what is not there yet, or can't be read, is None."""
        from tlcore.runs.documents import run_document

        return run_document(self)


def ends_as_probe(plan: Plan, kept: dict | None) -> bool:
    """Whether a run of a plan that kept this (as `Run.kept`) has the linear probe as its model."""
    return plan.stages == ("probe",) or (kept is not None and not kept["epoch"] and not plan.hidden_units)


def create_run(
    dataset: Dataset,
    module: Module,
    plan: Plan,
    *,
    name: str = "",
    owner: str = "",
    prepare: Callable[[Path], None] = lambda folder: None,
) -> Run:
    """Writes a run's record; a run without events is a queued one.

    What `prepare` writes to the run's folder is there from the moment the run can be seen.

    Raises:
        UserError: the plan trains a group that the module has not, or asks of it what it can't do.
    """
    check_plan(plan, dataset, module)
    name = name.strip() or f"{dataset.name} · {module.name}"
    id = workspace.new_id(name)
    record = {
        "name": name,
        "created": workspace.now(),
        "owner": owner,
        "dataset": {
            "id": dataset.id,
            "name": dataset.name,
            "modality": dataset.modality,
            "version": dataset.version,
            "fingerprint": dataset.fingerprint,
            "class_names": list(dataset.class_names),
            "values": dataset.values,
        },
        "module": {"id": module.id, "name": module.name, "handle": module.address, "fingerprint": module.fingerprint},
        "plan": plan.model_dump(mode="json"),
        "versions": dict(_versions()),
    }
    with workspace.new_folder("runs", id) as folder:
        workspace.write_json(Artifacts(folder).record, record)
        prepare(folder)
    return open_run(id)


@contextlib.contextmanager
def begin_run(dataset: Dataset, module: Module, plan: Plan, *, name: str = "") -> Iterator[Run]:
    """Creates a run that this process carries out within a `with` block.

    Its lease is held from before the run can be seen until the block ends: nobody takes it for a queued one, and if
    this process dies, the run has failed at once.

    Raises:
        UserError: as `create_run` does.
    """
    with contextlib.ExitStack() as held:

        def begin(folder: Path) -> None:
            held.enter_context(leases.hold(lease_of(folder)))
            EventLog(folder).event("start", pid=os.getpid(), worker=False)

        yield create_run(dataset, module, plan, name=name, prepare=begin)


@functools.cache
def _versions() -> dict[str, str]:
    """Those that this process runs on; to find one reads all that its package says of itself."""
    return {"python": platform.python_version(), **{package: version(package) for package in _PACKAGES}}


def open_run(id: str) -> Run:
    """A run by its id.

    Raises:
        UserError: there is none.
        Damaged: it can't be read.
    """
    return _read(workspace.folder("runs", id))


def list_runs() -> list[Run]:
    """All runs that can be read, newest first."""
    runs, _ = workspace.read_all("runs", _read)
    return sorted(runs, key=lambda run: run.record["created"], reverse=True)


def damaged_runs() -> dict[str, Damaged]:
    """What is wrong with the runs that can't be read, by their ids."""
    return workspace.read_all("runs", _read)[1]


def _read(folder: Path) -> Run:
    run = Run(folder)
    try:
        if not (isinstance(run.record["created"], str) and run.plan and run.result and run.problems is not None):
            raise Damaged(run.artifacts.record, "its creation time is missing")
    except Damaged:
        raise
    except UserError as error:
        raise Damaged(run.artifacts.record, f"its plan was written by another version ({error.detail})") from None
    return run


def rename_run(id: str, name: str) -> None:
    """Gives a run another name; its record stays as it is.

    Raises:
        UserError: there is no such run, it is damaged, or the name is empty.
    """
    name = name.strip()
    if not name:
        raise UserError("A run needs a name", "The name is empty", "Enter a name")
    workspace.write_json(open_run(id).artifacts.notes, {"name": name[:200]})


def delete_run(id: str) -> None:
    """Deletes a run that is not under way.

    Raises:
        UserError: it is queued or running.
    """
    run = Run(workspace.folder("runs", id))
    if (state := run.state) in ("queued", "running"):
        name = id if run.damage else run.name
        raise UserError("This run is under way", f"{name} is {state}", "Cancel it first")
    workspace.delete_folder("runs", id)


def check_unused(kind: str, id: str) -> None:
    """Raises a `UserError` where a run that is queued or under way needs a dataset or a module, to be deleted.

    Args:
        kind: "dataset" or "module".
        id: whose.
    """
    for run in list_runs():
        if run.record[kind]["id"] == id and run.state in ("queued", "running"):
            raise UserError(
                f"This {kind} is in use", f"{run.name} is {run.state}", "Cancel that run first, or wait until it ends"
            )
