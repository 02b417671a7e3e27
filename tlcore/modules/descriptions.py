"""What is known about a module, in words: on a page, in a report, in a notebook."""

import tlcore.base.workspace as workspace
from tlcore.base.formatting import millions, shorten
from tlcore.modalities import find_modality
from tlcore.modules.module import Module, TensorFact
from tlcore.modules.providers import provider_of

_NAME = 60  # letters of an output's name
_SAYS = {
    "given": "chosen by you",
    "type": "from its input's data type",
    "graph": "from its first operations",
    "statistics": "from its first batch norm's statistics on photographs",
    "pictures": "the range in which its features of photographs vary most",
    "publisher": "according to its publisher",
    "export": "as in every export of tlcore",
    "convention": "TF Hub's convention; the module itself doesn't state it",
    "assumed": "assumed; the module doesn't state it",
}


def module_facts(module: Module) -> dict[str, str]:
    """Each fact under its title; empty where it is not known."""
    return {
        "Source": source_title(module),
        "Input": tensor_in_words(module.input),
        "Expected pixel range": expected_input(module) if module.local else "",
        "Output": ", ".join(shorten(name, _NAME) for name in module.output if name),
        "Features": str(module.feature_dim or ""),
        "Parameters": f"{millions(module.parameters)} ({module.parameters:,})" if module.parameters else "",
        "Licence": module.licence,
        "Trained on": module.training_data,
    }


def source_title(module: Module) -> str:
    """Where it comes from: “TF Hub”."""
    return provider_of(module.source).title


def expected_input(module: Module) -> str:
    """What it expects the numbers of an item to be, and what says so; empty where it takes none that is read."""
    modality = find_modality(module.modality)
    _, words = modality.describe_input(module) if modality else ({}, "")
    if not words:
        return ""
    at_once = f"; {module.batch_size} at a time" if module.batch_size else ""
    says = _SAYS.get(module.values_source, "")
    return words + at_once + (f" ({says})" if says else "")


def answer_note(module: Module) -> str:
    """What to know of a module that gives a classifier's answer instead of features; empty for others."""
    given = next((each for each in module.outputs if module.output == (each.name,)), None)
    if not module.answer or given is None:
        return ""
    size = given.shape[-1] if given.shape else 1
    numbers = f"{size:,} number{'' if size == 1 else 's'} " + (
        "that sum to one" if module.answer == "softmax" else "between 0 and 1"
    )
    note = f"Its output is a classifier's prediction for other classes ({numbers}), not a feature vector."
    if module.inner_outputs:
        note += " An inner output usually works much better: choose one, such as " + module.inner_outputs[0].name + "."
    return note


def public_handle(module: Module) -> str:
    """The handle; empty where it is an upload or an export in the workspace, gone by and by."""
    return "" if module.handle.startswith(str(workspace.home())) else module.handle


def tensor_in_words(tensor: TensorFact) -> str:
    """A tensor's shape and type: “any × 88, float32”; empty while unknown."""
    sides = " × ".join("any" if side is None else f"{side}" for side in tensor.shape)
    return f"{sides}, {tensor.dtype}" if sides else ""


def tensor_title(tensor: TensorFact) -> str:
    """An output's name and shape: “sigmoid (any × 88, float32)”."""
    return f"{shorten(tensor.name, _NAME)} ({tensor_in_words(tensor)})"
