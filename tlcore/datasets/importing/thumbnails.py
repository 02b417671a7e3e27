"""Small pictures of the examples that a proposal names, so that a person sees what would become of the files."""

from pathlib import Path

from tlcore.datasets.images import thumbnail
from tlcore.datasets.importing.proposal import Proposal
from tlcore.datasets.sources import Source, read_source
from tlcore.errors import UserError

_CLASSES = 8
_SIZE = 128  # pixels


def write_thumbnails(source: Source, proposal: Proposal, folder: Path) -> dict[str, str]:
    """Writes three pictures of each of the first classes as JPEGs.

    Args:
        source: what the proposal is for.
        proposal: how it would be read.
        folder: where they are written to.

    Returns:
        The file in the folder by the example's name; those that can't be read are missing.
    """
    classes = list(proposal.outline["classes"].values())[:_CLASSES]
    names = {name for each in classes for name in each["examples"]}
    written = {}
    for found in read_source(source, proposal.reading.encoding or None, names.__contains__) if names else ():
        try:
            content = thumbnail(found.stream, _SIZE)
        except UserError:  # the import will name it
            continue
        written[found.name] = f"thumbnail-{len(written)}.jpg"
        (folder / written[found.name]).write_bytes(content)
    return written
