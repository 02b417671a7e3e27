"""Untrusted files in, a `Dataset` out: reading, checking, splitting, samples."""

from tlcore.datasets.dataset import SPLITS, Dataset, Problem
from tlcore.datasets.editing import edits
from tlcore.datasets.editing.edits import resplit_dataset
from tlcore.datasets.importing import Proposal, Reading, import_dataset, propose_import
from tlcore.datasets.importing.server_folders import check_server_folder, server_folders
from tlcore.datasets.samples import Sample, import_sample, samples
from tlcore.datasets.store import (
    damaged_datasets,
    delete_dataset,
    describe_dataset,
    list_datasets,
    open_dataset,
    rename_dataset,
)
from tlcore.datasets.versions.replay import open_version

__all__ = [
    "SPLITS",
    "Dataset",
    "Problem",
    "Proposal",
    "Reading",
    "Sample",
    "check_server_folder",
    "damaged_datasets",
    "delete_dataset",
    "describe_dataset",
    "edits",
    "import_dataset",
    "import_sample",
    "list_datasets",
    "open_dataset",
    "open_version",
    "propose_import",
    "rename_dataset",
    "resplit_dataset",
    "samples",
    "server_folders",
]
