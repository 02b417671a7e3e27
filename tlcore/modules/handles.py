"""What a module is asked for by, and where it may be fetched from."""

import hashlib
import os
import re
from typing import Literal, NamedTuple
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit, urlunsplit

from tlcore import settings
from tlcore.errors import UserError

_WEB = ("tfhub.dev/", "www.kaggle.com/", "kaggle.com/")
_KAGGLE_HOSTS = ("www.kaggle.com", "kaggle.com")
_STORAGE = ("storage.googleapis.com",)  # where tfhub.dev and Kaggle keep the bytes they redirect to
_STORAGE_OF = ("tfhub.dev", *_KAGGLE_HOSTS, *_STORAGE)
_COMPRESSED = ("tf-hub-format", "compressed")
_PART = r"[A-Za-z0-9][\w.-]*"
_KAGGLE = re.compile(
    rf"(?P<owner>{_PART})/(?P<model>{_PART})/(?:frameworks/)?"
    r"(?P<framework>tensorflow2|tensorflow1|keras|tflite|tfjs|jax|flax|pytorch|coral|transformers|other)"
    rf"/(?:variations/)?(?P<variation>{_PART})(?:/(?:versions/)?(?P<version>[1-9]\d{{0,8}}))?/?",
    re.ASCII | re.IGNORECASE,
)
_FRAMEWORKS = {"tensorflow2": "tensorFlow2", "tensorflow1": "tensorFlow1"}  # those whose files are SavedModels


class Handle(NamedTuple):
    """`kind` says which way `text` leads: "hub" (a URL), "kaggle" (owner/model/framework/variation) or "path"."""

    kind: Literal["hub", "kaggle", "path"]
    text: str


def parse_handle(ref: str) -> Handle:
    """The one form of a handle, however it was typed. Looks at no file and no network.

    Raises:
        UserError: it can be no module: another scheme than http and https, an address that is none, a Kaggle
            model that is no SavedModel.
    """
    text = ref.strip()
    if not text or len(text) > 2000 or not text.isprintable():
        raise UserError("This can't name a module", f"“{ref[:80]}”", "Give a handle, such as an address on tfhub.dev")
    if text.lower().startswith(_WEB):
        text = f"https://{text}"
    if scheme := re.match(r"([A-Za-z][A-Za-z0-9+.-]*):/", text):
        if scheme[1].lower() not in ("http", "https"):
            raise UserError(
                f"Modules can't be fetched by “{scheme[1]}:”",
                f"The handle is {_short(text)}",
                "Handles begin with https://; a folder or an archive is named by its path alone",
            )
        return _web_handle(text)
    if match := _KAGGLE.fullmatch(text):
        return _kaggle_handle(match)
    return Handle("path", os.path.abspath(os.path.expanduser(text)))


def check_allowed(url: str, came_from: str = "") -> None:
    """Raises a `UserError` unless the settings permit fetching from this address.

    A plain host in `TLCORE_MODULE_HOSTS` permits https on its usual port; an entry with a scheme permits exactly
    that origin. So no handle leads into the server's own network unless the person who runs it wrote so. A redirect
    is judged in the same way, and may lead besides from tfhub.dev or Kaggle to the storage they keep modules in.

    Args:
        url: what is about to be fetched.
        came_from: the address that redirected to it.
    """
    origin = _origin(_split(url))
    hosts = settings.module_hosts()
    permitted = {_origin(urlsplit(host if "://" in host else f"https://{host}")) for host in hosts}
    if origin in permitted:
        return
    if (
        came_from
        and urlsplit(came_from).hostname in _STORAGE_OF
        and origin in {f"https://{host}:443" for host in _STORAGE}
    ):
        return
    how = f"{_short(came_from)} redirects to {_short(url)}" if came_from else f"The handle is {_short(url)}"
    raise UserError(
        "Modules may not be fetched from this host",
        f"{how}; allowed are {', '.join(hosts) or 'none'}",
        "Whoever runs the server can add the host to TLCORE_MODULE_HOSTS; or open the module from a folder",
    )


def compressed_url(handle: str) -> str:
    """Where TF Hub's protocol serves a handle as a tar.gz."""
    parts = urlsplit(handle)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), _COMPRESSED])
    return urlunsplit(parts._replace(path=quote(parts.path, safe="/%:@!$&'()*+,;=~"), query=query))


def cache_name(handle: str) -> str:
    """The folder's name that tensorflow_hub gives a handle in `TFHUB_CACHE_DIR` (its compressed_module_resolver.py)."""
    return hashlib.sha1(handle.encode()).hexdigest()


def _web_handle(text: str) -> Handle:
    parts = _split(text)
    query = urlencode([pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair != _COMPRESSED])
    path = parts.path.rstrip("/")
    if parts.hostname in _KAGGLE_HOSTS:
        match = _KAGGLE.fullmatch(path.removeprefix("/models/"))
        if not path.startswith("/models/") or not match:
            raise UserError(
                "This address on Kaggle names no single module",
                _short(text),
                "Choose framework and variation there, as in google/mobilenet-v2/tensorFlow2/100-224-feature-vector/2",
            )
        return _kaggle_handle(match)
    scheme = "https" if parts.netloc == "tfhub.dev" else parts.scheme
    return Handle("hub", urlunsplit((scheme, parts.netloc, path, query, "")))


def _kaggle_handle(match: re.Match) -> Handle:
    framework = _FRAMEWORKS.get(match["framework"].lower())
    if framework is None:
        raise UserError(
            "This Kaggle model is no TensorFlow SavedModel",
            f"{match[0]} is of the framework {match['framework']}",
            "Choose its TensorFlow 2 variation, if there is one",
        )
    version = f"/{match['version']}" if match["version"] else ""
    return Handle("kaggle", f"{match['owner']}/{match['model']}/{framework}/{match['variation']}{version}")


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = None, None
    if parts is None or not parts.hostname or re.search(r"[\s\\]", url) or port == 0:
        raise UserError("This is no address", _short(url), "An address looks like https://tfhub.dev/google/…")
    if parts.username is not None or parts.password is not None:
        raise UserError("The address holds a user name", _short(parts.hostname), "Give the address without it")
    return parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower())


def _origin(parts: SplitResult) -> str:
    return f"{parts.scheme}://{parts.hostname}:{parts.port or {'http': 80}.get(parts.scheme, 443)}"


def _short(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:199]}…"
