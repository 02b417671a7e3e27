"""`TFHUB_CACHE_DIR`: modules that other programs fetched, or people put there by hand.

Without it no cache is looked in: tensorflow_hub's own default lies in the temporary folder, where anyone could have put
a program.
"""

import hashlib
from pathlib import Path

from tlcore.base import settings
from tlcore.base.progress import Progress
from tlcore.modules.providers.saved_models import copy_from_folder


def cache_name(handle: str) -> str:
    """The folder's name that tensorflow_hub gives a handle there (its compressed_module_resolver.py)."""
    return hashlib.sha1(handle.encode()).hexdigest()


def copy_cached(handle: str, into: Path, progress: Progress) -> bool:
    """Copies a module from the cache, where it is there.

    Raises:
        UserError: what is there is no module.
    """
    cache = settings.get("TFHUB_CACHE_DIR")
    folder = Path(cache).expanduser() / cache_name(handle) if cache else None
    if folder is None or not folder.is_dir() or not any(folder.iterdir()):
        return False
    copy_from_folder(folder, into, f"{folder} (the cache of {handle})", progress)
    return True


def by_hand(handle: str) -> str:
    """What to do with a handle where there is no connection."""
    cache, name = settings.get("TFHUB_CACHE_DIR"), cache_name(handle)
    place = (
        f"the folder {Path(cache) / name}" if cache else f"a folder {name} inside the folder that TFHUB_CACHE_DIR names"
    )
    return f"download it on another machine and unpack it here into {place}, or open its folder by its path"
