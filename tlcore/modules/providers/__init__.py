"""Places that modules come from, behind one seam: `provider.py` says what an entry gives, a file beside it is one."""

import functools
import importlib
import os
from pathlib import Path

from tlcore.base.errors import UserError
from tlcore.modules.providers.provider import Provider, Wanted

# by name: the module whose ENTRY it is. They are asked in this order whether a handle is theirs; `file` takes the rest
_ENTRIES = {
    "built-in": "tlcore.modules.providers.builtin.entry",
    "kaggle": "tlcore.modules.providers.kaggle",
    "hub": "tlcore.modules.providers.hub",
    "run": "tlcore.modules.providers.run",
    "file": "tlcore.modules.providers.file",
}

__all__ = ["Provider", "Wanted", "claim", "handle_examples", "is_provider", "provider_of", "providers", "reader_of"]


def is_provider(name: str) -> bool:
    return name in _ENTRIES


def provider_of(name: str) -> Provider:
    """The entry of a name, as a module's `source` says it."""
    return _entry(_ENTRIES[name])


def providers() -> tuple[Provider, ...]:
    """All entries, in the order in which they are asked."""
    return tuple(_entry(place) for place in _ENTRIES.values())


def claim(ref: str, *, allow_files: bool = False) -> tuple[Provider, str]:
    """Whose a handle is, and its one form, however it was typed.

    Args:
        ref: without choices.
        allow_files: whether a path with something there is that path, whatever handle it looks like.

    Raises:
        UserError: it can name no module.
    """
    text = ref.strip()
    if not text or len(text) > 2000 or not text.isprintable():
        raise UserError(
            "This is not a module handle", f"“{ref[:80]}”", f"Give a handle, such as {handle_examples()[0]}"
        )
    if allow_files and os.path.exists(text):
        text = os.path.abspath(text)  # which looks like no other handle
    for provider in providers():
        if (handle := provider.claims(text)) is not None:
            return provider, handle
    raise AssertionError("a path is claimed by the last")


def reader_of(folder: Path) -> Provider | None:
    """Whose the files are that came from a path or an archive; None for nobody's."""
    return next((provider for provider in providers() if provider.reads(folder)), None)


def handle_examples() -> list[str]:
    """Handles for hints and help, the most usual form first: whose handles are the most is asked last."""
    return [provider.example for provider in reversed(providers()) if provider.example]


@functools.cache
def _entry(place: str) -> Provider:
    return importlib.import_module(place).ENTRY
