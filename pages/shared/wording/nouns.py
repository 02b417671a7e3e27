"""What the items of a kind of data are called."""

from pages.shared.wording.formatting import count
from tlcore.modalities import Noun, modality_of


def noun_of(modality: str) -> Noun:
    """“picture”, “pictures”."""
    return modality_of(modality).noun


def count_items(number: int, modality: str, adjective: str = "") -> str:
    """So many items: “1 picture”, “1,200 unlabelled pictures”."""
    one, many = (f"{adjective} {noun}".strip() for noun in noun_of(modality))
    return count(number, one, many)
