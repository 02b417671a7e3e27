"""Modules that come with the program: code here, weights from a Python package, always there, offline."""

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from tlcore.modules.module import Module
from tlcore.modules.providers.provider import Provider

if TYPE_CHECKING:
    from tlcore.modules.backbones.keras_backbone import KerasBackbone

_EFFICIENTNET_LITE0 = Path(__file__).with_name("efficientnet_lite0.json")  # written by efficientnet_lite0.py


class _BuiltIn(Provider):
    """The id and handle of each is its name."""

    name = "built-in"
    title = "built-in"
    keras_layers = True

    def claims(self, ref: str) -> str | None:
        return next((module.handle for module in self.known() if ref == module.handle), None)

    def known(self) -> tuple[Module, ...]:
        return _known()

    def build(self, module: Module) -> "KerasBackbone":
        from tlcore.modules.backbones.keras_backbone import KerasBackbone
        from tlcore.modules.providers.builtin import efficientnet_lite0

        return KerasBackbone(module, *efficientnet_lite0.build())


@functools.cache
def _known() -> tuple[Module, ...]:
    return (Module.model_validate_json(_EFFICIENTNET_LITE0.read_text(encoding="utf-8")),)


ENTRY = _BuiltIn()
