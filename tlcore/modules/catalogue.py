"""The modules that there are: those that providers know, and those on this machine."""

import functools
from pathlib import Path

from tlcore.base import workspace
from tlcore.base.errors import Damaged, UserError
from tlcore.modules.choices import split_choices
from tlcore.modules.module import FACTS, Module, read_module
from tlcore.modules.providers import claim, is_provider, providers


def catalogue() -> list[Module]:
    """All modules that can be named: those that providers know, built-in ones first, then others on this machine.

    One that is on this machine is shown once and in full; of the others only what its publisher says is known.
    """
    local = local_modules()
    listed = []
    for known in known_modules():
        listed += [module for module in local if module.handle == known.handle] or [known]
    return [*listed, *(module for module in local if module not in listed)]


def default_module() -> Module:
    """The module that a new user begins with, and that a worker has ready."""
    return next(module for module in known_modules() if module.local)


def find_module(ref: str) -> Module | None:
    """The module on this machine that an id, a handle, a name or a path means; None when there is none.

    Of several the one opened last without choices; with choices behind it (`choices.split_choices`), the one that is
    used so. A path whose files have changed since they were opened means none.
    """
    found = find_modules(ref)
    return found[0] if found else None


def find_modules(ref: str) -> list[Module]:
    """All modules on this machine that an id, a handle, a name or a path means, the one opened last first."""
    try:
        ref, choices = split_choices(ref)
        return [module for module in _named(ref.strip()) if module.is_as(choices)]
    except UserError:  # of choices that mean nothing
        return []


def _named(ref: str) -> list[Module]:
    modules = [*(module for module in known_modules() if module.local), *local_modules()]
    if by_id := [module for module in modules if module.id == ref]:
        return by_id
    handle = _claimed(known.handle if (known := known_module(ref)) else ref)
    by_handle = [module for module in modules if module.handle == handle and not _changed(module)]
    by_handle.sort(key=lambda module: bool(module.choices))  # a handle alone means the module as it is
    return by_handle or [module for module in modules if module.name == ref]


def is_kept(module: Module) -> bool:
    """Whether it lies in the workspace, where it can be deleted; built-in ones do not."""
    return module.local and module not in known_modules()


def delete_module(id: str) -> None:
    """Deletes a module from this machine; its handle can be opened again, its runs keep their results.

    Raises:
        UserError: there is no such module, or it is built in.
    """
    if any(module.id == id for module in known_modules()):
        raise UserError("A built-in module can't be deleted", id, "Only downloaded and opened modules can be deleted")
    workspace.delete_folder("modules", id)


def known_modules() -> list[Module]:
    """The modules that providers know, on this machine or not."""
    return [module for provider in providers() for module in provider.known()]


def known_module(ref: str) -> Module | None:
    """The entry of `known_modules` that a handle, in any of its forms, or a name means."""
    handle = _claimed(ref)
    return next((module for module in known_modules() if handle == module.handle or ref.strip() == module.name), None)


def local_modules() -> list[Module]:
    """The modules in the workspace, those opened last first."""
    opened, _ = workspace.read_all("modules", _read)
    return [module for _, module in sorted(opened, key=lambda pair: pair[0], reverse=True)]


def damaged_modules() -> dict[str, Damaged]:
    """What is wrong with the modules in the workspace that can't be read, by their ids."""
    return workspace.read_all("modules", _read)[1]


def _claimed(ref: str) -> str:
    """The one form of a handle; one that can be no module's stays as it is."""
    try:
        return claim(ref)[1]
    except UserError:
        return ref


def _read(folder: Path) -> tuple[int, Module]:
    """When a module was opened, in nanoseconds, and the module."""
    time = (folder / FACTS).stat().st_mtime_ns if (folder / FACTS).exists() else 0
    return time, _read_once(folder, time)


@functools.lru_cache(maxsize=256)
def _read_once(folder: Path, time: int) -> Module:
    module = read_module(folder)
    if not is_provider(module.source):
        raise Damaged(folder / FACTS, f"it is from “{module.source[:80]}”, which is not a known source of modules")
    return module


def _changed(module: Module) -> bool:
    """Whether anything at the path that a module was opened from is newer than it."""
    path = Path(module.handle)
    if not path.is_absolute() or path.parent == workspace.place("modules"):
        return False
    opened = (workspace.folder("modules", module.id) / FACTS).stat().st_mtime_ns
    return path.exists() and any(file.stat().st_ctime_ns > opened for file in (path, *path.rglob("*")))
