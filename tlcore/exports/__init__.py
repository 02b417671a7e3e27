"""A run in, something to take away out. Importing this room does not import TensorFlow."""

from tlcore.exports.exporting import FORMATS, export_run

__all__ = ["FORMATS", "export_run"]
