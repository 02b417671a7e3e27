"""One epoch of fine-tuning the last blocks, against Keras's own partial freeze."""

import queue
import threading
import time
from collections.abc import Iterator

from benchmarks.measuring import TURNS, Row, benchmark, take_turns
from benchmarks.photographs import photographs, split

_TARGETS = {1: 4.0, 3: 2.5, 5: 1.8}
_RATE = 1e-5
_SEED = 0


@benchmark("epochs", minutes=6)
def epochs() -> Iterator[Row]:
    """One epoch of the last 1, 3 and 5 blocks, built-in module and hub SavedModel, against Keras's partial freeze."""
    import tlcore.base.workspace as workspace
    from benchmarks.models import built_in_network, mobilenet, write_saved_model
    from tlcore.datasets import import_dataset
    from tlcore.modules import find_module, open_module

    with workspace.scratch() as folder:
        photographs(folder / "photographs", splits=split(0))
        dataset = import_dataset(folder / "photographs")
        network, module = built_in_network(), find_module("efficientnet-lite0")
        for blocks in _TARGETS:
            yield _row(module.name, dataset, module, network, blocks)
        network = mobilenet()
        module = open_module(str(write_saved_model(network, folder / "mobilenet-v2")))
        for blocks in _TARGETS:
            yield _row("MobileNetV2 hub SavedModel", dataset, module, network, blocks)


def _row(name: str, dataset, module, network, blocks: int) -> Row:
    from tlcore.plans import NO_AUGMENTATION, Plan
    from tlcore.training.result_weights import read_probe

    groups = module.last_groups(blocks + 1)  # the last of them is the top
    plan = Plan(
        seed=_SEED,
        precision="f32",
        train_groups=groups,
        epochs=TURNS + 1,
        optimizer="adam",
        learning_rate=_RATE,
        schedule="constant",
        warmup=0.0,
        **NO_AUGMENTATION,
    )
    ours = Ours(dataset, module, plan)
    peer = Peer(dataset, module, network, groups, read_probe(ours.run).of_train)
    try:
        turns = take_turns({"ours": lambda turn: ours.epoch(), "peer": lambda turn: peer.epoch()})
    finally:
        ours.end()
        peer.end()
    apart = max(
        abs(mine - theirs) / theirs for mine, theirs in zip(turns.results["ours"], turns.results["peer"], strict=True)
    )
    splits = dataset.splits
    return turns.row(
        f"one epoch, last {blocks} block{'s' if blocks > 1 else ''}",
        f"{splits['train']} + {splits['val']} photographs, {name}",
        against="the same network in Keras, layers before set trainable=False, batch norm in inference mode, the same "
        "head, batches and Adam, fit on decoded pixels in memory by tf.data with validation",
        target=_TARGETS[blocks],
        note=f"last {blocks}, {name}: train losses at most {apart:.1e} apart (relative) over {TURNS} epochs. "
        f"{ours.note} Before the first epoch {ours.before:.1f} s, once, for features, probe and what is kept",
    )


class Ours:
    """A run of the engine's that halts after each epoch, so that another can take its turn.

    Attributes:
        before: seconds until the first epoch: features, probe, and what is kept at the boundary.
        note: the run's own sentence on how it trains.
    """

    def __init__(self, dataset, module, plan):
        from tlcore.runs import create_run
        from tlcore.training.train import train_run

        self.run = create_run(dataset, module, plan)
        self._go: queue.Queue = queue.Queue()
        self._come: queue.Queue = queue.Queue()
        listener = _halting(self._go, self._come)

        def work() -> None:
            try:
                train_run(self.run, dataset, module, progress=listener)
            except BaseException as error:
                self._come.put(error)

        started = time.perf_counter()
        self._thread = threading.Thread(target=work)
        self._thread.start()
        self.note = self._next()
        self.before = time.perf_counter() - started

    def epoch(self) -> float:
        """Lets it do an epoch; gives its mean train loss."""
        self._go.put("")
        return self._next()

    def end(self) -> None:
        """Lets it go to its end, or cancels what is left."""
        self._go.put("cancel")
        self._thread.join()

    def _next(self):
        found = self._come.get()
        if isinstance(found, BaseException):
            raise found
        return found


def _halting(go: queue.Queue, come: queue.Queue):
    """A listener that says how each epoch went and then waits for leave to go on."""
    from tlcore.base.progress import Progress

    class Halting(Progress):
        asked = ""

        def event(self, kind: str, **fields) -> None:
            if kind in ("cut", "epoch"):
                come.put(fields["note"] if kind == "cut" else fields["train_loss"])
                self.asked = go.get()

        def request(self) -> str:
            return self.asked

    return Halting()


class Peer:
    """The same training in plain Keras: layers that shall not train are frozen, and the whole network runs."""

    def __init__(self, dataset, module, network, groups: tuple[str, ...], probe):
        import keras
        import numpy as np

        from benchmarks.peers import pixels_as_dataset
        from tlcore.features.inputs import load_inputs

        trained = {v.name.split("/")[0] for group in module.groups if group.name in groups for v in group.variables}
        for layer in network.layers:
            layer.trainable = layer.name in trained
        assert sum(v.numpy().size for v in network.trainable_variables) == module.trainable_parameters(groups)
        self._values = network.get_weights()
        self._network = network

        standardise = keras.layers.Normalization(mean=probe.mean, variance=np.square(probe.scale))
        classes = keras.layers.Dense(len(probe.bias))
        head = keras.Sequential([keras.Input(probe.mean.shape), standardise, classes])
        classes.set_weights([probe.kernel, probe.bias])

        class Whole(keras.Model):
            """Not a functional model: in `fit`, Keras 3 overrides the `training=False` that was given in one."""

            def __init__(self):
                super().__init__()
                self.network, self.head = network, head

            def call(self, images, training=False):
                return self.head(self.network(images, training=False))

        self._model = Whole()
        self._model.compile(
            keras.optimizers.Adam(_RATE),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=["accuracy"],
            jit_compile=False,
        )

        splits = dataset.examples["split"].to_numpy(str)
        labels = dataset.examples["label"].to_numpy()
        pixels = np.asarray(load_inputs(dataset, module.input_spec())[:])
        self._train = pixels[splits == "train"], labels[splits == "train"]
        self._val = pixels_as_dataset(pixels[splits == "val"], labels[splits == "val"])
        self._done = 0

    def epoch(self) -> float:
        """Does an epoch in the order in which the engine does it; gives its mean train loss."""
        import numpy as np

        from benchmarks.peers import pixels_as_dataset

        pixels, labels = self._train
        order = np.random.default_rng((_SEED, self._done)).permutation(len(labels))
        self._done += 1
        train = pixels_as_dataset(pixels[order], labels[order])
        return self._model.fit(train, validation_data=self._val, verbose=0).history["loss"][0]

    def end(self) -> None:
        """Gives the network back as it was."""
        self._network.set_weights(self._values)
