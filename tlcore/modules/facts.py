"""What is known about a module, for people: on a page, in a report, in a notebook."""

import tlcore.workspace as workspace
from tlcore.drawing import as_card
from tlcore.modules.module import Module, TensorFact
from tlcore.words import millions, shorten

SOURCES = {"built-in": "built-in", "hub": "TF Hub", "file": "a file", "run": "a run"}
_NAME = 60  # letters of an output's name


def module_facts(module: Module) -> dict[str, str]:
    """Each fact under its title; empty where it is not known."""
    low, high = module.value_range
    return {
        "Source": SOURCES[module.source],
        "Input": tensor_in_words(module.input),
        "Wants values in": f"{low:g} … {high:g}" if module.local else "",
        "Output": ", ".join(shorten(name, _NAME) for name in module.output if name),
        "Features": str(module.feature_dim or ""),
        "Parameters": f"{millions(module.parameters)} ({module.parameters:,})" if module.parameters else "",
        "Licence": module.licence,
        "Trained on": module.training_data,
    }


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


def module_html(module: Module) -> str:
    """The module for a notebook: its facts, and its layer groups from input to output."""
    return as_card("module.html", title=module.name, module=drawn_module(module))


def drawn_module(module: Module) -> dict:
    """What the template `module.html` draws."""
    total = sum(group.parameters for group in module.groups) or 1
    return {
        "description": module.description,
        "facts": [
            *module_facts(module).items(),
            ("Handle", public_handle(module)),
            ("Facts read in", module.facts_source),
        ],
        "groups": [
            {
                "name": group.name,
                "parameters": group.parameters,
                "share": group.parameters / total,
            }
            for group in module.groups
        ],
        "why_not_trainable": module.why_not_trainable,
    }
