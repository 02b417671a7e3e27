"""What the part of a module gives that comes before anything that trains: computed once an example, and kept.

Imports TensorFlow.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import tensorflow as tf

import tlcore.base.workspace as workspace
from tlcore.base.formatting import count
from tlcore.base.progress import Progress
from tlcore.datasets.dataset import Dataset
from tlcore.features import inputs
from tlcore.features.extract import features_are_kept, keep_features
from tlcore.features.forward_pass import open_pass
from tlcore.features.store import eviction
from tlcore.features.store.feature_store import RowStore
from tlcore.modalities import modality_of, only_tensor
from tlcore.modules.backbones.backbone import Backbone
from tlcore.modules.graph.graph_split import CannotSplit, GraphSplit
from tlcore.modules.module import Module
from tlcore.plans import Plan
from tlcore.training.batches import Inputs, rows_of
from tlcore.training.loop import Stopped
from tlcore.training.probe.probe import Probe

LOSS_CHANGE = 1e-3  # by which float16 may move the probe's log loss
_SHARD_BYTES = 64 * 2**20
_ALWAYS_KEPT = 64 * 2**20  # bytes that activations may take whatever they are of
_MEASURED = 64  # examples


class Activations:
    """The boundary tensor of a cut module, for the examples of a dataset and their augmented copies.

    Args:
        dataset: whose examples.
        module: the one that is cut.
        cut: where.
        dtype: "float16" or "float32": what is kept.
        plan: of the run that they are for.
        of_run: the folder that they lie in where they are out of proportion: larger than the dataset's files and
            feature vectors together. They go when the run is over then; others are kept for runs to come.
    """

    def __init__(self, dataset: Dataset, module: Module, cut: GraphSplit, dtype: str, plan: Plan, of_run: Path):
        self.cut = cut
        self.dtype = dtype
        self._dataset = dataset
        self._module = module
        self._modality = modality_of(module.modality)
        self._spec = module.input_spec()
        self._ids = dataset.examples["id"].to_numpy(str)
        self._keys = dataset.examples["sha256"].to_numpy(str)
        train = int((dataset.examples["split"] == "train").sum())
        rows = len(self._ids) + (plan.augment_copies * train if plan.augments else 0)
        self.size = rows * int(np.prod(cut.shape)) * np.dtype(dtype).itemsize  # bytes of all that training reads
        proportion = int(dataset.examples["size"].sum()) + 4 * len(self._ids) * module.feature_dim
        lasting = self.size <= max(_ALWAYS_KEPT, proportion)
        self._folder = workspace.place("features") if lasting else of_run
        self._stores: dict[str, RowStore] = {}  # held, so that what is thrown out meanwhile can still be read

    def are_kept(self) -> bool:
        """Whether those of all examples are, as they came."""
        return not self._store().missing(self._keys.tolist())

    def rows(self, rows: np.ndarray) -> Inputs:
        """Those of some rows of `dataset.examples`, as they came."""
        return rows_of(self._store().read(self._keys[rows].tolist()))

    def augmented(self, rows: np.ndarray, plan: Plan) -> Inputs:
        """Those of augmented copies of some rows of `dataset.examples`, made in each epoch or made ahead."""
        augment = self._modality.augmentation(plan)
        keys = self._keys[rows]
        if plan.augment_copies:
            kept = [self._store(plan, copy).read(keys.tolist()) for copy in range(plan.augment_copies)]
            return lambda parts, epoch: rows_of(kept[augment.copy_of(epoch)])(parts, epoch)
        items = inputs.load_inputs(self._dataset, self._spec, self._ids[rows].tolist())
        frozen = self._pass(False, Progress())

        def compute(parts: Sequence[np.ndarray], epoch: int) -> Iterator[np.ndarray]:
            order = np.concatenate(parts)
            batches = _parts(order, inputs.BATCH)
            copies = (augment(np.asarray(items[part]), keys[part], augment.copy_of(epoch)) for part in batches)
            with closing(frozen.run(copies, len(order))) as passes:
                yield from _regroup((boundary for (boundary,) in passes), [len(part) for part in parts])

        return compute

    def compute(self, progress: Progress) -> None:
        """Computes and keeps those of all examples, as they came, and where it helps their feature vectors too.

        Raises:
            CannotSplit: what comes out of the frozen layers is not finite.
            OverflowError: it is, and float16 can't hold it.
            Stopped: the work was asked to stop; what was computed by then is kept.
        """
        store = self._store()
        keys = store.missing(self._keys.tolist())
        if not keys:
            return
        frozen = self._pass(not features_are_kept(self._dataset, self._module), progress)
        self._keep(store, keys, frozen, self._items(keys), progress, "activations")

    def compute_copies(self, rows: np.ndarray, plan: Plan, progress: Progress) -> None:
        """The same for the copies that a plan makes ahead of some rows of `dataset.examples`."""
        augment = self._modality.augmentation(plan)
        for copy in range(plan.augment_copies):
            store = self._store(plan, copy)
            if keys := store.missing(self._keys[rows].tolist()):
                parts = (keys[start : start + inputs.BATCH] for start in range(0, len(keys), inputs.BATCH))
                items = self._items(keys)
                copies = (augment(part, names, copy) for part, names in zip(items, parts, strict=True))
                name = f"activations of augmented copy {copy + 1} of {plan.augment_copies}"
                self._keep(store, keys, self._pass(False, progress), copies, progress, name)

    def _keep(self, store, keys, frozen, batches: Iterable[np.ndarray], progress: Progress, name: str) -> None:
        waiting: list[tuple[np.ndarray, ...]] = []
        done = 0

        def keep() -> None:
            nonlocal waiting, done
            rows = [np.concatenate(each) for each in zip(*waiting, strict=True)]
            count = len(rows[0]) if rows else 0
            if count:
                with np.errstate(over="ignore"):
                    boundary = rows[0].astype(self.dtype)
                if not np.isfinite(boundary).all():
                    raise OverflowError
                store.append(keys[done : done + count], boundary)
                for vectors in rows[1:]:
                    keep_features(self._dataset, self._module, keys[done : done + count], vectors)
            waiting, done = [], done + count

        with closing(frozen.run(batches, len(keys), progress, name)) as passes:
            try:
                for rows in passes:
                    if not all(np.isfinite(each).all() for each in rows):
                        raise CannotSplit("The output of the frozen layers contains NaN or infinite values")
                    waiting.append(rows)
                    if sum(each[0].nbytes for each in waiting) >= _SHARD_BYTES:
                        keep()
                    if progress.request() == "stop":
                        raise Stopped
            finally:
                keep()

    def _pass(self, with_vectors: bool, progress: Progress):
        def call(x):
            boundary = self.cut.prefix(x)
            return (boundary, self.cut.tail(boundary)) if with_vectors else (boundary,)

        outputs = "boundary and vectors" if with_vectors else "boundary"
        keep_as = json.dumps([*self._depends_on, outputs])
        return open_pass(call, self._module, precision="f32", keep_as=keep_as, progress=progress)

    def _items(self, keys: list[str]) -> Iterator[np.ndarray]:
        ids = dict(zip(self._keys, self._ids, strict=True))
        return inputs.batches(self._dataset, self._spec, [ids[key] for key in keys])

    @property
    def _depends_on(self) -> list:
        module = self._module
        size, version = self._modality.size_of(self._spec), self._modality.decode_version
        facts = [module.fingerprint, module.output, module.value_range, size, self.cut.boundary, version]
        return facts if self._dataset.values is None else [*facts, self._dataset.values]

    def _store(self, plan: Plan | None = None, copy: int = 0) -> RowStore:
        depends_on = [*self._depends_on, self.dtype]
        if plan is not None:
            settings = {name: value for name, value in plan.model_dump().items() if name.startswith("augment_")}
            settings.pop("augment_copies")
            depends_on += [settings, plan.seed, copy]
        key = hashlib.sha256(json.dumps(depends_on).encode()).hexdigest()[:24]
        if key not in self._stores:
            self._stores[key] = RowStore(self._folder / f"activations-{key}", self.cut.shape, self.dtype)
        return self._stores[key]


def open_activations(
    dataset: Dataset, backbone: Backbone, probe: Probe, plan: Plan, of_run: Path, progress: Progress
) -> tuple[Activations, str]:
    """Cuts a module before what trains and computes what is not kept yet of all that training will read.

    Args:
        dataset: with examples in train.
        backbone: untrained, its trained groups set.
        probe: by whose loss it is decided whether float16 will do.
        plan: of the run.
        of_run: the run's folder for them (see `Activations`).
        progress: hears steps in examples; may cancel, or stop.

    Returns:
        The activations, and one sentence that says what is done.

    Raises:
        CannotSplit: the module has to run whole; the text is one sentence that says why.
        Stopped: the work was asked to stop.
    """
    module = backbone.module
    train = np.flatnonzero(dataset.examples["split"].to_numpy(str) == "train")
    cut = backbone.cut(only_tensor(module.input_spec()).shape)
    dtype, change = _choose_dtype(dataset, module, cut, probe, train)
    try:
        activations = _compute(Activations(dataset, module, cut, dtype, plan, of_run), train, plan, progress)
    except OverflowError:  # by an example that was not among those measured
        dtype = "float32"
        activations = _compute(Activations(dataset, module, cut, dtype, plan, of_run), train, plan, progress)
    copies = plan.augment_copies if plan.augments else 0
    first = next(group for group in module.group_names if group in plan.train_groups)
    note = f"Only the layers from {first} on run in every epoch: the activations before it are computed once and kept "
    note += f"as {dtype}" + (f" (which changes the loss by {change:.0e})." if dtype == "float16" else ".")
    if plan.augments and copies:
        note += f" So are those of {count(copies, 'augmented copy', 'augmented copies')} of each train example."
    elif plan.augments:
        note += " Train examples, however, are augmented anew in every epoch and run through all layers each time."
    return activations, note


def trained_features(dataset: Dataset, backbone: Backbone, plan: Plan, of_run: Path, progress: Progress):
    """The feature vectors of a fine-tuned module from kept activations, where those of all examples are kept.

    Args:
        dataset: the run's.
        backbone: with the run's weights.
        plan: the run's.
        of_run: the run's folder for them (see `Activations`).
        progress: hears steps in examples.

    Returns:
        A function of an array of rows of `dataset.examples` that gives them in order, a batch at a time, as float32
        (n, d); None where they are not kept.
    """
    backbone.set_trained_groups(plan.train_groups)
    try:
        cut = backbone.cut(only_tensor(backbone.module.input_spec()).shape)
    except CannotSplit:
        return None
    finally:
        backbone.set_trained_groups(())
    found = (Activations(dataset, backbone.module, cut, dtype, plan, of_run) for dtype in ("float32", "float16"))
    activations = next((each for each in found if each.are_kept()), None)
    if activations is None:
        return None

    @tf.function(input_signature=[tf.TensorSpec((None, *cut.shape), activations.dtype)], jit_compile=False)
    def tail(boundary):
        return cut.tail(tf.cast(boundary, tf.float32), training=False)

    def compute(rows: np.ndarray) -> Iterator[np.ndarray]:
        parts = list(_parts(np.arange(len(rows)), inputs.BATCH))
        with closing(activations.rows(rows)(parts, 0)) as boundaries:
            for part, boundary in zip(parts, boundaries, strict=True):
                yield tail(boundary).numpy()
                progress.step(int(part[-1]) + 1, len(rows), "examples", "predicting")

    return compute


def _compute(activations: Activations, train: np.ndarray, plan: Plan, progress: Progress) -> Activations:
    """The same, with all that training will read computed and kept, where there is room for it."""
    most = eviction.most_bytes(eviction.kept_things())
    if activations.size > most:
        raise CannotSplit(
            f"Keeping the activations of the frozen layers would take {activations.size / 1e9:.1f} GB, but at most "
            f"{most / 1e9:.1f} GB may be kept (TLCORE_FEATURES_BYTES)"
        )
    activations.compute(progress)
    if plan.augments and plan.augment_copies:
        activations.compute_copies(train, plan, progress)
    return activations


def _choose_dtype(dataset, module, cut: GraphSplit, probe: Probe, train: np.ndarray) -> tuple[str, float]:
    """float16 where the probe's loss on some train examples stays the same by it; and by how much it moves."""
    some = np.linspace(0, len(train) - 1, min(len(train), _MEASURED)).astype(int)
    examples = dataset.examples.iloc[train[some]]
    spec = module.input_spec()
    divisor = only_tensor(spec).divisor

    @tf.function(jit_compile=False, autograph=False)
    def run(items):
        boundary = cut.prefix(tf.cast(items, tf.float32) / divisor)
        rounded = tf.cast(boundary, tf.float16)
        is_finite = tf.reduce_all(tf.math.is_finite(rounded))
        return cut.tail(boundary), cut.tail(tf.cast(rounded, tf.float32)), is_finite

    losses: list[list[np.ndarray]] = [[], []]
    all_finite = True
    done = 0
    with closing(inputs.batches(dataset, spec, examples["id"].tolist())) as batches:
        for items in batches:
            labels = examples["label"].to_numpy()[done : done + len(items)]
            *vectors, is_finite = run(items)
            all_finite &= bool(is_finite)
            for each, kept in zip(vectors, losses, strict=True):
                predictions = probe.probabilities(np.asarray(each))[np.arange(len(labels)), labels]
                kept.append(-np.log(np.maximum(predictions, 1e-12)))
            done += len(items)
    whole, rounded = (float(np.concatenate(each).mean()) for each in losses)
    change = abs(rounded - whole)
    return ("float16" if all_finite and change < LOSS_CHANGE else "float32"), change


def _parts(rows: np.ndarray, size: int) -> Iterator[np.ndarray]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def _regroup(arrays: Iterable[np.ndarray], sizes: Sequence[int]) -> Iterator[np.ndarray]:
    """The same rows in groups of other sizes."""
    arrays = iter(arrays)
    waiting: list[np.ndarray] = []
    for size in sizes:
        while sum(map(len, waiting)) < size:
            waiting.append(next(arrays))
        rows = np.concatenate(waiting)
        waiting = [rows[size:]]
        yield rows[:size]
