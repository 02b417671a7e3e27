"""A module at a glance: its facts, and its layer groups from input to output."""

from tlcore.modules.descriptions import module_facts, public_handle
from tlcore.modules.module import Module
from tlcore.reports.drawing import as_card


def module_html(module: Module) -> str:
    """The module for a notebook."""
    return as_card("module.html", title=module.name, module=drawn_module(module))


def drawn_module(module: Module) -> dict:
    """What the template `module.html` draws."""
    total = sum(group.parameters for group in module.groups) or 1
    return {
        "description": module.description,
        "facts": [
            *module_facts(module).items(),
            ("Handle", public_handle(module)),
            ("Source of these facts", module.facts_source),
        ],
        "groups": [
            {
                "name": group.name,
                "parameters": group.parameters,
                "share": group.parameters / total,
            }
            for group in module.groups
        ],
        "why_not_trainable": module.why_not_trainable.rstrip(".") + "." if module.why_not_trainable else "",
    }
