"""Modules as the command line's JSON has them."""

from tlcore.modalities import find_modality
from tlcore.modules.descriptions import answer_note, expected_input
from tlcore.modules.module import Module, TensorFact


def describe(module: Module) -> dict:
    """A module from input to output: what `inspect` writes."""
    return {
        "module": module.id,
        "handle": module.address,
        "modality": module.modality,
        "trainable": module.trainable,
        "input": _tensor(module.input),
        "expects": _expected(module),
        "outputs": [_tensor(output) for output in module.outputs],
        "output": list(module.output),
        "inner_outputs": [_tensor(output) for output in module.inner_outputs],
        "notes": [note] if (note := answer_note(module)) else [],
        "groups": [
            {
                "name": group.name,
                "parameters": group.parameters,
                "variables": [{"name": fact.name, "shape": list(fact.shape)} for fact in group.variables],
            }
            for group in module.groups
        ],
    }


def describe_short(module: Module) -> dict:
    """A module in a line: an entry of what `modules` writes."""
    return {
        "name": module.name,
        "handle": module.address,
        "modality": module.modality,
        "local": module.local,
        "parameters": module.parameters,
        "feature_dim": module.feature_dim,
        "licence": module.licence,
    }


def describe_damaged(id: str) -> dict:
    """A module in the workspace that can't be read: an entry of what `modules` writes, with all keys of the others."""
    unknown = dict.fromkeys(("modality", "parameters", "feature_dim", "licence"))
    return {"name": id, "handle": id, "local": True, "state": "damaged", **unknown}


def _expected(module: Module) -> dict | None:
    """What an item becomes before it goes in; None for a module that takes none."""
    modality = find_modality(module.modality)
    document, _ = modality.describe_input(module) if modality else ({}, "")
    if not document:
        return None
    found = {"found_by": module.values_source, "in_words": expected_input(module)}
    return {**document, "batch_size": module.batch_size, **found}


def _tensor(fact: TensorFact) -> dict:
    return {"name": fact.name, "shape": list(fact.shape), "dtype": fact.dtype}
