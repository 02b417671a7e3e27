"""Pages that have become tabs, under the addresses that they had: what was sent or kept as a bookmark still opens."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route

from pages.shared.shell.tabs import TAB, VIEW

_MOVED = {
    "suspects": ("", "issues"),
    "confidence": ("results", "calibration"),
    "before_after": ("results", "fine-tuning"),
    "compare": ("runs", "compare"),
}  # where each is now: a page's path, and its tab
_VIEWS = ("sure", "before-after")  # these keys held the title of a view


def new_address(old: str, query: list[tuple[str, str]]) -> str:
    """Where an old page is now, as an address relative to its old one.

    Args:
        old: its path, of `_MOVED`.
        query: keys and values of its address, all of which are kept.
    """
    path, tab = _MOVED[old]
    kept = [(VIEW, value.lower().replace(" ", "-")) if key in _VIEWS else (key, value) for key, value in query]
    return f"./{path}?{urlencode([(TAB, tab), *kept])}"


async def _redirect(request: Request) -> RedirectResponse:
    old = request.url.path.rstrip("/").rpartition("/")[2]
    return RedirectResponse(new_address(old, request.query_params.multi_items()))


ROUTES = [Route(f"/{old}", _redirect) for old in _MOVED]
