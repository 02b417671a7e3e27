"""The command line: `python -m tlcore`. What a command needs is imported when it runs, TensorFlow last of all."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import click

from tlcore.base import workspace
from tlcore.base.errors import UserError
from tlcore.base.progress_bar import Bar, printable
from tlcore.cli import documents, render
from tlcore.cli.group import Commands, answered

_VALUE_RANGE = click.option(
    "--value-range",
    metavar="LOW,HIGH",
    help="The pixel range that the module expects, such as 0,1 or 0,255, or imagenet or caffe; detected by default.",
)
_SEED = click.IntRange(0, 2**31 - 1)
_TEST = click.option("--test", is_flag=True, help="Show the metrics on test too; each look at them is counted.")
_FORMATS = "savedmodel, keras, tflite, tflite-dynamic, tflite-int8, onnx, predictions, report, notebook or projector."


@click.group(cls=Commands)
def cli() -> None:
    """Train models on your own labelled files, starting from pretrained modules."""


def _check_kind(_context: click.Context, _option: click.Parameter, kind: str | None) -> str | None:
    from tlcore.modalities import KINDS

    if kind and kind not in KINDS:
        raise click.BadParameter(f"“{kind}” is not one of {', '.join(KINDS)}")
    return kind


@cli.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--name", default="", help="What to call the dataset; by default the file's name.")
@click.option(
    "--modality", metavar="KIND", callback=_check_kind, help="The kind of data, such as image; detected by default."
)
@click.option("--label-column", metavar="C", help="The table column that holds the class.")
@click.option(
    "--label-pattern",
    metavar="REGEX",
    help="A pattern to search for in each file's path; its first group is the class.",
)
@click.option("--split-column", metavar="C", help="The table column that holds the split.")
@click.option("--group-column", metavar="C", help="The column that holds the group; each group stays in one split.")
@click.option(
    "--group-pattern",
    metavar="REGEX",
    help="A pattern to search for in each file's path; its first group is the group.",
)
@click.option(
    "--encoding",
    metavar="E",
    help="Encoding of the file names in an archive, such as gbk; detected by default. That of a table goes into "
    "--reading.",
)
@click.option("--reading", metavar="FILE", help="A JSON file that says how to read the files, in whole or in part.")
@click.option("--dry-run", is_flag=True, help="Show how the files would be read, and store nothing.")
@answered(render.imported)
def import_(path: Path, name: str, modality: str | None, reading: str | None, dry_run: bool, **parts) -> dict:
    """Import labelled files: an archive, a folder, or a table beside the files that it names.

    The class of each file is taken from folders, tables or file names, whichever fits. --dry-run shows how the
    files would be read; with --json, its output can be edited and passed to --reading. What the file leaves out is
    detected: {"tables": [{"path": "labels.csv", "encoding": "gbk"}]} is enough to read a table in another encoding.
    """
    from tlcore.datasets import import_dataset, propose_import

    for part in ("label", "group"):
        if parts[f"{part}_column"] and parts[f"{part}_pattern"]:
            raise click.UsageError(f"Give either --{part}-column or --{part}-pattern, not both")
    with _bar() as bar:
        if dry_run:
            return propose_import(path, modality=modality, reading=reading, **parts, progress=bar).to_dict()
        dataset = import_dataset(path, name=name, modality=modality, reading=reading, **parts, progress=bar)
    return documents.imported_dataset(dataset)


@cli.command()
@answered(render.datasets)
def datasets() -> list[dict]:
    """List all datasets, newest first."""
    from tlcore.datasets import damaged_datasets, list_datasets

    whole = [documents.dataset_row(dataset) for dataset in list_datasets()]
    return whole + [documents.damaged_dataset(id) for id in damaged_datasets()]


@cli.command()
@answered(render.modules)
def modules() -> list[dict]:
    """List the modules that can be used."""
    from tlcore.modules import catalogue, damaged_modules, describe_damaged, describe_short

    return [*map(describe_short, catalogue()), *map(describe_damaged, damaged_modules())]


@cli.command()
@click.argument("module")
@_VALUE_RANGE
@click.option("--output", multiple=True, metavar="NAME", help="The output to use as the feature vector; repeatable.")
@answered(render.inspected)
def inspect(module: str, value_range: str | None, output: tuple[str, ...]) -> dict:
    """Show a module's input, outputs and layer groups.

    A module that is not on this machine yet is downloaded.
    """
    from tlcore.modules import describe, open_module

    with _bar() as bar:
        return describe(open_module(module, value_range=value_range, output=output, progress=bar))


@cli.command()
@click.argument("dataset")
@click.option("--module", required=True, help="Id, name, handle or path of a module.")
@_VALUE_RANGE
@answered(render.suggested)
def suggest(dataset: str, module: str, value_range: str | None) -> dict:
    """Suggest a training plan, with a reason for each setting."""
    from tlcore.api import find_or_import_dataset, find_or_open_module
    from tlcore.plans import suggest_plan

    with _bar() as bar:
        the_dataset = find_or_import_dataset(dataset, progress=bar)
        plan = suggest_plan(the_dataset, find_or_open_module(module, bar, value_range=value_range))
    return documents.suggested_plan(plan)


@cli.command()
@click.argument("dataset")
@click.option("--module", required=True, help="Id, name, handle or path of a module.")
@click.option(
    "--plan", "plan_ref", metavar="FILE|RUN", help="A plan's JSON file, “suggested”, or a run to take the plan from."
)
@click.option(
    "--unfreeze",
    multiple=True,
    metavar="GROUP|last:K",
    help="A layer group to fine-tune; repeatable.",
)
@click.option("--epochs", type=click.IntRange(1, 1000), help="Epochs of fine-tuning.")
@click.option("--seed", type=_SEED, help="Random seed of the run, and of the splits of a dataset given as a path.")
@_TEST
@_VALUE_RANGE
@answered(render.run)
def train(
    dataset: str,
    module: str,
    plan_ref: str | None,
    unfreeze: tuple[str, ...],
    epochs: int | None,
    seed: int | None,
    test: bool,
    value_range: str | None,
) -> dict:
    """Train on a dataset.

    Fits a linear probe; with --unfreeze, fine-tunes layer groups after it.
    """
    from tlcore import api
    from tlcore.plans import suggest_plan

    given = _plan(plan_ref)
    if epochs is not None and not unfreeze and not (given and given.train_groups):
        raise click.UsageError(
            "--epochs sets the epochs of fine-tuning: name the layer groups to fine-tune with --unfreeze"
        )
    with _bar() as bar:
        if seed is None:
            seed = given.seed if given else 0
        the_dataset = api.find_or_import_dataset(dataset, seed, bar)
        the_module = api.find_or_open_module(module, bar, value_range=value_range)
        groups = _groups(unfreeze, the_module)
        plan = given or suggest_plan(the_dataset, the_module, groups)
        plan = plan.replace(
            seed=seed, **({"train_groups": groups} if groups else {}), **({"epochs": epochs} if epochs else {})
        )
        return _document(api.train(the_dataset, the_module, plan, progress=bar), test)


@cli.command()
@answered(render.runs)
def runs() -> list[dict]:
    """List all runs, newest first."""
    from tlcore.runs import Run, damaged_runs, list_runs

    damaged = [Run(workspace.folder("runs", id)) for id in damaged_runs()]
    return [_document(run, False) for run in (*list_runs(), *damaged)]


@cli.command()
@click.argument("run")
@click.option(
    "--slices", metavar="COLUMN", help="Show every metric by slice of this metadata column or property, worst first."
)
@_TEST
@answered(render.run)
def show(run: str, slices: str | None, test: bool) -> dict:
    """Show a run's state, plan and metrics."""
    from tlcore.runs import open_run

    opened = open_run(run)
    sliced = {} if slices is None else {"slices": documents.slices(opened, slices, test or _is_json())}
    return _document(opened, test) | sliced


