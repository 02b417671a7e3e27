"""A handle in, a backbone with named layer groups out. Importing this room does not import TensorFlow."""

import importlib
from typing import TYPE_CHECKING

from tlcore.modules.catalogue import catalogue, damaged_modules, default_module, delete_module, find_module, is_kept
from tlcore.modules.json_documents import describe, describe_damaged, describe_short
from tlcore.modules.module import LayerGroup, Module, TensorFact, VariableFact
from tlcore.modules.providers import handle_examples, provider_of
from tlcore.modules.providers.hosts import module_hosts
from tlcore.modules.providers.pasted_code import handle_in_code

if TYPE_CHECKING:
    from tlcore.modules.backbones.backbone import Backbone
    from tlcore.modules.build import build_backbone
    from tlcore.modules.install import open_module

_LATER = {
    "open_module": "tlcore.modules.install",
    "Backbone": "tlcore.modules.backbones.backbone",
    "build_backbone": "tlcore.modules.build",
}

__all__ = [
    "Backbone",
    "LayerGroup",
    "Module",
    "TensorFact",
    "VariableFact",
    "build_backbone",
    "catalogue",
    "damaged_modules",
    "default_module",
    "delete_module",
    "describe",
    "describe_damaged",
    "describe_short",
    "find_module",
    "handle_examples",
    "handle_in_code",
    "is_kept",
    "module_hosts",
    "open_module",
    "provider_of",
]


def __getattr__(name: str):
    if name in _LATER:
        return getattr(importlib.import_module(_LATER[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
