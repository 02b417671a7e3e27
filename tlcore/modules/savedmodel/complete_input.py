"""What is taken for granted of a SavedModel's input where nobody says otherwise."""

from tlcore.modalities import Values, find_modality
from tlcore.modules.module import Module


def complete_input(module: Module, *, given: Values | None, is_known: bool, otherwise: str) -> Module:
    """A module as it was inspected, with size and values filled in.

    Args:
        module: as its own graph says it is.
        given: the values that a person chose.
        is_known: whether its publisher's catalogue has it.
        otherwise: what says which values it expects where nothing else does; "export" overrules the graph too.
    """
    if modality := find_modality(module.modality):
        shape = modality.usual_input(module.input.shape, module.input.dtype)
        module = module.model_copy(update={"input": module.input.model_copy(update={"shape": shape})})
    return module.model_copy(update=_usual_values(module, given, is_known, otherwise))


def _usual_values(module: Module, given: Values | None, is_known: bool, otherwise: str) -> dict:
    if given:
        return {**given.fields, "values_source": "given"}
    modality = find_modality(module.modality)
    if modality is None:
        return {}
    if otherwise == "export":
        return {**next(iter(modality.usual_values.values())).fields, "values_source": otherwise}
    if module.values_source:
        return {}
    return {"values_source": "publisher" if is_known else otherwise}
