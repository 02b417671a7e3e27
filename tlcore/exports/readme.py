"""The README that lies beside an export."""

from importlib.metadata import version
from pathlib import Path

from tlcore.base.errors import UserError
from tlcore.exports.parity import Agreement
from tlcore.modalities import modality_of
from tlcore.modules.module import Module
from tlcore.runs import Run
from tlcore.training.outcome import OUT_OF_FOLD, KeptEpoch, kept_in_words
from tlcore.training.result_weights import module_of

CLASS_NAMES = "class_names.txt"
_TEXT = """# {name}

{classes_count} classes: {classes}.

{what}, written by tlcore from the run `{run}` on {created}.

## Use

{use}

## What it was made from

- Data: {dataset}.
- Module: {module}.
- Training: {training}.
- Written with TensorFlow {tensorflow}.

## How well it does

{numbers}

`test` was evaluated after all choices had been made. Intervals are 95 % (Wilson).
{agreement}"""
_AGREEMENT = """
These are the run's own metrics. The export was compared with the run on the same decoded examples: {words}.
"""


def write_readme(run: Run, folder: Path, *, what: str, use: str, agreement: Agreement | None = None) -> None:
    """Writes Markdown: how the export is used, what it was made from, and how well it does.

    Args:
        run: a finished one.
        folder: of the export.
        what: what the export is, in a few words.
        use: how it is used, with the lines of code that run it.
        agreement: with the run, of a model.
    """
    module = module_of(run)
    groups = run.plan.train_groups
    text = _TEXT.format(
        name=_line(run.name),
        what=what,
        use=use.strip(),
        run=run.id,
        created=run.record["created"][:10],
        classes_count=len(run.class_names),
        classes=", ".join(_line(name) for name in run.class_names[:20]) + (", …" if len(run.class_names) > 20 else ""),
        tensorflow=version("tensorflow"),
        dataset=_dataset(run),
        module=_module(module),
        training=f"linear probe, then {', '.join(groups)} fine-tuned" if groups else f"{' and '.join(run.plan.stages)}",
        numbers=_numbers(run),
        agreement=_AGREEMENT.format(words=agreement.words) if agreement else "",
    )
    (folder / "README.md").write_text(text, encoding="utf-8")


def use_on_items(run: Run, *, imports: str, load: str, predict: str) -> str:
    """How a model that takes decoded items is used: a whole program in Python, from a file to a label.

    Args:
        run: a finished one.
        imports: lines that import what it needs, besides what decodes a file.
        load: lines that open the model; its folder is PATH/OF/THIS/FOLDER.
        predict: lines that make `probabilities`, of one item, of the input that `Modality.use_on_items` names.
    """
    module = module_of(run)
    return modality_of(module.modality).use_on_items(module.input_spec(), run.values, imports, load, predict)


def write_class_names(run: Run, path: Path) -> None:
    """Writes the class names, a line each, in the order of probabilities."""
    path.write_text("".join(f"{' '.join(name.split())}\n" for name in run.class_names), encoding="utf-8")


def _dataset(run: Run) -> str:
    record = run.record["dataset"]
    try:
        licence = run.dataset_now().licence_note
    except UserError:
        licence = ""
    which = f"version {run.dataset_version}, fingerprint {record['fingerprint']}"
    return f"{_line(record['name'])} (licence: {_line(licence) or 'not stated'}; {which})"


def _module(module: Module) -> str:
    facts = [
        f"handle {_line(module.handle)}",
        f"licence: {_line(module.licence) or 'not stated'}",
        f"trained on {_line(module.training_data)}" if module.training_data else "",
        f"fingerprint {module.fingerprint}",
    ]
    return f"{_line(module.name)} ({'; '.join(fact for fact in facts if fact)})"


def _numbers(run: Run) -> str:
    rows = ["| | split | accuracy | 95 % interval | macro F1 | examples |", "|---|---|---|---|---|---|"]
    result = run.result
    models = {
        "this model": result["metrics"],
        "linear probe": result["baselines"]["linear_probe"],
        "most frequent class": result["baselines"]["majority"],
    }
    for name, splits in models.items():
        for split in ("val", "test"):
            if entry := splits[split]:
                low, high = entry["accuracy_interval"]
                rows.append(
                    f"| {name} | {split} | {entry['accuracy']:.3f} | {low:.3f} to {high:.3f} "
                    f"| {entry['macro_f1']:.3f} | {entry['n']} |"
                )
    if run.out_of_fold:
        rows += ["", OUT_OF_FOLD]
    if run.kept:
        rows += ["", kept_in_words(KeptEpoch(**run.kept), bool(run.plan.hidden_units))]
    return "\n".join(rows)


def _line(text: str) -> str:
    """A text from outside as one plain line of a Markdown table or list."""
    plain = " ".join(text.split()).replace("|", "¦").replace("`", "'")
    return plain.replace("<", "&lt;").replace("[", "\\[")
