"""A dataset of little pictures and a module of two layer groups, small enough to train in a second."""

import hashlib

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import tlcore.base.workspace as workspace
from tlcore.base.progress import Progress
from tlcore.datasets.dataset import Dataset
from tlcore.modules.module import LayerGroup, Module, TensorFact, VariableFact

SIZE = 16


class Recorder(Progress):
    """Keeps all events; `ask` decides, event by event, whether the work is asked to end."""

    def __init__(self, ask=lambda kind, fields: ""):
        self.events = []
        self.ask = ask
        self.asked = ""

    def event(self, kind, **fields):
        self.events.append((kind, fields))
        self.asked = self.ask(kind, fields) or self.asked

    def request(self):
        return self.asked

    def of(self, kind):
        return [fields for each, fields in self.events if each == kind]

    @property
    def stages(self):
        return [fields["name"] for fields in self.of("stage")]


@pytest.fixture
def recorder():
    return Recorder


@pytest.fixture
def make_dataset():
    """Writes a dataset of noisy pictures whose mean colour tells the class, a little."""

    def make(splits=None, classes=2, spread=25, size=SIZE) -> Dataset:
        splits = splits or {"train": 24, "val": 12, "test": 12}
        random = np.random.default_rng(7)
        folder = workspace.place("datasets") / f"little-{'-'.join(map(str, splits.values()))}-{classes}-{spread}"
        (folder / "files").mkdir(parents=True)
        rows = []
        for split, count in splits.items():
            for number in range(count):
                label = number % classes
                colour = 128 + (label - (classes - 1) / 2) * 20
                pixels = (colour + random.normal(0, spread, 3) + random.normal(0, spread, (size, size, 3))).clip(0, 255)
                file = f"files/{split}-{number}.png"
                Image.fromarray(pixels.astype(np.uint8)).save(folder / file)
                sha = hashlib.sha256((folder / file).read_bytes()).hexdigest()
                rows.append((f"{split}-{number}", split, label, sha, file, file, 1, size, size))
        columns = ["id", "split", "label", "sha256", "source_name", "file", "size", "width", "height"]
        pd.DataFrame(rows, columns=columns).to_parquet(folder / "examples.parquet")
        return Dataset(
            id=folder.name,
            name="little",
            modality="image",
            class_names=tuple("abcdefghij"[:classes]),
            fingerprint=folder.name,
            created="",
            folder=folder,
        )

    return make


_FACTS = {
    "first": (("conv/kernel", (3, 3, 3, 6), True), ("conv/bias", (6,), True)),
    "last": (
        ("bn/gamma", (6,), True),
        ("bn/beta", (6,), True),
        ("bn/moving_mean", (6,), False),
        ("bn/moving_variance", (6,), False),
        ("top/kernel", (6, 8), True),
        ("top/bias", (8,), True),
    ),
}


@pytest.fixture
def tiny_module() -> Module:
    return Module(
        id="tiny",
        name="tiny",
        handle="tiny",
        source="built-in",
        fingerprint="tiny",
        input=TensorFact(shape=(SIZE, SIZE, 3)),
        outputs=(TensorFact(name="out", shape=(8,)),),
        output=("out",),
        feature_dim=8,
        groups=tuple(
            LayerGroup(name=name, variables=tuple(VariableFact(name=n, shape=s, trainable=t) for n, s, t in facts))
            for name, facts in _FACTS.items()
        ),
        trainable=True,
        batch_norm_update="trained",
        parameters=sum(int(np.prod(shape)) for facts in _FACTS.values() for _, shape, _ in facts),
    )


@pytest.fixture
def make_backbone(tiny_module, monkeypatch):
    """Builds the tiny module's backbone, always with the same weights; also for whoever builds it by itself."""
    import keras

    from tlcore.modules import build
    from tlcore.modules.backbones.backbone import Backbone
    from tlcore.training import restore

    class Tiny(Backbone):
        def __init__(self, module):
            super().__init__(module)
            start = keras.initializers.GlorotUniform
            self.conv = keras.layers.Conv2D(6, 3, activation="relu", kernel_initializer=start(1), name="conv")
            self.bn = keras.layers.BatchNormalization(name="bn")
            self.top = keras.layers.Dense(8, activation="relu", kernel_initializer=start(2), name="top")
            self.conv.build((None, SIZE, SIZE, 3))
            self.bn.build((None, SIZE - 2, SIZE - 2, 6))
            self.top.build((None, 6))
            self.set_trained_groups(())

        @property
        def groups(self):
            return {"first": self.conv.variables, "last": [*self.bn.variables, *self.top.variables]}

        def set_trained_groups(self, names):
            self.conv.trainable = "first" in names
            self.bn.trainable = self.top.trainable = "last" in names

        def call(self, x, training=False):
            x = self.bn(self.conv(x), training=bool(training) and self.batch_norm == "update")
            return self.top(keras.ops.mean(x, axis=(1, 2)))

    for module in (build, restore):
        monkeypatch.setattr(module, "build_backbone", Tiny)
    return lambda: Tiny(tiny_module)
