"""Sources that are never written: names, and the content of the tables among them."""

import pytest

from tlcore.datasets.filenames import is_item, is_table
from tlcore.datasets.importing.proposing.annotations import samples_of
from tlcore.datasets.importing.proposing.propose import propose
from tlcore.datasets.importing.scan import Scan
from tlcore.datasets.sources.source import Entry, Listing
from tlcore.modalities import usual_modality


@pytest.fixture(scope="session")
def scanned():
    """A scan of files by name; a list names files without content."""

    def make(files) -> Scan:
        contents = files if isinstance(files, dict) else dict.fromkeys(files, b"")
        names = list(contents)
        pictures = [name for name in names if is_item(name)]
        others = [name for name in names if name not in set(pictures)]
        listing = Listing([Entry(name, 1) for name in names], "utf-8", "", {}, [])
        scan = Scan(listing, usual_modality(), pictures, others)
        beside = samples_of(others, scan.files.has_stem)
        scan.tables = {name: contents[name] for name in others if is_table(name) and name not in beside}
        scan.annotations = {name: contents[name] for name in beside}
        return scan

    return make


@pytest.fixture(scope="session")
def proposed(scanned):
    """The proposal for files by name, with parts of the reading that are given."""

    def make(files, **given):
        return propose(scanned(files), given)

    return make


@pytest.fixture(scope="session")
def counts():
    """How many files each class of a proposal has."""
    return lambda proposal: {name: each["files"] for name, each in proposal.outline["classes"].items()}
