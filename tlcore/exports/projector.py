"""A run's feature vectors as TensorBoard's Embedding Projector reads them: vectors, metadata, pictures.

https://www.tensorflow.org/tensorboard/tensorboard_projector_plugin
"""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
from PIL import Image

from tlcore.base.progress import Progress
from tlcore.datasets.dataset import Dataset
from tlcore.evaluation.predictions import Predictions
from tlcore.evaluation.run_results import features_of, has_trained_features
from tlcore.exports.examples import examples_left
from tlcore.exports.readme import CLASS_NAMES, write_class_names, write_readme
from tlcore.features import inputs
from tlcore.modalities import InputSpec, modality_of
from tlcore.runs import Run
from tlcore.training.result_weights import module_of

_SPRITE = 8192  # pixels; the most that WebGL, and so the Projector, takes on a side
_THUMBNAIL = 64  # the most of one picture
_BLOCK = 1024  # rows that are written at once
_CONFIG = """embeddings {{
  tensor_name: "{name}"
  tensor_shape: {rows}
  tensor_shape: {columns}
  tensor_path: "{file}"
  metadata_path: "metadata.tsv"
  sprite {{
    image_path: "sprite.png"
    single_image_dim: {side}
    single_image_dim: {side}
  }}
}}
"""
_USE = """
```
pip install tensorboard
tensorboard --logdir PATH/OF/THIS/FOLDER
```

Open the address that it prints, with `#projector` at the end. The examples are in the same order in all files:

- {vectors}
- `metadata.tsv`: label, prediction and other facts; colour the points by a column, or search in one.
- `sprite.png`: the pictures, {side} × {side} pixels each.
- `projector_config.pbtxt`: tells TensorBoard what each file is.
- `class_names.txt`: the class names, one per line.

Without TensorBoard: open https://projector.tensorflow.org and load the vectors and the metadata with *Load*.
"""


def write_projector(run: Run, folder: Path, progress: Progress) -> None:
    """Writes the feature vectors of a run's examples, of the trained module and of it as it came.

    `vectors-….tsv`, `metadata.tsv` with a header, `sprite.png` and `projector_config.pbtxt`; the examples are those
    that are still in the dataset, in the order of the run's predictions.

    Raises:
        UserError: the run's dataset or module is gone.
    """
    dataset, predictions = examples_left(run)
    _, side = sprite_grid(len(predictions))
    names = {"trained": "Trained module", "module": "Module as it came"}
    config, described = [], []
    for which in ("trained", "module") if has_trained_features(run) else ("module",):
        ids, vectors = features_of(run, which, progress)
        file = f"vectors-{which}.tsv"
        rows = pd.Index(ids).get_indexer(predictions.ids)
        _write_vectors(folder / file, vectors, rows, progress)
        shape = {"rows": len(rows), "columns": vectors.shape[1]}
        config.append(_CONFIG.format(name=names[which], file=file, side=side, **shape))
        described.append(f"`{file}`: feature vectors. {names[which]}.")
    (folder / "projector_config.pbtxt").write_text("".join(config), encoding="utf-8")
    _write_metadata(folder / "metadata.tsv", dataset, predictions)
    spec = module_of(run).input_spec()
    _make_sprite(dataset, spec, predictions.ids.tolist(), progress).save(folder / "sprite.png")
    write_class_names(run, folder / CLASS_NAMES)
    use = _USE.format(vectors="\n- ".join(described), side=side)
    write_readme(run, folder, what="Files for TensorBoard's Embedding Projector", use=use)


def _write_vectors(path: Path, vectors: np.ndarray, rows: np.ndarray, progress: Progress) -> None:
    """Rows of feature vectors as tab-separated values, without a header."""
    progress.stage("export")
    schema = pa.schema([(str(column), pa.float32()) for column in range(vectors.shape[1])])
    options = pyarrow.csv.WriteOptions(include_header=False, delimiter="\t", quoting_style="none")
    with pyarrow.csv.CSVWriter(path, schema, write_options=options) as writer:
        for start in range(0, len(rows), _BLOCK):
            block = np.asarray(vectors[rows[start : start + _BLOCK]], np.float32)
            writer.write_batch(pa.RecordBatch.from_arrays(list(map(pa.array, block.T)), schema=schema))
            progress.step(start + len(block), len(rows), "feature vectors")


def _write_metadata(path: Path, dataset: Dataset, predictions: Predictions) -> None:
    """What is known of each example; the Projector knows no way to quote a tab."""
    names = np.array(predictions.class_names, object)
    table = pd.DataFrame(
        {
            "label": names[predictions.labels],
            "predicted": names[predictions.predicted],
            "right": np.where(predictions.predicted == predictions.labels, "right", "wrong"),
            "split": predictions.splits,
            "confidence": predictions.confidence,
            "file": dataset.columns("id", "source_name").set_index("id")["source_name"][predictions.ids].to_numpy(),
            "id": predictions.ids,
        }
    )
    lines = [table.columns, *table.itertuples(index=False)]
    text = "".join("\t".join(" ".join(str(value).split()) for value in line) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8")


def sprite_grid(count: int) -> tuple[int, int]:
    """How many pictures stand side by side in the square that holds all, and how many pixels each is wide and high."""
    across = math.ceil(math.sqrt(count))
    return across, min(_THUMBNAIL, _SPRITE // across)


def _make_sprite(dataset: Dataset, spec: InputSpec, ids: Sequence[str], progress: Progress) -> Image.Image:
    """All examples in one picture, row by row of a square; as the module sees them, squashed."""
    progress.stage("sprite")
    tile = modality_of(dataset.modality).tile
    across, side = sprite_grid(len(ids))
    sprite = Image.new("RGB", (across * side, across * side))
    place = 0
    for batch in inputs.batches(dataset, spec, ids):
        for item in batch:
            sprite.paste(Image.fromarray(tile(item, side)), (place % across * side, place // across * side))
            place += 1
        progress.step(place, len(ids), "examples")
    return sprite
