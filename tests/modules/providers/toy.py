"""A provider as a newcomer writes it, whole: `toy:3` is a network of Keras's with three features, made on the spot."""

import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tlcore.base import workspace
from tlcore.base.progress import Progress
from tlcore.modules.module import Module, TensorFact
from tlcore.modules.providers import Provider, Wanted

if TYPE_CHECKING:
    import keras

    from tlcore.modules.backbones.keras_backbone import KerasBackbone

_FILE = "toy.json"
_INPUT = TensorFact(name="images", shape=(8, 8, 3))


class _Toy(Provider):
    name = "toy"
    title = "Toy networks"
    example = "toy:3"
    again = "It can be opened again by its handle."
    is_program = False
    keras_layers = True

    def claims(self, ref: str) -> str | None:
        return ref.lower() if re.fullmatch("toy:[1-9]", ref, re.IGNORECASE) else None

    def known(self) -> tuple[Module, ...]:
        return (Module(name="Toy of three", handle="toy:3", source=self.name, input=_INPUT, licence="CC0-1.0"),)

    def reads(self, folder: Path) -> bool:
        return (folder / _FILE).is_file()

    def fetch(self, handle: str, into: Path, *, allow_files: bool, progress: Progress) -> None:
        if Path(handle).is_absolute():  # of a folder that it reads
            shutil.copyfile(Path(handle) / _FILE, into / _FILE)
        else:
            (into / _FILE).write_text(json.dumps({"features": int(handle[-1])}))

    def inspect(self, folder: Path, wanted: Wanted) -> Module:
        from tlcore.modules.backbones.keras_backbone import describe_network

        return Module(
            name="toy",
            handle=wanted.handle,
            source=self.name,
            fingerprint=hashlib.sha256((folder / _FILE).read_bytes()).hexdigest(),
            input=_INPUT,
            **describe_network(*_network(folder)),
        )

    def build(self, module: Module) -> "KerasBackbone":
        from tlcore.modules.backbones.keras_backbone import KerasBackbone

        return KerasBackbone(module, *_network(workspace.folder("modules", module.id)))


def _network(folder: Path) -> "tuple[keras.Model, dict[str, list[keras.Layer]]]":
    import keras

    features = json.loads((folder / _FILE).read_text())["features"]
    images = keras.Input(_INPUT.shape)
    stem = keras.layers.Conv2D(
        4, 3, activation="relu", kernel_initializer=keras.initializers.GlorotUniform(1), name="stem"
    )
    top = keras.layers.Conv2D(
        features, 1, activation="relu", kernel_initializer=keras.initializers.GlorotUniform(2), name="top"
    )
    x = keras.layers.GlobalAveragePooling2D()(top(stem(images)))
    return keras.Model(images, x), {"stem": [stem], "top": [top]}


ENTRY = _Toy()
