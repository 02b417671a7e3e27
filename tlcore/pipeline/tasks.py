"""What a worker can do: a function for each kind of job. What needs TensorFlow imports it when it is called.

============  =========================================  ==========================================================
kind          args                                       result
============  =========================================  ==========================================================
train         (a run's folder says it all)               {run}
import        source: a path; name, seed, fractions;     {dataset, new}: new unless it was there before; what was
              reading, as plain data; confirm: "never",  uploaded for it is deleted. Where a person is to confirm it:
              "doubt" or "always"; before: the job that  {proposal, thumbnails}: files beside by the names of examples
              showed the last proposal
open_module   ref; output, value_range, input_shape,     {module}
              name where they are given
map           run, which, method, dimensions             {}: the map lies with the run
features      run, which                                 {}: the feature vectors are kept
separation    run, split                                 {}: the numbers lie with the run
suspects      run                                        {}: the list lies with the run
predict       run; of what: source, an upload;           {dataset}: the sample's or dataset's id, else "";
              a dataset, or of it what is unlabelled;    predictions.parquet beside, as `predict_new_files` gives it,
              a sample                                   or indexed by example ids; the first pictures' thumbnails
thumbnails    job: a done predict's id; rows             {}: they lie in that job's folder
sample        name                                       {dataset, new}
example       (none)                                     {run}: an empty text where there was an example before
explain       run, label (None: the predicted class's),  as `explanations.files.explain_to` says; pictures beside
              example: its id, or file: a path
export        run, format; baseline, a run, of a report  {path, files}: under out/ beside
preview       dataset, plan, count, copies               {images}: images.npy beside, uint8 [count, 1 + copies,
                                                         height, width, 3]; the first of each row as it came
============  =========================================  ==========================================================
"""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import tlcore.base.workspace as workspace
from tlcore import runs
from tlcore.base import settings
from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.datasets import import_dataset, import_sample, list_datasets, open_dataset
from tlcore.datasets.filenames import is_archive
from tlcore.datasets.importing import propose_import
from tlcore.datasets.importing.proposing.thumbnails import write_thumbnails
from tlcore.jobs.job import Job
from tlcore.modalities import modality_of
from tlcore.modules import default_module
from tlcore.modules.module import Module
from tlcore.plans import make_plan
from tlcore.runs import Run

Task = Callable[[Path, dict, Progress], dict]
_THUMBNAIL = 180  # pixels of the longer side
_FIRST = 48  # pictures whose thumbnails are made at once


class ModelCache:
    """What a worker keeps from one job for the next: an untouched backbone, and what one finished run is asked with.

    The frozen passes that were used last stay compiled too, in `features.engines.openvino`.
    """

    def __init__(self):
        self._things: dict[str, tuple[str, object]] = {}

    def backbone(self, module: Module):
        """The module's backbone as it came; never one for fine-tuning, which changes it."""
        from tlcore.modules.build import build_backbone

        return self._last("backbone", module.model_dump_json(), lambda: build_backbone(module))

    def trained(self, run: Run):
        """The pass that a finished run's predictions are made from."""
        from tlcore.evaluation.predicting import trained_pass

        return self._last("trained", run.id, lambda: trained_pass(run))

    def explainer(self, run: Run):
        """What explains a finished run's predictions, by the pass that they are made from."""
        from tlcore.evaluation.explanations import explain
        from tlcore.training.result_weights import module_of

        def make():
            untouched = None if run.plan.train_groups else self.backbone(module_of(run))
            return explain.Explainer(run, self.trained(run), untouched)

        return self._last("explainer", run.id, make)

    def _last(self, kind: str, key: str, make: Callable[[], object]):
        """The thing of its kind that was used last, where it is the one wanted; else a new one in its place."""
        if self._things.get(kind, ("",))[0] != key:
            self._things.pop(kind, None)  # before the new one needs its memory
            self._things[kind] = (key, make())
        return self._things[kind][1]


_kept = ModelCache()


