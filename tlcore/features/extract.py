"""Feature vectors of a module as it came: computed once for an example's bytes, and kept."""

import functools
import hashlib
import json
from collections.abc import Sequence
from contextlib import closing

import numpy as np

import tlcore.base.workspace as workspace
from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.datasets.dataset import SPLITS, Dataset
from tlcore.features import inputs
from tlcore.features.blocks import read_blocks
from tlcore.features.forward_pass import Pass, open_pass
from tlcore.features.store.feature_store import Rows, RowStore
from tlcore.modalities import modality_of
from tlcore.modules.module import Module

_SHARD_ROWS = 1024
_HARDLY = 0.05  # of their size: of EfficientNet-Lite0 .7, and fed 0…1 where it expects 0…255 .03
_REDUCED = ("bf16", "f16")


def extract_features(
    dataset: Dataset, module: Module, *, precision: str = "f32", backbone=None, progress: Progress | None = None
) -> np.ndarray:
    """The feature vector of each example by the module as it came; only those that are not kept are computed.

    Args:
        dataset: of pictures.
        module: one that is on this machine.
        precision: "f32", or "fast": computed in bf16 where the processor has it and the module bears it, whatever else
            is kept, so that a run done again gives the same.
        backbone: the module's `Backbone`, untrained, where there is one already; else it is built when needed.
        progress: hears steps in examples, and which engine computes.

    Returns:
        float32 (n, module.feature_dim), rows as `dataset.examples`. Of an example of which the module makes
        values that are not finite the row is NaN.

    Raises:
        UserError: the dataset or the module is not one of pictures, or the module gives finite values of no example.
    """
    rows = feature_rows(dataset, module, precision=precision, backbone=backbone, progress=progress)
    not_finite(dataset, module, rows, SPLITS)
    return np.asarray(rows)


def feature_rows(
    dataset: Dataset,
    module: Module,
    *,
    splits: Sequence[str] = SPLITS,
    precision: str = "f32",
    backbone=None,
    progress: Progress | None = None,
) -> Rows:
    """What `extract_features` gives, read when indexed: memory need not hold all of a large dataset's.

    With `splits` it is that of their examples alone, rows as `dataset.examples_in(splits)`.
    """
    progress = progress or Progress()
    _check(dataset, module)
    keys = _keys(dataset, splits)
    store = _whole_store(dataset, module, _REDUCED if precision == "fast" else ("f32",), keys)
    if store is None:
        store = _compute(dataset, module, precision, backbone, keys, progress)
    progress.step(len(keys), len(keys), "examples", "feature vectors")
    return store.read(keys)


def not_finite(dataset: Dataset, module: Module, rows: np.ndarray | Rows, splits: Sequence[str]) -> list[str]:
    """The ids of the examples of which a module makes values that are not finite: a picture of one colour, perhaps.

    Args:
        dataset: whose examples.
        module: by its name for the words.
        rows: feature vectors, as `feature_rows` gives them for these splits.
        splits: whose examples.

    Raises:
        UserError: of all examples.
    """
    finite = [np.isfinite(block[:, 0]) for _, block in read_blocks(rows)]
    bad = ~np.concatenate(finite) if finite else np.zeros(0, bool)
    if len(bad) and bad.all():
        raise _nothing_finite(module)
    examples = dataset.columns("id", "split")
    return examples["id"][examples["split"].isin(splits)].to_numpy(str)[bad].tolist() if bad.any() else []


def _nothing_finite(module: Module) -> UserError:
    return UserError(
        "The module gives values that are not finite",
        f"{module.name}: {', '.join(module.output) or 'its output'} is NaN or infinite for every example, with values "
        f"from {module.value_range[0]:g} to {module.value_range[1]:g} as input",
        "Open the module again with another output or pixel range",
    )


def doubtful_range(module: Module, vectors: np.ndarray) -> str:
    """Words where feature vectors hardly differ, as they do when pixels are not in the range a module expects.

    Empty where they differ, or where the module itself or a person has said which range it is.

    Args:
        module: whose.
        vectors: (n, d), of different pictures.
    """
    if module.values_source in ("given", "type", "graph", "statistics") or len(vectors) < 2:
        return ""
    vectors = vectors.astype(np.float64)
    spread = float(np.sqrt(vectors.var(axis=0).mean() / max((vectors**2).mean(), 1e-300)))
    if spread >= _HARDLY:
        return ""
    return (
        f"Feature vectors hardly differ between examples (by {spread:.1%} of their size), so accuracy may be low. The "
        f"module may expect a pixel range other than {module.values.words}. Open it again with another pixel range, "
        "and train again"
    )


def kept_features(
    dataset: Dataset, module: Module, precision: str = "f32", splits: Sequence[str] = SPLITS
) -> Rows | None:
    """The feature vectors, read when indexed, when all of them are kept already; without TensorFlow.

    Args:
        dataset: of pictures.
        module: one that is on this machine.
        precision: "f32", or "fast" for those of a lower precision where those in f32 are not kept.
        splits: whose examples; rows as `dataset.examples_in(splits)`.
    """
    _check(dataset, module)
    keys = _keys(dataset, splits)
    store = _whole_store(dataset, module, ("f32", *_REDUCED) if precision == "fast" else ("f32",), keys)
    return None if store is None else store.read(keys)


