"""Previews of the examples that a proposal names, so that a person sees what would become of the files."""

import io
import time
from pathlib import Path

from tlcore.base.errors import UserError
from tlcore.datasets.importing.proposing.proposal import Proposal
from tlcore.datasets.sources.archives import UnreadableFile
from tlcore.datasets.sources.source import Source, read_source
from tlcore.modalities import modality_of

_CLASSES = 8  # whose previews are made however long it takes
_MOST_CLASSES = 200
_SECONDS = 5.0  # after which only the first classes go on
_SIZE = 128  # pixels
_LARGEST = 64 * 1000**2  # bytes of a file


def write_thumbnails(source: Source, proposal: Proposal, folder: Path) -> dict[str, str]:
    """Writes previews of three examples of each of the first classes: of eight, and of others as far as there is time.

    Args:
        source: what the proposal is for.
        proposal: how it would be read.
        folder: where they are written to.

    Returns:
        The file in the folder by the example's name; those that can't be read are missing.
    """
    classes = list(proposal.outline["classes"].values())[:_MOST_CLASSES]
    first = {name for each in classes[:_CLASSES] for name in each["examples"]}
    names = {name for each in classes for name in each["examples"]}
    modality = modality_of(proposal.reading.modality)
    written = {}
    end = time.monotonic() + _SECONDS
    for found in read_source(source, proposal.reading.encoding or None, names.__contains__) if names else ():
        if found.name not in first and time.monotonic() > end:
            continue
        try:
            content = found.stream.read(_LARGEST + 1)
            if len(content) > _LARGEST:
                continue
            content = modality.preview(io.BytesIO(content), _SIZE)
        except (UserError, UnreadableFile):  # the import will name it
            continue
        written[found.name] = f"thumbnail-{len(written)}"
        (folder / written[found.name]).write_bytes(content)
    return written