def warm_up() -> Iterator[None]:
    """Gets ready what most jobs need, so that the next one starts at once: piece by piece, what is soon there first."""
    from tlcore.features.extract import module_pass
    from tlcore.pipeline import run_pipeline  # noqa: F401

    module = default_module()
    for precision in ("f32", "bf16"):
        yield
        module_pass(module, precision=precision).warm_up()
    yield
    import tlcore.training.restore
    import tlcore.training.stages  # noqa: F401

    yield
    _kept.backbone(module)


def train(folder: Path, args: dict, progress: Progress) -> dict:
    from tlcore.features.extract import features_are_kept, module_pass
    from tlcore.pipeline.run_pipeline import carry_out_run

    run = Run(folder)
    dataset, module = run.dataset(), run.module()
    needs_none = (
        run.plan.train_groups  # it would change the one that is kept
        or features_are_kept(dataset, module)
        or module_pass(module, precision="f32").engine_selected
    )
    carry_out_run(run, dataset, module, progress, None if needs_none else _kept.backbone(module))
    return {"run": run.id}


def import_files(folder: Path, args: dict, progress: Progress) -> dict:
    source, confirm = Path(args.pop("source")), args.pop("confirm", "never")
    wanted = bool(args.pop("before", None))  # by the page, which shows the last proposal again where this one fails
    try:
        if confirm != "never":
            proposal = propose_import(source, reading=args.get("reading"), progress=progress)
            if confirm == "always" or (proposal.doubts and proposal.outline["files"] > 1):
                wanted = True
                pictures = write_thumbnails(source, proposal, folder)
                return {"proposal": proposal.to_dict(), "thumbnails": pictures}
            args["reading"] = proposal.reading
        before = {dataset.id for dataset in list_datasets()}
        dataset = import_dataset(source, **args, progress=progress)
        wanted = False
    finally:
        if not wanted:
            workspace.forget_upload(source)
    return {"dataset": dataset.id, "new": dataset.id not in before}


def open_module(folder: Path, args: dict, progress: Progress) -> dict:
    from tlcore.modules.install import open_module

    allow_files = settings.allow_module_files()
    return {"module": open_module(args.pop("ref"), **args, allow_files=allow_files, progress=progress).id}


def make_map(folder: Path, args: dict, progress: Progress) -> dict:
    from tlcore.pipeline import run_pipeline

    progress.stage("map")
    run_pipeline.make_map(runs.open_run(args["run"]), args["which"], args["method"], progress, args["dimensions"])
    return {}


def compute_features(folder: Path, args: dict, progress: Progress) -> dict:
    from tlcore.evaluation.run_results import features_of

    progress.stage("features")
    features_of(runs.open_run(args["run"]), args["which"], progress)
    return {}


def measure_separation(folder: Path, args: dict, progress: Progress) -> dict:
    from tlcore.evaluation.maps.class_separability import measure_separation

    progress.stage("separation")
    measure_separation(runs.open_run(args["run"]), args["split"], progress)
    return {}


def find_suspects(folder: Path, args: dict, progress: Progress) -> dict:
    from tlcore.evaluation.data_issues.find import find_suspects

    progress.stage("suspects")
    find_suspects(runs.open_run(args["run"]), progress)
    return {}


def predict(folder: Path, args: dict, progress: Progress) -> dict:
    from tlcore.evaluation.new_files import files_of, find_new_files, predict_new_files

    run = runs.open_run(args["run"])
    dataset = None
    whole, given = folder / "predictions.parquet", folder / "given"
    if "source" in args:
        if whole.exists():  # a worker died when it had all but said so
            return {"dataset": ""}
        source = Path(args["source"])
        if not given.exists():  # else a worker that died had begun with it
            os.rename(source if source.is_dir() else source.parent, given)
        shutil.rmtree(folder / "files", ignore_errors=True)
        files = find_new_files(sorted(given.iterdir()), folder / "files", progress)
    else:
        dataset = import_sample(args["sample"]) if "sample" in args else open_dataset(args["dataset"])
        files = files_of(dataset, unlabelled=args.get("unlabelled", False))
    table = predict_new_files(run, files, trained=_kept.trained(run), progress=progress)
    keep_thumbnails(folder, run, table["path"], range(min(len(table), _FIRST)), progress)
    table.to_parquet(folder / "predictions.new")
    os.replace(folder / "predictions.new", whole)
    for path in given.iterdir() if given.exists() else ():
        if path.is_file() and is_archive(path.name):  # what it held lies beside, for a day
            path.unlink()
    return {"dataset": dataset.id if dataset else ""}


