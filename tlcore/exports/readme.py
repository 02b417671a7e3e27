"""The README that lies beside an exported model."""

from importlib.metadata import version

from tlcore.errors import UserError
from tlcore.features.pixels import image_size
from tlcore.modules.module import Module
from tlcore.runs import Run

_TEXT = """# {name}

{classes_count} classes: {classes}.

A TensorFlow SavedModel in TF Hub's reusable form, written by tlcore from the run `{run}` on {created}.
`assets/class_names.txt` has the class names, a line each, in the order of `probabilities`.

## Use

With TensorFlow alone, from the bytes of JPEG or PNG files to probabilities and feature vectors:

```python
import tensorflow as tf

model = tf.saved_model.load("PATH/OF/THIS/FOLDER")
names = open("PATH/OF/THIS/FOLDER/assets/class_names.txt", encoding="utf-8").read().split("\\n")
encoded = [open("picture.jpg", "rb").read()]
result = model.signatures["serving_default"](encoded=tf.constant(encoded))
print(names[int(tf.argmax(result["probabilities"][0]))], result["feature_vector"].shape)
```

As a module for a next task, with TF Hub; pictures are float32 [n, {height}, {width}, 3] in 0…1, feature vectors
float32 [n, {feature_dim}]:

```python
import tensorflow_hub as hub

module = hub.load("PATH/OF/THIS/FOLDER")
feature_vectors = module(images, training=False)   # module.trainable_variables can be trained further
```

With tlcore, for a next dataset; its layer groups are found again under their names:

```
python -m tlcore train OTHER_DATASET --module PATH/OF/THIS/FOLDER --unfreeze last:2
```

The signature decodes and resizes as tlcore does (squashed to {height} × {width}, bilinear, alpha on white), so that
probabilities are those of the run. It reads JPEG and PNG only, does not heed a turn noted in a photograph's EXIF, and
may differ for JPEGs in CMYK: turn or convert such pictures first. It was written with TensorFlow {tensorflow}.

## What it was made from

- Data: {dataset}.
- Module: {module}.
- Training: {training}.

## How well it does

{numbers}

`test` was read after the last choice was made. Intervals are 95 % (Wilson).
"""


def readme(run: Run, module: Module) -> str:
    """Markdown: how the export is used, what it was made from, and how well it does."""
    height, width = image_size(module)
    groups = run.plan.train_groups
    return _TEXT.format(
        name=_line(run.name),
        run=run.id,
        created=run.record["created"][:10],
        classes_count=len(run.class_names),
        classes=", ".join(_line(name) for name in run.class_names[:20]) + (", …" if len(run.class_names) > 20 else ""),
        height=height,
        width=width,
        feature_dim=module.feature_dim,
        tensorflow=version("tensorflow"),
        dataset=_dataset(run),
        module=_module(module),
        training=f"linear probe, then {', '.join(groups)} fine-tuned" if groups else f"{' and '.join(run.plan.stages)}",
        numbers=_numbers(run),
    )


def _dataset(run: Run) -> str:
    from tlcore.datasets import open_dataset

    record = run.record["dataset"]
    try:
        licence = open_dataset(record["id"]).licence_note
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
    return "\n".join(rows)


def _line(text: str) -> str:
    """A text from outside as one plain line of a Markdown table or list."""
    plain = " ".join(text.split()).replace("|", "¦").replace("`", "'")
    return plain.replace("<", "&lt;").replace("[", "\\[")
