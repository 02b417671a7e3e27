"""Feature vectors of a module as it came: computed once for an example's bytes, and kept."""

import hashlib
import json
from contextlib import closing

import numpy as np

import tlcore.workspace as workspace
from tlcore.datasets.dataset import Dataset
from tlcore.errors import UserError
from tlcore.features import pixels
from tlcore.features.store import RowStore
from tlcore.modules.module import Module
from tlcore.progress import Progress

_SHARD_ROWS = 1024
_PRECISION = "float32"


def extract_features(
    dataset: Dataset, module: Module, *, backbone=None, progress: Progress | None = None
) -> np.ndarray:
    """The feature vector of each example by the module as it came; only those that are not kept are computed.

    Args:
        dataset: of pictures.
        module: one that is on this machine.
        backbone: the module's `Backbone`, untrained, where there is one already; else it is built when needed.
        progress: hears steps in images.

    Returns:
        float32 (n, module.feature_dim), rows as `dataset.examples`.

    Raises:
        UserError: the dataset or the module is not one of pictures, or the module gives no finite values.
    """
    progress = progress or Progress()
    store = _store(dataset, module)
    examples = dataset.examples
    keys = examples["sha256"].tolist()
    new = store.missing(keys)
    if new:
        _compute(dataset, module, backbone, store, new, progress)
    progress.step(len(keys), len(keys), "images", "feature vectors")
    return np.asarray(store.read(keys))


def kept_features(dataset: Dataset, module: Module) -> np.ndarray | None:
    """What `extract_features` would give, when all of it is kept already; without TensorFlow."""
    store = _store(dataset, module)
    keys = dataset.examples["sha256"].tolist()
    return None if store.missing(keys) else np.asarray(store.read(keys))


def features_are_kept(dataset: Dataset, module: Module) -> bool:
    """Whether `kept_features` would give them; reads none of them."""
    return not _store(dataset, module).missing(dataset.examples["sha256"].tolist())


def _store(dataset: Dataset, module: Module) -> RowStore:
    if dataset.modality != "image":
        raise UserError(
            "This dataset has no pictures", f"{dataset.name} holds {dataset.modality}", "Choose a dataset of images"
        )
    size = pixels.image_size(module)
    if not module.local:
        raise UserError("This module is not on this machine", module.handle, "Open it on the Module page first")
    depends_on = [module.fingerprint, module.output, size, module.value_range, pixels.VERSION, _PRECISION]
    key = hashlib.sha256(json.dumps(depends_on).encode()).hexdigest()[:24]
    return RowStore(workspace.place("features") / f"vectors-{key}", (module.feature_dim,), _PRECISION)


def _compute(dataset, module, backbone, store, new, progress) -> None:
    from tlcore.features.forward import forward
    from tlcore.modules.backbone import build_backbone

    if backbone is None:
        backbone = build_backbone(module)
    height, width = pixels.image_size(module)
    examples = dataset.examples.drop_duplicates("sha256").set_index("sha256")
    ids = examples.loc[new, "id"].tolist()
    rows: list[np.ndarray] = []
    done = 0
    with (
        closing(pixels.batches(dataset, height, width, ids)) as batches,
        closing(
            forward(lambda x: (backbone(x, training=False),), batches, len(ids), progress, "feature vectors")
        ) as passes,
    ):
        try:
            for (vectors,) in passes:
                if not np.isfinite(vectors).all():
                    raise UserError(
                        "The module gives values that are not finite",
                        f"{module.name}, asked for {', '.join(module.output) or 'its output'}, with pixels from "
                        f"{module.value_range[0]} to {module.value_range[1]}",
                        "Open the module again with another output or value range",
                    )
                rows.append(vectors)
                if sum(map(len, rows)) >= _SHARD_ROWS:
                    done += _keep(store, new[done:], rows)
                    rows = []
        finally:
            _keep(store, new[done:], rows)


def _keep(store: RowStore, keys: list[str], rows: list[np.ndarray]) -> int:
    count = sum(map(len, rows))
    if count:
        store.append(keys[:count], np.concatenate(rows))
    return count