def make_thumbnails(folder: Path, args: dict, progress: Progress) -> dict:
    import pandas as pd

    of_job = workspace.folder("jobs", args["job"])
    paths = pd.read_parquet(of_job / "predictions.parquet", columns=["path"])["path"]
    run = runs.open_run(Job(of_job).args["run"])
    keep_thumbnails(of_job, run, paths, args["rows"], progress)
    return {}


def keep_thumbnails(folder: Path, run: Run, paths: Sequence[str], rows: Iterable[int], progress: Progress) -> None:
    """Small copies, `thumbnails/ROW`, of the files that can be read, with values as the run takes them."""
    paths = list(paths)
    (folder / "thumbnails").mkdir(exist_ok=True)
    for row in rows:
        progress.check()
        with contextlib.suppress(UserError, OSError):
            if path := paths[row]:
                content = run.modality.preview(path, _THUMBNAIL, run.values)
                workspace.replace_file(folder / "thumbnails" / str(row), content)


def use_sample(folder: Path, args: dict, progress: Progress) -> dict:
    before = {dataset.id for dataset in list_datasets()}
    dataset = import_sample(args["name"], progress=progress)
    return {"dataset": dataset.id, "new": dataset.id not in before}


def make_example(folder: Path, args: dict, progress: Progress) -> dict:
    from tlcore.pipeline.example import set_up_example

    run = set_up_example(progress)
    return {"run": run.id if run else ""}


def explain(folder: Path, args: dict, progress: Progress) -> dict:
    from tlcore.evaluation.explanations.files import explain_to

    run = runs.open_run(args.pop("run"))
    progress.stage("explain")
    return explain_to(folder, _kept.explainer(run), **args, progress=progress)


def export(folder: Path, args: dict, progress: Progress) -> dict:
    from tlcore.exports import export_run

    progress.stage("export")
    baseline = runs.open_run(args["baseline"]) if "baseline" in args else None
    return export_run(runs.open_run(args["run"]), args["format"], folder / "out", baseline=baseline, progress=progress)


def preview(folder: Path, args: dict, progress: Progress) -> dict:
    import numpy as np

    plan = make_plan(args["plan"])
    dataset = open_dataset(args["dataset"])
    examples = dataset.examples.query("split == 'train'")
    chosen = examples["id"].sample(min(args["count"], len(examples)), random_state=plan.seed)
    modality = modality_of(dataset.modality)
    spec = modality.spec_of(modality.preview_size)
    items = np.stack([modality.decode(dataset.file(id), spec, dataset.values) for id in chosen])
    changed = modality.preview_augmentation(plan, items, args["copies"], plan.seed)
    np.save(folder / "images.npy", np.concatenate([items[:, None], changed], axis=1))
    return {"images": "images.npy"}


TASKS: dict[str, Task] = {
    "train": train,
    "import": import_files,
    "open_module": open_module,
    "map": make_map,
    "features": compute_features,
    "separation": measure_separation,
    "suspects": find_suspects,
    "predict": predict,
    "thumbnails": make_thumbnails,
    "sample": use_sample,
    "example": make_example,
    "explain": explain,
    "export": export,
    "preview": preview,
}


def carry_out(folder: Path, kind: str, args: dict, progress: Progress) -> None:
    """Does one job and writes its `result.json`."""
    result = TASKS[kind](folder, dict(args), progress)
    if kind != "train":
        workspace.write_json(folder / "result.json", result)
