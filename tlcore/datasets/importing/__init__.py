"""From files that people have to a dataset: scan, propose a reading, apply it, store."""

from tlcore.datasets.importing.import_dataset import import_dataset
from tlcore.datasets.importing.proposing.proposal import Proposal
from tlcore.datasets.importing.proposing.propose import propose_import
from tlcore.datasets.importing.reading import Reading

__all__ = ["Proposal", "Reading", "import_dataset", "propose_import"]
