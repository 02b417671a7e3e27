"""A run in, something to take away out."""

from tlcore.exports.exporting import export_run
from tlcore.exports.formats import FORMATS

__all__ = ["FORMATS", "export_run"]
