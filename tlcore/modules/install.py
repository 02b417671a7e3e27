"""A handle in, a module on this machine out: fetched, inspected and kept, whole or not at all."""

import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from tlcore.base import workspace
from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.modalities.image.pixel_values import PixelValues, parse_pixel_values
from tlcore.modules.backbones.savedmodel_files import copy_saved_model, fingerprint, is_export
from tlcore.modules.catalogue import find_modules, known_module, local_modules
from tlcore.modules.facts import answer_note
from tlcore.modules.module import Module, TensorFact
from tlcore.modules.providers.handles import Choices, Handle, handle_in_code, parse_handle, split_choices
from tlcore.modules.providers.resolve import resolve

_USUAL_SIZE = 224  # of a picture, where a module takes any and its publisher names none
_CATALOGUE_FACTS = ("licence", "training_data", "description", "facts_source")


def open_module(
    ref: str,
    *,
    output: str | Sequence[str] | None = None,
    value_range: Sequence[float] | str | None = None,
    input_shape: Sequence[int] | None = None,
    name: str = "",
    allow_files: bool = True,
    progress: Progress | None = None,
) -> Module:
    """The module that a reference means, ready to use; fetched, inspected and kept if it is not yet.

    Args:
        ref: a handle (a URL, a Kaggle handle), a name from the catalogue, the id or name of a module on this machine,
            or the path of a SavedModel's folder or archive; with choices behind it, as in
            `handle?value_range=0,255&output=pooled`, which the arguments here overrule.
        output: which of its outputs becomes the feature vector, by name; several are concatenated.
        value_range: the lowest and highest value that it expects pixels to have, as two numbers or as text ("0,255"),
            or "imagenet" or "caffe" (`pixel_values.NAMED`); found out, where it can be, when not given.
        input_shape: without the batch axis, for a module that takes any: (height, width, 3) for images.
        name: what to call it; else its publisher's name for it, or what the path is called.
        allow_files: whether paths may be opened. A SavedModel is a program: pass `settings.allow_module_files()` where
            the reference comes from somebody else than the owner of this machine.
        progress: hears of stages and bytes.

    Returns:
        The module. Asked for again with the same choices, or none, it is the same one; with others it is a new one.

    Raises:
        UserError: there is no such module, it may not or can't be had, or it is no SavedModel that can be used.
    """
    progress = progress or Progress()
    choices = Choices()
    if not os.path.exists(ref.strip()):
        pasted, ref = ref, handle_in_code(ref)
        if ref != pasted:
            progress.log(f"Taken out of the line of code: {ref}")
        ref, choices = split_choices(ref)
    output = (output,) if isinstance(output, str) else tuple(output or choices.output)
    input_shape = tuple(input_shape or choices.input_shape)
    value_range = value_range or choices.value_range
    values = parse_pixel_values(value_range) if value_range else None
    choices = Choices(output, values.text if values else "", input_shape)
    found = find_modules(ref)
    for each in found:
        # a handle alone means the module as it is, not as it was once opened with other choices
        is_meant = choices.text or not each.choices or ref.strip() in (each.id, each.name)
        if is_meant and each.is_as(output, values, input_shape) and not _is_misread(each):
            return each
    first = found[0] if found else None
    if first and first.source == "built-in":
        raise UserError(
            "A built-in module is used as it is", first.name, "Leave output, value range and input shape out"
        )
    known = known_module(first.handle if first else ref)
    with workspace.scratch() as folder:
        if first:
            handle = parse_handle(first.handle)
            copy_saved_model(workspace.folder("modules", first.id), folder, progress)
        else:
            handle = _handle(known.handle if known else ref, allow_files)
            resolve(handle, folder, allow_files=allow_files, progress=progress)
        progress.stage("inspect")
        module = _inspect(folder, handle, known, choices, values)
        if note := answer_note(module):
            progress.log(note)
        return _keep(folder, module, name.strip() or (known or first or module).name)


def _is_misread(module: Module) -> bool:
    """Whether it was opened when modules like it were not known to take pictures."""
    return not module.modality and module.source != "built-in" and module.picture is not None


def _handle(ref: str, allow_files: bool) -> Handle:
    handle = parse_handle(ref)
    if handle.kind == "kaggle" and allow_files and os.path.exists(ref.strip()):
        return Handle("path", os.path.abspath(ref.strip()))  # a/b/tensorFlow2/c may be a folder here
    return handle


def _inspect(
    folder: Path, handle: Handle, known: Module | None, choices: Choices, values: PixelValues | None
) -> Module:
    # it imports TensorFlow, which a module that is already here can do without
    from tlcore.modules.backbones.savedmodel import inspect_saved_model

    shape = choices.input_shape or (known.input.shape if known else ())
    source = "hub" if handle.kind != "path" else "run" if is_export(folder) else "file"
    facts = inspect_saved_model(
        folder,
        handle.text,
        output=choices.output or None,
        input_shape=shape or None,
        by_photographs=not (values or known or source == "run"),
    )
    module = Module(**facts, handle=handle.text, choices=choices.text, name=_name(handle), source=source)
    module = module.model_copy(
        update={
            **({fact: getattr(known, fact) for fact in _CATALOGUE_FACTS} if known else {}),
            "modality": "audio" if not module.modality and _is_sound(module.input) else module.modality,
            "input": _of_usual_size(module) if module.modality == "image" else module.input,
            **({**values.fields, "values_source": "given"} if values else _usual_values(module, known)),
        }
    )
    return module.model_copy(update={"fingerprint": _fingerprint(folder, module)})


def _usual_values(module: Module, known: Module | None) -> dict:
    """What pixels are to be where nobody chose it and the module itself says nothing of it, or is an export."""
    if module.modality != "image":
        return {}
    if module.source == "run":
        return {**PixelValues().fields, "values_source": "export"}
    if module.values_source:
        return {}
    if known:
        return {"values_source": "publisher"}
    return {"values_source": "convention" if module.source == "hub" else "assumed"}


def _fingerprint(folder: Path, module: Module) -> str:
    """Of its bytes and of the choices that features depend on: these are kept by it."""
    choices: list = [module.output, module.input.shape, module.value_range]
    if module.pixel_values != PixelValues(module.value_range):
        choices += module.pixel_values[1:]
    return hashlib.sha256(f"{fingerprint(folder)} {tuple(choices)!r}".encode()).hexdigest()


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


def _keep(folder: Path, module: Module, name: str) -> Module:
    uploaded = Path(module.handle).is_relative_to(workspace.place("tmp"))
    for same in local_modules():
        is_same = same.fingerprint == module.fingerprint and (uploaded or same.handle == module.handle)
        if is_same and not _is_misread(same):
            os.utime(workspace.folder("modules", same.id) / "module.json")  # it is as new as its path again
            return same
    id = workspace.new_id(name)
    # an upload is soon gone from its place, and means nothing to anyone: its module is known by its own folder
    handle = str(workspace.place("modules") / id) if uploaded else module.handle
    module = module.model_copy(update={"id": id, "name": name[:200], "handle": handle})
    with workspace.new_folder("modules", id) as place:
        for path in folder.iterdir():
            shutil.move(path, place / path.name)
        workspace.write_json(place / "module.json", module.model_dump(mode="json"))
    return module


def _name(handle: Handle) -> str:
    if handle.kind == "path":
        path = Path(handle.text)
        return (path.name if path.is_dir() else path.name.split(".")[0]) or "module"
    return urlsplit(handle.text).path.strip("/") or handle.text
