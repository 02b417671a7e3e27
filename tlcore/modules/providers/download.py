"""A module's archive over http(s), from allowed hosts only."""

import http.client
import urllib.request
from pathlib import Path
from urllib.error import HTTPError, URLError

from tlcore.base import settings
from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.modules.providers.hosts import check_allowed

_CHUNK = 2**18
_SECONDS = 30  # of silence, after which a server counts as gone


def download(url: str, file: Path, handle: str, progress: Progress, *, by_hand: str) -> None:
    """Downloads a module's archive.

    Redirects are followed as `check_allowed` permits, each judged before it is asked for.

    Args:
        url: an http(s) address.
        file: where the archive is written.
        handle: what a person knows the module by.
        progress: hears of bytes.
        by_hand: what to do without a connection: “fetch it where there is one, and …”.

    Raises:
        UserError: the host is not allowed, can't be reached, has no such module or sends too much.
    """
    check_allowed(url)
    opener = urllib.request.build_opener(_CheckedRedirects)
    request = urllib.request.Request(url, headers={"User-Agent": "tlcore"})
    try:
        with opener.open(request, timeout=_SECONDS) as response, file.open("wb") as out:
            _copy(response, out, handle, progress)
    except HTTPError as error:
        raise refused(url, error.code, by_hand) from error
    except (URLError, http.client.HTTPException, OSError) as error:
        reason = getattr(error, "reason", error)
        raise unreachable(f"{url} can't be reached: {reason}", by_hand) from error


def unreachable(detail: str, by_hand: str) -> UserError:
    """What to say of a module that can't be fetched now."""
    return UserError("The module can't be downloaded", detail, f"Check the network connection, or {by_hand}")


def refused(url: str, status: int, by_hand: str) -> UserError:
    """What to say of a server that answers, but with an error."""
    if status in (400, 404, 410):
        return UserError(
            "There is no such module", f"{url} answers {status}", "Check the handle and its version for typos"
        )
    if status in (401, 403):
        return UserError(
            "Access to the module was denied",
            f"{url} answers {status}",
            "Download it with an account that has access, and open its folder by its path",
        )
    return unreachable(f"{url} answers {status}", by_hand)


class _CheckedRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req, fp, code, msg, headers, newurl):
        check_allowed(newurl, came_from=req.full_url)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _copy(response: http.client.HTTPResponse, out, handle: str, progress: Progress) -> None:
    length = response.headers.get("Content-Length", "")
    total = int(length) if length.isdecimal() else None
    done = 0
    while chunk := response.read(_CHUNK):
        done += len(chunk)
        if max(done, total or 0) > settings.max_bytes():
            raise UserError(
                "The module is too large",
                f"{handle}: more than {settings.max_bytes():,} bytes",
                "Whoever runs the server can raise TLCORE_MAX_BYTES",
            )
        out.write(chunk)
        progress.step(done, total, "bytes", handle)
    if total is not None and done < total:
        raise http.client.IncompleteRead(b"", total - done)
