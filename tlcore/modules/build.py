"""A module in, a backbone out. Imports TensorFlow, by way of the provider that builds it."""

from tlcore.modules.backbones.backbone import Backbone
from tlcore.modules.module import Module
from tlcore.modules.providers import provider_of


def build_backbone(module: Module) -> Backbone:
    """A fresh `Backbone` of a module that is on this machine, with the module's own weights, all frozen.

    Raises:
        UserError: the module's files are gone or spoiled.
    """
    return provider_of(module.source).build(module)
