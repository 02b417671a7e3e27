"""What a module is asked for by, and where it may be fetched from."""

import hashlib
import os
import re
from typing import Literal, NamedTuple
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit, urlunsplit

from tlcore.base import settings
from tlcore.base.errors import UserError

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
_QUOTED = re.compile(r"""(["'`])(?P<text>(?:(?!\1).)+)\1""")
_STRAIGHT = str.maketrans("“”„‘’", '"""\'\'')
_ADDRESS = re.compile(r"https?://[^\s\"'`<>()\[\]{},;]+", re.IGNORECASE)
_FRAMEWORKS = {"tensorflow2": "tensorFlow2", "tensorflow1": "tensorFlow1"}  # those whose files are SavedModels


class Handle(NamedTuple):
    """`kind` says which way `text` leads: "hub" (a URL), "kaggle" (owner/model/framework/variation) or "path"."""

    kind: Literal["hub", "kaggle", "path"]
    text: str


class Choices(NamedTuple):
    """What a handle says after a question mark of how its module is used; what is empty is not chosen.

    Attributes:
        output: the names of the outputs that become the feature vector.
        value_range: the values that pixels are to have, as `parse_pixel_values` takes them.
        input_shape: without the batch axis.
    """

    output: tuple[str, ...] = ()
    value_range: str = ""
    input_shape: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """As it stands in a handle."""
        pairs = [("value_range", self.value_range)] if self.value_range else []
        pairs += [("output", name) for name in self.output]
        pairs += [("input_shape", ",".join(map(str, self.input_shape)))] if self.input_shape else []
        return urlencode(pairs, safe=",/-: ")


def split_choices(ref: str) -> tuple[str, Choices]:
    """A reference to a module, and the choices that stand behind it, as in `handle?value_range=0,255&output=pooled`.

    Raises:
        UserError: the input's shape is none.
    """
    text, mark, query = ref.strip().rpartition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    own = [pair for pair in pairs if pair[0] in Choices._fields]
    if not mark or not own:
        return ref, Choices()
    left = urlencode([pair for pair in pairs if pair not in own])
    chosen = dict(own)
    try:
        shape = tuple(int(side) for side in chosen.get("input_shape", "").split(",") if side)
    except ValueError:
        raise UserError(
            "This is no shape of an input", chosen["input_shape"][:80], "Give its sides, as in input_shape=224,224,3"
        ) from None
    output = tuple(value for name, value in own if name == "output" and value)
    return f"{text}?{left}" if left else text, Choices(output, chosen.get("value_range", ""), shape)


def handle_in_code(text: str) -> str:
    """The handle in a pasted line of code, such as `hub.KerasLayer("https://…", trainable=True)`, or in quotes.

    What is no code comes back as it is; so does a line in which nothing looks like a handle, a path apart that is all
    of what the quotes hold.
    """
    bare = text.strip().rstrip(",;").strip().translate(_STRAIGHT)
    quoted = [match["text"].strip() for match in _QUOTED.finditer(bare)]
    if not quoted and not re.search(r"[\s()<>\[\]]", bare):
        return bare if bare != text.strip() else text
    addresses = [each for each in quoted if _looks_like_a_handle(each)] or _ADDRESS.findall(bare)
    if addresses:
        return addresses[0]
    is_all = len(quoted) == 1 and re.fullmatch(r"""(["'`]).*\1""", bare)
    return quoted[0] if is_all else text


def _looks_like_a_handle(text: str) -> bool:
    return text.lower().startswith((*_WEB, "http://", "https://")) or bool(_KAGGLE.fullmatch(text))


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
