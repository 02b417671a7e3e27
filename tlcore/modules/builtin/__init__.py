"""Modules that are always there."""

from tlcore.modules.builtin.listing import builtin_modules as builtin_modules
from tlcore.modules.builtin.listing import default_module as default_module
