"""Addresses in handles, and which hosts modules may be fetched from."""

import re
from urllib.parse import SplitResult, urlsplit

from tlcore.base import settings
from tlcore.base.errors import UserError
from tlcore.modules.providers import providers


def module_hosts() -> list[str]:
    """The hosts that modules may be fetched from: what `TLCORE_MODULE_HOSTS` says, else those of all providers."""
    return settings.module_hosts() or [host for provider in providers() for host in provider.hosts]


def check_allowed(url: str, came_from: str = "") -> None:
    """Raises a `UserError` unless the settings permit fetching from this address.

    A plain host in `TLCORE_MODULE_HOSTS` permits https on its usual port; an entry with a scheme permits exactly
    that origin. So no handle leads into the server's own network unless the person who runs it wrote so. A redirect
    is judged in the same way, and may lead besides from a provider's hosts to the storage that they keep modules in.

    Args:
        url: what is about to be fetched.
        came_from: the address that redirected to it.
    """
    origin = _origin(split_address(url))
    hosts = module_hosts()
    if origin in {_origin(urlsplit(host if "://" in host else f"https://{host}")) for host in hosts}:
        return
    redirecting = urlsplit(came_from).hostname
    for provider in providers():
        if redirecting in (*provider.hosts, *provider.storage) and origin in {
            f"https://{host}:443" for host in provider.storage
        }:
            return
    how = f"{shorten(came_from)} redirects to {shorten(url)}" if came_from else f"The handle is {shorten(url)}"
    raise UserError(
        "Modules may not be downloaded from this host",
        f"{how}; allowed hosts: {', '.join(hosts) or 'none'}",
        "Whoever runs the server can add the host to TLCORE_MODULE_HOSTS; or open the module from a folder",
    )


def split_address(url: str) -> SplitResult:
    """The parts of an address, scheme and host in small letters.

    Raises:
        UserError: it is none, or holds a user name.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = None, None
    if parts is None or not parts.hostname or re.search(r"[\s\\]", url) or port == 0:
        raise UserError("This is not a web address", shorten(url), "An address looks like https://example.org/…")
    if parts.username is not None or parts.password is not None:
        raise UserError("The address contains a user name or password", shorten(parts.hostname), "Give it without them")
    return parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower())


def shorten(text: str) -> str:
    """An address as errors name it."""
    return text if len(text) <= 200 else f"{text[:199]}…"


def _origin(parts: SplitResult) -> str:
    return f"{parts.scheme}://{parts.hostname}:{parts.port or {'http': 80}.get(parts.scheme, 443)}"
