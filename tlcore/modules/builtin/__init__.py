"""Modules that are always there."""

from tlcore.modules.builtin.listing import builtin_modules as builtin_modules
from tlcore.modules.builtin.listing import first_module as first_module