def features_are_kept(dataset: Dataset, module: Module) -> bool:
    """Whether `kept_features` would give those in f32; reads none of them."""
    _check(dataset, module)
    return _whole_store(dataset, module, ("f32",), _keys(dataset, SPLITS)) is not None


def keep_features(dataset: Dataset, module: Module, keys: Sequence[str], vectors: np.ndarray) -> None:
    """Keeps feature vectors in f32, (n, d) by the sha256 of each example, that another pass gave beside its own."""
    _store(dataset, module, "f32").append(keys, vectors)


def module_pass(module: Module, *, precision: str, backbone=None, progress: Progress | None = None) -> Pass:
    """The pass of a module as it came, one output: its feature vectors.

    Args:
        module: one that is on this machine.
        precision: "f32" or "bf16", as `open_pass` takes it.
        backbone: the module's `Backbone`, untrained, where there is one already; else it is built when needed.
        progress: hears which engine it became.
    """

    @functools.cache
    def untrained():
        import tensorflow as tf

        from tlcore.modules.build import build_backbone

        with tf.init_scope():  # its variables are made while a graph is traced, but not in it
            return backbone or build_backbone(module)

    def call(x):
        return (untrained()(x, training=False),)

    keep_as = json.dumps([module.fingerprint, module.output, module.value_range])
    return open_pass(call, module, precision=precision, keep_as=keep_as, progress=progress)


def _check(dataset: Dataset, module: Module) -> None:
    if dataset.modality != module.modality:
        raise UserError(
            f"This module does not take {modality_of(dataset.modality).noun.many}",
            f"{module.name} takes {module.modality or 'arrays'}; {dataset.name} holds {dataset.modality}",
            "Choose another module, or another dataset",
        )
    module.input_spec()
    if not module.local:
        raise UserError("This module is not on this machine", module.handle, "Open it first")


def _keys(dataset: Dataset, splits: Sequence[str]) -> list[str]:
    """What the rows of some splits' examples are kept under, in order."""
    examples = dataset.columns("sha256", "split")
    return examples["sha256"][examples["split"].isin(splits)].tolist()


def _store(dataset: Dataset, module: Module, precision: str) -> RowStore:
    """The rows that were computed in f32, bf16 or f16."""
    modality = modality_of(module.modality)
    size = modality.size_of(module.input_spec())
    depends_on = [module.fingerprint, module.output, size, module.value_range, modality.decode_version, precision]
    if dataset.values is not None:
        depends_on.append(dataset.values)
    key = hashlib.sha256(json.dumps(depends_on).encode()).hexdigest()[:24]
    return RowStore(workspace.place("features") / f"vectors-{key}", (module.feature_dim,), "float32")


def _whole_store(dataset: Dataset, module: Module, precisions: Sequence[str], keys: list[str]) -> RowStore | None:
    """The store of the first of these precisions that has all rows."""
    stores = (_store(dataset, module, each) for each in precisions)
    return next((store for store in stores if not store.missing(keys)), None)


def _compute(dataset, module, precision, backbone, keys, progress) -> RowStore:
    """Computes the rows that are missing at the precision that the module bears; gives the store that has all then."""
    spec = module.input_spec()
    ids = dict(zip(dataset.examples["sha256"], dataset.examples["id"], strict=True))
    asked = "bf16" if precision == "fast" else "f32"
    frozen = module_pass(module, precision=asked, backbone=backbone, progress=progress)
    if not frozen.engine_selected:
        first = [ids[key] for key in _store(dataset, module, asked).missing(keys)[: inputs.BATCH]]
        if not first:  # another process has filled the store meanwhile
            return _store(dataset, module, asked)
        with closing(inputs.batches(dataset, spec, first)) as batches:
            frozen.select_engine(np.concatenate(list(batches)), len(keys), progress)
    store = _store(dataset, module, frozen.precision)
    new = store.missing(keys)
    if not new:
        return store
    rows: list[np.ndarray] = []
    done = 0
    any_finite = len(new) < len(set(keys))  # what is kept of others is
    with (
        closing(inputs.batches(dataset, spec, [ids[key] for key in new])) as batches,
        closing(frozen.run(batches, len(new), progress, "feature vectors")) as passes,
    ):
        try:
            for (vectors,) in passes:
                finite = np.isfinite(vectors).all(axis=1, keepdims=True)
                any_finite |= bool(finite.any())
                rows.append(vectors if finite.all() else np.where(finite, vectors, np.float32(np.nan)))
                if sum(map(len, rows)) >= _SHARD_ROWS:
                    if not any_finite:
                        break
                    done += _keep(store, new[done:], rows)
                    rows = []
        finally:
            if any_finite:
                _keep(store, new[done:], rows)
    if new and not any_finite:
        raise _nothing_finite(module)
    return store


def _keep(store: RowStore, keys: list[str], rows: list[np.ndarray]) -> int:
    count = sum(map(len, rows))
    if count:
        store.append(keys[:count], np.concatenate(rows))
    return count
