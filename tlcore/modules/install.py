"""A handle in, a module on this machine out: fetched, inspected and kept, whole or not at all."""

import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from tlcore.base import workspace
from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.modalities import modality_of_input
from tlcore.modules.catalogue import find_modules, known_module, local_modules
from tlcore.modules.choices import Choices, split_choices
from tlcore.modules.copying import copy_files
from tlcore.modules.descriptions import answer_note
from tlcore.modules.module import FACTS, Module
from tlcore.modules.providers import Provider, Wanted, claim, provider_of
from tlcore.modules.providers.pasted_code import handle_in_code

_CATALOGUE_FACTS = ("licence", "training_data", "description", "facts_source")


def open_module(
    ref: str | Path,
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
            or a name such as "imagenet" or "caffe"; found out, where it can be, when not given.
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
    ref, choices = os.fspath(ref), Choices()
    if not os.path.exists(ref.strip()):
        pasted, ref = ref, handle_in_code(ref)
        if ref != pasted:
            progress.log(f"Module handle taken from the pasted text: {ref}")
        ref, choices = split_choices(ref)
    choices = choices.overruled(output, value_range, input_shape)
    found = find_modules(ref)
    for each in found:
        # a handle alone means the module as it is, not as it was once opened with other choices
        is_meant = choices.text or not each.choices or ref.strip() in (each.id, each.name)
        if is_meant and each.is_as(choices) and not _is_misread(each):
            return each
    first = found[0] if found else None
    known = known_module(first.handle if first else ref)
    if first:
        provider, handle = provider_of(first.source), first.handle
    else:
        provider, handle = claim(known.handle if known else ref, allow_files=allow_files)
    _check_choices(choices, provider, (known or first).name if known or first else handle)
    with workspace.scratch() as folder:
        if first:
            kept = workspace.folder("modules", first.id)
            files = [file for file in sorted(kept.rglob("*")) if file.is_file() and file != kept / FACTS]
            copy_files(files, kept, folder, progress)
        else:
            provider.fetch(handle, folder, allow_files=allow_files, progress=progress)
        progress.stage("inspect")
        module = provider.inspect(folder, Wanted(handle, choices, known))
        _check_choices(choices, provider_of(module.source), module.name)  # others may read a path's files
        module = _completed(module, choices, known)
        if note := answer_note(module):
            progress.log(note)
        return _keep(folder, module, name.strip() or (known or first or module).name)


def _is_misread(module: Module) -> bool:
    """Whether it was opened when it was not known what modules like it take."""
    return not module.modality and bool(modality_of_input(module.input.shape, module.input.dtype))


def _check_choices(choices: Choices, provider: Provider, name: str) -> None:
    """Raises a `UserError` for a choice that the provider's modules do not heed."""
    unheeded = " and ".join(choice.replace("_", " ") for choice in choices.made if choice not in provider.choices)
    if unheeded:
        raise UserError(
            f"This module's {unheeded} can't be chosen",
            f"{name} ({provider.title})",
            f"Open it without choosing the {unheeded}",
        )


def _completed(module: Module, choices: Choices, known: Module | None) -> Module:
    """A module with what the catalogue says of it, and a fingerprint of its bytes and all that features depend on."""
    chosen: list = [module.output, module.input.shape, module.value_range]
    others = [module.pixel_mean, module.pixel_std, module.channel_order]
    if others != [Module.model_fields[name].default for name in ("pixel_mean", "pixel_std", "channel_order")]:
        chosen += others
    return module.model_copy(
        update={
            **({fact: getattr(known, fact) for fact in _CATALOGUE_FACTS} if known else {}),
            "choices": choices.text,
            "fingerprint": hashlib.sha256(f"{module.fingerprint} {tuple(chosen)!r}".encode()).hexdigest(),
        }
    )


def _keep(folder: Path, module: Module, name: str) -> Module:
    uploaded = Path(module.handle).is_relative_to(workspace.place("tmp"))
    for same in local_modules():
        is_same = same.fingerprint == module.fingerprint and (uploaded or same.handle == module.handle)
        if is_same and not _is_misread(same):
            os.utime(workspace.folder("modules", same.id) / FACTS)  # it is as new as its path again
            return same
    id = workspace.new_id(name)
    # an upload is soon gone from its place, and means nothing to anyone: its module is known by its own folder
    handle = str(workspace.place("modules") / id) if uploaded else module.handle
    module = module.model_copy(update={"id": id, "name": name[:200], "handle": handle})
    with workspace.new_folder("modules", id) as place:
        for path in folder.iterdir():
            shutil.move(path, place / path.name)
        workspace.write_json(place / FACTS, module.model_dump(mode="json"))
    return module
