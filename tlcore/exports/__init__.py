"""A run in, something to take away out."""

from tlcore.exports.exporting import export_run
from tlcore.exports.formats import FORMATS
from tlcore.exports.predictions import guarded

__all__ = ["FORMATS", "export_run", "guarded"]
