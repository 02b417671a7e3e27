"""Modules as the command line's JSON has them."""

from tlcore.modules.module import Module, TensorFact


def describe(module: Module) -> dict:
    """A module from input to output: what `inspect` writes."""
    return {
        "module": module.id,
        "handle": module.handle,
        "modality": module.modality,
        "trainable": module.trainable,
        "input": _tensor(module.input),
        "outputs": [_tensor(output) for output in module.outputs],
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
        "handle": module.handle,
        "modality": module.modality,
        "local": module.local,
        "parameters": module.parameters,
        "feature_dim": module.feature_dim,
        "licence": module.licence,
    }


def _tensor(fact: TensorFact) -> dict:
    return {"name": fact.name, "shape": list(fact.shape), "dtype": fact.dtype}
