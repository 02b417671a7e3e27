"""Python's search for garbage, kept short: Streamlit has it done after each script, while the page waits."""

import gc
import sys

_modules = 0


def freeze_gc() -> None:
    """Leaves out of the search what imports have made, whenever there were new ones: it stays anyway."""
    global _modules
    if len(sys.modules) != _modules:
        gc.collect()
        gc.freeze()
        _modules = len(sys.modules)
