"""A handle in, a module on this machine out: fetched, inspected and kept, whole or not at all."""

import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from tlcore import workspace
from tlcore.errors import UserError
from tlcore.modules.catalogue import find_module, known_module, local_modules
from tlcore.modules.handles import Handle, parse_handle
from tlcore.modules.module import Module, TensorFact
from tlcore.modules.resolving import resolve
from tlcore.modules.saved_model_files import copy_saved_model, fingerprint, is_export
from tlcore.progress import Progress

_USUAL_SIZE = 224  # of a picture, where a module takes any and its publisher names none
_CATALOGUE_FACTS = ("licence", "training_data", "description", "facts_source")


def open_module(
    ref: str,
    *,
    output: str | Sequence[str] | None = None,
    value_range: tuple[float, float] | None = None,
    input_shape: Sequence[int] | None = None,
    name: str = "",
    allow_files: bool = True,
    progress: Progress | None = None,
) -> Module:
    """The module that a reference means, ready to use; fetched, inspected and kept if it is not yet.

    Args:
        ref: a handle (a URL, a Kaggle handle), a name from the catalogue, the id or name of a module on this machine,
            or the path of a SavedModel's folder or archive.
        output: which of its outputs becomes the feature vector, by name; several are concatenated.
        value_range: the lowest and highest value that it wants pixels to have; TF Hub's convention is 0…1.
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
    output = (output,) if isinstance(output, str) else tuple(output or ())
    input_shape = tuple(input_shape or ())
    value_range = _checked_range(value_range)
    found = find_module(ref)
    if found and _is_as_asked(found, output, value_range, input_shape):
        return found
    if found and found.source == "built-in":
        raise UserError(
            "A built-in module is used as it is", found.name, "Leave output, value range and input shape out"
        )
    known = known_module(found.handle if found else ref)
    with workspace.scratch() as folder:
        if found:
            handle = parse_handle(found.handle)
            copy_saved_model(workspace.folder("modules", found.id), folder, progress)
        else:
            handle = _handle(known.handle if known else ref, allow_files)
            resolve(handle, folder, allow_files=allow_files, progress=progress)
        progress.stage("inspect")
        module = _inspect(folder, handle, known, output, value_range, input_shape)
        return _keep(folder, module, name.strip() or (known or found or module).name)


def _is_as_asked(module: Module, output: tuple, value_range: tuple | None, input_shape: tuple) -> bool:
    return (
        output in ((), module.output)
        and value_range in (None, module.value_range)
        and input_shape in ((), module.input.shape)
    )


def _handle(ref: str, allow_files: bool) -> Handle:
    handle = parse_handle(ref)
    if handle.kind == "kaggle" and allow_files and os.path.exists(ref.strip()):
        return Handle("path", os.path.abspath(ref.strip()))  # a/b/tensorFlow2/c may be a folder here
    return handle


def _inspect(
    folder: Path,
    handle: Handle,
    known: Module | None,
    output: tuple[str, ...],
    value_range: tuple[float, float] | None,
    input_shape: tuple[int, ...],
) -> Module:
    # it imports TensorFlow, which a module that is already here can do without
    from tlcore.modules.savedmodel import inspect_saved_model

    shape = input_shape or (known.input.shape if known else ())
    facts = inspect_saved_model(folder, handle.text, output=output or None, input_shape=shape or None)
    source = "hub" if handle.kind != "path" else "run" if is_export(folder) else "file"
    module = Module(**facts, handle=handle.text, name=_name(handle), source=source)
    module = module.model_copy(
        update={
            **({fact: getattr(known, fact) for fact in _CATALOGUE_FACTS} if known else {}),
            "modality": "audio" if not module.modality and _is_sound(module.input) else module.modality,
            "input": _of_usual_size(module.input) if module.modality == "image" else module.input,
            "value_range": value_range or module.value_range,
        }
    )
    # features are kept by the fingerprint, and depend on these choices as on the bytes
    choices = repr((module.output, module.input.shape, module.value_range))
    digest = hashlib.sha256(f"{fingerprint(folder)} {choices}".encode()).hexdigest()
    return module.model_copy(update={"fingerprint": digest})


def _of_usual_size(input: TensorFact) -> TensorFact:
    """A size for a module that takes pictures of any."""
    usual = (_USUAL_SIZE, _USUAL_SIZE, 3)
    shape = tuple(own or size for own, size in zip(input.shape, usual, strict=True))
    return input.model_copy(update={"shape": shape})


def _is_sound(input: TensorFact) -> bool:
    """A long row of numbers: a waveform."""
    length = input.shape[:1]
    return (
        input.dtype.startswith("float") and input.shape[1:] in ((), (1,)) and bool(length) and (length[0] or 0) >= 4000
    )


def _keep(folder: Path, module: Module, name: str) -> Module:
    uploaded = Path(module.handle).is_relative_to(workspace.place("tmp"))
    for same in local_modules():
        if same.fingerprint == module.fingerprint and (uploaded or same.handle == module.handle):
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


def _checked_range(value_range: tuple[float, float] | None) -> tuple[float, float] | None:
    if value_range is None:
        return None
    low, high = (float(value) for value in value_range)
    if not low < high:
        raise UserError("This is no range of values", f"{low} to {high}", "Give the lowest value first, such as 0 to 1")
    return low, high
