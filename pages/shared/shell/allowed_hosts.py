"""Only requests for names that are this server's own are answered, on every route.

Else a page on the web could have its own name lead to this machine (DNS rebinding), and a browser here would let it
read the app. An address of digits is no name, so nothing can be made to lead to it.
"""

import functools
import ipaddress
import socket
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from tlcore.base import settings

_LOCAL = ("localhost", "127.0.0.1", "::1")


class AllowedHosts:
    """Refuses requests, WebSockets too, whose `Host` is not one that this server has."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if scope["type"] in ("http", "websocket"):
            host = Headers(scope=scope).get("host", "")
            if not is_allowed(host, st.get_option("server.address") or "0.0.0.0", settings.allowed_hosts()):
                app = PlainTextResponse(_refusal(host), status_code=400)
        await app(scope, receive, send)


def is_allowed(host: str, listens_on: str, allowed: list[str]) -> bool:
    """Whether a request is for this server.

    Args:
        host: what the request calls it: a name or an address, with or without a port.
        listens_on: `server.address`; all of the machine's addresses when it is `0.0.0.0` or `::`.
        allowed: names that its owner has allowed; `*.example.org` stands for all under it, `*` for any.
    """
    name = _name(host)
    if name is None:
        return False
    if name in (*_LOCAL, listens_on.lower()) or any(_matches(name, each.lower()) for each in allowed):
        return True
    if listens_on not in ("0.0.0.0", "::"):
        return False
    return _is_address(name) or name in _machines_names()


@functools.cache  # the full name may be asked of a name server, which may take seconds
def _machines_names() -> tuple[str, ...]:
    return socket.gethostname().lower(), socket.getfqdn().lower()


def _name(host: str) -> str | None:
    """The name in a `Host` header, in small letters; None where the header is malformed."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port  # raises where it is no port
    except ValueError:
        return None
    if not parts.hostname or parts.netloc != host or "@" in host:
        return None
    return parts.hostname.rstrip(".")


def _matches(name: str, allowed: str) -> bool:
    return allowed in ("*", name) or (allowed.startswith("*.") and name.endswith(allowed[1:]))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _refusal(host: str) -> str:
    name = _name(host) or "that name"
    return (
        f"This app does not accept requests for the host {name}. The person who runs it can allow the host: "
        f"TLCORE_ALLOWED_HOSTS={name}\n"
    )
