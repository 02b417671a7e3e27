"""TF Hub: a module at an address, given out as TF Hub's protocol says."""

import functools
import re
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from tlcore.base import workspace
from tlcore.base.progress import Progress
from tlcore.modules.module import Module
from tlcore.modules.providers.download import download
from tlcore.modules.providers.hosts import split_address
from tlcore.modules.providers.hub_cache import by_hand, copy_cached
from tlcore.modules.providers.saved_models import SavedModelProvider, unpack_archive

_KNOWN = Path(__file__).with_name("hub.json")
_COMPRESSED = ("tf-hub-format", "compressed")


class _Hub(SavedModelProvider):
    """https://www.tensorflow.org/hub/hosting, on tfhub.dev or any other host."""

    name = "hub"
    title = "TF Hub"
    example = "https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/feature_vector/5"
    again = "It can be downloaded again by its handle."
    hosts = ("tfhub.dev",)
    storage = ("storage.googleapis.com",)
    values_source = "convention"

    def claims(self, ref: str) -> str | None:
        text = f"https://{ref}" if ref.lower().startswith("tfhub.dev/") else ref
        if not re.match(r"https?:/", text, re.IGNORECASE):
            return None
        parts = split_address(text)
        query = urlencode([pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair != _COMPRESSED])
        scheme = "https" if parts.netloc in self.hosts else parts.scheme
        return urlunsplit((scheme, parts.netloc, parts.path.rstrip("/"), query, ""))

    def name_of(self, handle: str) -> str:
        return urlsplit(handle).path.strip("/") or handle

    def known(self) -> tuple[Module, ...]:
        return _known()

    def fetch(self, handle: str, into: Path, *, allow_files: bool, progress: Progress) -> None:
        progress.stage("fetch")
        if copy_cached(handle, into, progress):
            return
        with workspace.scratch() as scratch:
            archive = scratch / "module.tar.gz"
            download(compressed_url(handle), archive, handle, progress, by_hand=by_hand(handle))
            unpack_archive(archive, into, handle, progress)


def compressed_url(handle: str) -> str:
    """Where TF Hub's protocol serves a handle as a tar.gz."""
    parts = urlsplit(handle)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), _COMPRESSED])
    return urlunsplit(parts._replace(path=quote(parts.path, safe="/%:@!$&'()*+,;=~"), query=query))


@functools.cache
def _known() -> tuple[Module, ...]:
    """What their publishers say of them; none of it has been measured here."""
    return tuple(Module(source=ENTRY.name, **facts) for facts in workspace.read_json(_KNOWN, kind=list))


ENTRY = _Hub()
