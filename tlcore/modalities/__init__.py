"""Kinds of data behind one seam: `modality.py` says what an entry gives, a folder beside it is an entry."""

import functools
import importlib
from collections.abc import Sequence

from tlcore.base.errors import UserError
from tlcore.modalities.modality import Fact, InputSpec, Item, ItemTensor, Modality, Noun, Range, Values, only_tensor
from tlcore.modalities.unread import UNREAD, unread_kind

_ENTRIES = {"image": "tlcore.modalities.image.entry"}  # by name: the module whose ENTRY it is

__all__ = [
    "KINDS",
    "MODALITIES",
    "Fact",
    "InputSpec",
    "Item",
    "ItemTensor",
    "Modality",
    "Noun",
    "Range",
    "Values",
    "find_modality",
    "modalities",
    "modality_of",
    "modality_of_file",
    "modality_of_input",
    "only_tensor",
    "parse_values",
    "usual_modality",
]

MODALITIES = tuple(_ENTRIES)
KINDS = (*MODALITIES, *UNREAD)  # those that have a name, read or not


def find_modality(name: str) -> Modality | None:
    """The entry of a name; None where there is none: of a kind that is not read, or of no kind at all."""
    return _entry(name) if name in _ENTRIES else None


def modality_of(name: str) -> Modality:
    """The entry of a name.

    Raises:
        UserError: there is none.
    """
    found = find_modality(name)
    if found is None:
        given = " or ".join(f"“{modality.name}” for {modality.noun.many}" for modality in modalities())
        raise UserError("This kind of data is not supported", f"The modality is “{name[:80]}”", f"Use {given}")
    return found


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


def modality_of_input(shape: Sequence[int | None], dtype: str) -> str:
    """The name of the entry whose items go into a tensor, or of a kind that no entry reads yet; "" for none."""
    found = next((each.name for each in modalities() if each.takes(shape, dtype)), "")
    return found or unread_kind(shape, dtype)


def parse_values(given: str | Sequence[float]) -> Values:
    """What a module is said to expect, as the first modality that understands it has it.

    Raises:
        UserError: none does.
    """
    errors = []
    for modality in modalities():
        try:
            return modality.parse_values(given)
        except UserError as error:
            errors.append(error)
    raise errors[0]


@functools.cache
def _entry(name: str) -> Modality:
    return importlib.import_module(_ENTRIES[name]).ENTRY