@cli.command()
@click.argument("run")
@click.argument("paths", nargs=-1, required=True, metavar="PATH …")
@answered(render.predicted)
def predict(run: str, paths: tuple[str, ...]) -> dict:
    """Predict the classes of new files, given as files, folders or archives."""
    from tlcore.api import open_run

    opened = open_run(run)
    with _bar() as bar:
        table = opened.predict(paths, progress=bar)
    if table.empty:
        hint = f"Give {opened.modality.noun.many}, or a folder or archive of them"
        raise UserError("There are no files to predict", ", ".join(paths), hint)
    answer = {"run": run, "predictions": documents.predictions(table, opened.class_names)}
    problems = [f"{each['path']}: {each['problem']}" for each in answer["predictions"] if each["problem"]]
    for problem in problems:
        click.echo(printable(problem), err=True)
    if len(problems) == len(table):
        detail = f"{problems[0]}" + (f" ({len(problems) - 1:,} more have a problem too)" if problems[1:] else "")
        error = UserError("None of the files can be used for prediction", detail, opened.modality.hint)
        answer["error"] = error.to_dict()
    return answer


@cli.command()
@click.argument("run")
@click.option("--format", "format", required=True, help=_FORMATS)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A new or empty folder.")
@click.option("--baseline", metavar="RUN", help="For a report: the earlier run to compare with.")
@answered(render.exported)
def export(run: str, format: str, out: Path, baseline: str | None) -> dict:
    """Export a run's model, predictions or report."""
    from tlcore.exports import export_run
    from tlcore.runs import open_run

    before = open_run(baseline) if baseline else None
    with _bar() as bar:
        return export_run(open_run(run), format, out, baseline=before, progress=bar)


@contextlib.contextmanager
def _bar() -> Iterator[Bar]:
    bar = Bar()
    try:
        yield bar
    finally:
        bar.close()


def _document(run, test: bool) -> dict:
    """A run as its document, in which the numbers on test can be read: to print them is a look, and counted.

    Args:
        run: a run.
        test: whether its words tell of test too; the JSON always does.
    """
    from tlcore.evaluation import count_test_view

    document = run.to_dict()
    if document["metrics"]["test"] and (test or _is_json()):
        count_test_view(run)
    return document


def _is_json() -> bool:
    return click.get_current_context().params["as_json"]


def _plan(ref: str | None):
    """The plan that `--plan` names; None for one to be suggested."""
    from tlcore.plans import read_plan
    from tlcore.runs import list_runs

    if ref in (None, "suggested"):
        return None
    run = next((run for run in list_runs() if run.id == ref), None)
    return run.plan if run else read_plan(Path(ref).expanduser())


def _groups(unfreeze: tuple[str, ...], module) -> tuple[str, ...]:
    """The layer groups that `--unfreeze` names, in the module's order."""
    chosen: set[str] = set()
    for text in unfreeze:
        start, _, count = text.partition(":")
        if start != "last" or text in module.group_names:
            chosen.add(text)
        elif count.isdecimal() and int(count) > 0:
            chosen.update(module.last_groups(int(count)))
        else:
            raise click.BadParameter(
                f"“{text}”: K in last:K must be a whole number of at least 1", param_hint="--unfreeze"
            )
    unknown = sorted(chosen - set(module.group_names))
    return (*(name for name in module.group_names if name in chosen), *unknown)
