"""The modules that are always there, offline: their facts, read without TensorFlow."""

import functools
from pathlib import Path

from tlcore.modules.module import Module

EFFICIENTNET_LITE0 = Path(__file__).with_name("efficientnet_lite0.json")  # written by efficientnet_lite0.py


@functools.cache
def builtin_modules() -> tuple[Module, ...]:
    """The built-in modules; the id and handle of each is its name."""
    return (Module.model_validate_json(EFFICIENTNET_LITE0.read_text(encoding="utf-8")),)


def default_module() -> Module:
    """The module that a new user begins with, and that a worker has ready."""
    return builtin_modules()[0]
