"""Kinds of data behind one seam: `modality.py` says what an entry gives, a folder beside it is an entry."""

import functools
import importlib

from tlcore.base.errors import UserError
from tlcore.modalities.modality import Fact, InputSpec, Item, ItemTensor, Modality, Noun, Range, only_tensor

_ENTRIES = {"image": "tlcore.modalities.image.entry"}  # by name: the module whose ENTRY it is

__all__ = [
    "MODALITIES",
    "Fact",
    "InputSpec",
    "Item",
    "ItemTensor",
    "Modality",
    "Noun",
    "Range",
    "modalities",
    "modality_of",
    "modality_of_file",
    "only_tensor",
    "usual_modality",
]

MODALITIES = tuple(_ENTRIES)


def modality_of(name: str) -> Modality:
    """The entry of a name.

    Raises:
        UserError: there is none.
    """
    if name not in _ENTRIES:
        given = " or ".join(f"{modality.noun.many}: “{modality.name}”" for modality in modalities())
        raise UserError("This kind of data is not read", f"The modality is “{name[:80]}”", f"Give {given}")
    return _entry(name)


def modalities() -> tuple[Modality, ...]:
    """All entries, in order."""
    return tuple(_entry(name) for name in MODALITIES)


def usual_modality() -> Modality:
    """The one that is meant where nothing says which."""
    return _entry(MODALITIES[0])


@functools.cache
def modality_of_file(suffix: str) -> Modality | None:
    """The entry whose files have a suffix (“.jpg”), readable or not; None for none's."""
    return next((each for each in modalities() if suffix in (*each.suffixes, *each.unread_suffixes)), None)


@functools.cache
def _entry(name: str) -> Modality:
    return importlib.import_module(_ENTRIES[name]).ENTRY
