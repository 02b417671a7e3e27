"""Kaggle: a model by owner, name, framework, variation and version, fetched by Kaggle's own client."""

import re
import threading
from pathlib import Path

from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.modules.providers.download import refused, unreachable
from tlcore.modules.providers.hosts import check_allowed, shorten, split_address
from tlcore.modules.providers.hub_cache import by_hand, copy_cached
from tlcore.modules.providers.saved_models import SavedModelProvider, copy_from_folder
from tlcore.modules.savedmodel.files import total_bytes

_PART = r"[A-Za-z0-9][\w.-]*"
_HANDLE = re.compile(
    rf"(?P<owner>{_PART})/(?P<model>{_PART})/(?:frameworks/)?"
    r"(?P<framework>tensorflow2|tensorflow1|keras|tflite|tfjs|jax|flax|pytorch|coral|transformers|other)"
    rf"/(?:variations/)?(?P<variation>{_PART})(?:/(?:versions/)?(?P<version>[1-9]\d{{0,8}}))?/?",
    re.ASCII | re.IGNORECASE,
)
_FRAMEWORKS = {"tensorflow2": "tensorFlow2", "tensorflow1": "tensorFlow1"}  # those whose files are SavedModels


class _Kaggle(SavedModelProvider):
    name = "kaggle"
    title = "Kaggle"
    example = "google/mobilenet-v2/tensorFlow2/100-224-feature-vector/2"
    again = "It can be downloaded again by its handle."
    hosts = ("www.kaggle.com", "kaggle.com")
    storage = ("storage.googleapis.com",)
    values_source = "convention"

    def claims(self, ref: str) -> str | None:
        is_address = re.match(r"https?:/", ref, re.IGNORECASE)
        if not is_address and not ref.lower().startswith(tuple(f"{host}/" for host in self.hosts)):
            return _one_form(match) if (match := _HANDLE.fullmatch(ref)) else None
        parts = split_address(ref if is_address else f"https://{ref}")
        if parts.hostname not in self.hosts:
            return None
        path = parts.path.rstrip("/")
        match = _HANDLE.fullmatch(path.removeprefix("/models/"))
        if not path.startswith("/models/") or not match:
            raise UserError(
                "This Kaggle address does not name a single module",
                shorten(ref),
                f"Choose a framework and a variation on Kaggle, as in {self.example}",
            )
        return _one_form(match)

    def fetch(self, handle: str, into: Path, *, allow_files: bool, progress: Progress) -> None:
        progress.stage("fetch")
        if not copy_cached(handle, into, progress):
            _fetch_by_client(handle, into, progress)


def _one_form(match: re.Match) -> str:
    framework = _FRAMEWORKS.get(match["framework"].lower())
    if framework is None:
        raise UserError(
            "This Kaggle model is not a TensorFlow SavedModel",
            f"{match[0]} is for the framework {match['framework']}",
            "Choose its TensorFlow 2 variation, if there is one",
        )
    version = f"/{match['version']}" if match["version"] else ""
    return f"{match['owner']}/{match['model']}/{framework}/{match['variation']}{version}"


def _fetch_by_client(handle: str, into: Path, progress: Progress) -> None:
    """By kagglehub, which keeps a cache of its own."""
    page = f"https://{ENTRY.hosts[0]}/models/{handle}"
    check_allowed(page)
    import kagglehub
    import requests
    from kagglehub.cache import get_cached_path
    from kagglehub.handle import parse_model_handle

    answer = []

    def download() -> None:
        try:
            answer.append(kagglehub.model_download(handle))
        except Exception as error:
            answer.append(error)

    worker = threading.Thread(target=download, daemon=True)
    worker.start()
    while worker.is_alive():
        worker.join(0.2)
        progress.step(total_bytes(Path(get_cached_path(parse_model_handle(handle)))), None, "bytes", handle)
    match answer[0]:
        case str(path):
            copy_from_folder(Path(path), into, handle, progress)
        case requests.HTTPError(response=response) if response is not None:
            raise refused(page, response.status_code, by_hand(handle)) from answer[0]
        case OSError() as error:
            raise unreachable(f"{page} can't be reached: {type(error).__name__}", by_hand(handle)) from error
        case error:
            raise UserError(
                "Kaggle does not provide this module", f"{page}: {error}", "Check the handle on Kaggle"
            ) from error


ENTRY = _Kaggle()
