"""A notebook that makes a run again with `tlcore`, from its data to the same numbers."""

from collections.abc import Sequence
from pathlib import Path

from tlcore.base.progress import Progress
from tlcore.datasets.dataset import SPLITS
from tlcore.datasets.versions.edit_log import Edit, read_log
from tlcore.evaluation.metrics.measures import MEASURES
from tlcore.modalities import modality_of
from tlcore.modules.descriptions import public_handle
from tlcore.modules.module import Module
from tlcore.modules.providers import provider_of
from tlcore.runs import Run

_MEASURED = (*MEASURES, "n")

# names and labels, which may come from anyone, stand in it as Python's literals alone, never as Markdown
_WORDS = """# Reproduce a run

This notebook repeats the run `{run}`: it opens the dataset and the module, sets the plan, trains, and compares the
metrics with those of the run. To run it elsewhere, change two lines:

- `PROJECT`: the folder that contains `tlcore`. Its requirements must be installed.
- `DATA`: the dataset's id in this workspace. In another workspace, give the path of the archive or folder that it was
  imported from. The environment variable `TLCORE_HOME` sets the workspace."""
_IMPORTS = """PROJECT = "."
DATA = {data!r}

import sys
from pathlib import Path

sys.path.insert(0, PROJECT)

import pandas as pd

import tlcore"""
_DATASET = """if Path(DATA).exists():
    dataset = tlcore.import_dataset(DATA, seed={seed}, fractions={fractions})
else:
    dataset = tlcore.open_dataset(DATA)
{mended}
assert dataset.fingerprint == {fingerprint!r}, "The examples, labels or splits differ from the run's"
dataset"""
_MENDED = """if dataset.version >= {version}:
    dataset = tlcore.edits.open_version(dataset, {version})
else:  # it was just imported: repeat the edits
{lines}"""
_MODULE = """module = tlcore.open_module({arguments})
assert module.fingerprint == {fingerprint!r}, "The module differs from the run's"
module"""
_PLAN = """plan = tlcore.Plan(
{settings}
)
plan"""
_RUN = """run = tlcore.train(dataset, module, plan, name={name!r})
run"""
_MATRIX = """pd.DataFrame(run.confusion_matrix({split!r}), dataset.class_names, dataset.class_names)"""
_NUMBERS = """expected = {{
{expected}
}}
found = {{split: {{name: run.metrics[split][name] for name in numbers}} for split, numbers in expected.items()}}
pd.concat({{"the run": pd.DataFrame(expected).T, "reproduced": pd.DataFrame(found).T}}, axis=1)"""
_CHECK = """TOLERANCE = 1e-6  # on this machine with these versions; elsewhere, the second digit may differ

for split, numbers in expected.items():
    for name, value in numbers.items():
        assert abs(found[split][name] - value) <= TOLERANCE, f"{name} on {split}: {found[split][name]}, not {value}\""""


def write_notebook(run: Run, folder: Path, progress: Progress) -> None:
    """Writes `notebook.ipynb`.

    Args:
        run: a finished one.
        folder: where to.
        progress: hears of it.

    Raises:
        UserError: the run's dataset or module is gone, or is another by now, so that nothing can be made again.
    """
    import nbformat

    nbformat.write(notebook(run), folder / "notebook.ipynb")


def notebook(run: Run):
    """The notebook, as nbformat has it.

    Args:
        run: as in `write_notebook`.

    Raises:
        UserError: as `write_notebook`.
    """
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    dataset, module = run.dataset(), run.module()
    first, *log = read_log(dataset)
    settings = "\n".join(f"    {name}={getattr(run.plan, name)!r}," for name in type(run.plan).model_fields)
    expected = {
        split: {name: run.metrics[split][name] for name in _MEASURED} for split in SPLITS if run.metrics.get(split)
    }
    sources = (
        _IMPORTS.format(data=dataset.id),
        _DATASET.format(
            seed=first.seed, fractions=tuple(first.fractions), mended=_mended(log), fingerprint=dataset.fingerprint
        ),
        _MODULE.format(arguments=_arguments(module), fingerprint=module.fingerprint),
        _PLAN.format(settings=settings),
        _RUN.format(name=f"{run.name}, reproduced"),
        _MATRIX.format(split="test" if "test" in expected else "val"),
        _NUMBERS.format(expected="\n".join(f"    {split!r}: {numbers}," for split, numbers in expected.items())),
        _CHECK,
    )
    cells = [new_markdown_cell(_WORDS.format(run=run.id)), *(new_code_cell(source) for source in sources)]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def _mended(log: Sequence[Edit]) -> str:
    """Code that makes the dataset what it was for the run: by its version or, new, by the edits in force."""
    lines = [_as_code(edit) for edit in log if not edit.undone]
    lines = [f"    dataset = tlcore.edits.{line}" for line in lines if line]
    if not lines:
        return "dataset = tlcore.edits.open_version(dataset, 0)"
    return _MENDED.format(version=len(log), lines="\n".join(lines))


def _as_code(edit: Edit) -> str:
    """A call that does the same; "" for what changes no example."""
    ids, names = list(edit.ids), list(edit.names)
    match edit.kind:
        case "label":
            return f"correct_label(dataset, {ids}, {edit.to!r})"
        case "leave out":
            return f"leave_out(dataset, {ids})"
        case "rename":
            return f"rename_class(dataset, {names[0]!r}, {edit.to!r})"
        case "merge":
            return f"merge_classes(dataset, {names}, {edit.to!r})"
        case "split":
            return f"resplit_dataset(dataset.id, {edit.seed}, {tuple(edit.fractions)})"
    return ""


def _arguments(module: Module) -> str:
    """What opens the module: its handle, and all that can be chosen of it."""
    is_plain = module.values is None or module.values == modality_of(module.modality).parse_values(module.value_range)
    values = module.value_range if is_plain else module.values.text
    choices = {"output": module.output, "value_range": values, "input_shape": module.input.shape}
    named = [f"{name}={choices[name]!r}" for name in provider_of(module.source).choices]
    return ", ".join([repr(public_handle(module) or module.id), *named])
