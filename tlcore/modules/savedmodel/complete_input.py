"""What is taken for granted of a SavedModel's input where nobody says otherwise."""

from tlcore.modalities.image.pixel_values import PixelValues
from tlcore.modules.module import Module, TensorFact

_USUAL_SIZE = 224  # of a picture, where a module takes any and its publisher names none


def complete_input(module: Module, *, given: PixelValues | None, is_known: bool, otherwise: str) -> Module:
    """A module as it was inspected, with modality, size and pixel values filled in.

    Args:
        module: as its own graph says it is.
        given: the pixel values that a person chose.
        is_known: whether its publisher's catalogue has it.
        otherwise: what says which values it expects where nothing else does; "export" overrules the graph too.
    """
    if module.modality == "image":
        module = module.model_copy(update={"input": _of_usual_size(module)})
    elif not module.modality and _is_sound(module.input):
        module = module.model_copy(update={"modality": "audio"})
    return module.model_copy(update=_usual_values(module, given, is_known, otherwise))


def _usual_values(module: Module, given: PixelValues | None, is_known: bool, otherwise: str) -> dict:
    if given:
        return {**given.fields, "values_source": "given"}
    if module.modality != "image":
        return {}
    if otherwise == "export":
        return {**PixelValues().fields, "values_source": otherwise}
    if module.values_source:
        return {}
    return {"values_source": "publisher" if is_known else otherwise}


def _of_usual_size(module: Module) -> TensorFact:
    """The input with a size for a module that takes pictures of any, and channels where it leaves them open."""
    usual = {"HWC": (_USUAL_SIZE, _USUAL_SIZE, 3), "CHW": (3, _USUAL_SIZE, _USUAL_SIZE), "HW": (0, 0)}
    shape = tuple(own or size for own, size in zip(module.input.shape, usual[module.picture.layout], strict=True))
    return module.input.model_copy(update={"shape": shape})


def _is_sound(input: TensorFact) -> bool:
    """A long row of numbers: a waveform."""
    length = input.shape[:1]
    return (
        input.dtype.startswith("float") and input.shape[1:] in ((), (1,)) and bool(length) and (length[0] or 0) >= 4000
    )
