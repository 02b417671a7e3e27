"""The modules that there are: built in, known by handle, and those on this machine."""

import functools
from pathlib import Path

from tlcore.base import workspace
from tlcore.base.errors import Damaged, UserError
from tlcore.modalities.image.pixel_values import parse_pixel_values
from tlcore.modules.builtin import builtin_modules
from tlcore.modules.module import Module, read_module
from tlcore.modules.providers.handles import Handle, parse_handle, split_choices

_FACTS = Path(__file__).with_name("catalogue.json")


def catalogue() -> list[Module]:
    """All modules that can be named: built-in ones, image modules on TF Hub, then others on this machine.

    One that is on this machine is shown once and in full; of the others only what its publisher says is known.
    """
    local = local_modules()
    listed = []
    for known in known_modules():
        listed += [module for module in local if module.handle == known.handle] or [known]
    return [*builtin_modules(), *listed, *(module for module in local if module not in listed)]


def find_module(ref: str) -> Module | None:
    """The module on this machine that an id, a handle, a name or a path means; None when there is none.

    Of several the one opened last without choices; with choices behind it (`handles.split_choices`), the one that is
    used so. A path whose files have changed since they were opened means none.
    """
    found = find_modules(ref)
    return found[0] if found else None


def find_modules(ref: str) -> list[Module]:
    """All modules on this machine that an id, a handle, a name or a path means, the one opened last first."""
    try:
        ref, choices = split_choices(ref)
        values = parse_pixel_values(choices.value_range) if choices.value_range else None
    except UserError:
        return []
    return [module for module in _named(ref.strip()) if module.is_as(choices.output, values, choices.input_shape)]


def _named(ref: str) -> list[Module]:
    modules = [*builtin_modules(), *local_modules()]
    if by_id := [module for module in modules if module.id == ref]:
        return by_id
    handle = _parsed(known.handle if (known := known_module(ref)) else ref)
    by_handle = [
        module
        for module in modules
        if handle and module.handle == handle.text and not (handle.kind == "path" and _changed(module))
    ]
    by_handle.sort(key=lambda module: bool(module.choices))  # a handle alone means the module as it is
    return by_handle or [module for module in modules if module.name == ref]


def delete_module(id: str) -> None:
    """Deletes a module from this machine; its handle can be opened again, its runs keep their results.

    Raises:
        UserError: there is no such module, or it is built in.
    """
    if any(module.id == id for module in builtin_modules()):
        raise UserError("A built-in module can't be deleted", id, "Only fetched and opened ones can")
    workspace.delete_folder("modules", id)


@functools.cache
def known_modules() -> tuple[Module, ...]:
    """Image modules on TF Hub, with what their publishers say of them; none of it has been measured here."""
    return tuple(Module(source="hub", **facts) for facts in workspace.read_json(_FACTS, kind=list))


def known_module(ref: str) -> Module | None:
    """The entry of `known_modules` that a handle, in any of its forms, or a name means."""
    handle = _parsed(ref)
    text = handle.text if handle else ref
    return next((module for module in known_modules() if text == module.handle or ref.strip() == module.name), None)


def local_modules() -> list[Module]:
    """The modules in the workspace, those opened last first."""
    opened, _ = workspace.read_all("modules", _read)
    return [module for _, module in sorted(opened, key=lambda pair: pair[0], reverse=True)]


def damaged_modules() -> dict[str, Damaged]:
    """What is wrong with the modules in the workspace that can't be read, by their ids."""
    return workspace.read_all("modules", _read)[1]


def _parsed(ref: str) -> Handle | None:
    try:
        return parse_handle(ref)
    except UserError:
        return None


def _read(folder: Path) -> tuple[int, Module]:
    """When a module was opened, in nanoseconds, and the module."""
    time = (folder / "module.json").stat().st_mtime_ns if (folder / "module.json").exists() else 0
    return time, _read_once(folder, time)


@functools.lru_cache(maxsize=256)
def _read_once(folder: Path, time: int) -> Module:
    return read_module(folder)


def _changed(module: Module) -> bool:
    """Whether anything at a module's path is newer than what was opened from it."""
    path = Path(module.handle)
    if path.parent == workspace.place("modules"):
        return False
    opened = (workspace.folder("modules", module.id) / "module.json").stat().st_mtime_ns
    return path.exists() and any(file.stat().st_ctime_ns > opened for file in (path, *path.rglob("*")))
