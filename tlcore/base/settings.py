"""Settings from the environment: each a name, a default for one person on a laptop, and a line of help."""

import os
from pathlib import Path
from typing import NamedTuple

from tlcore.base.errors import UserError


class Setting(NamedTuple):
    """The name of a variable of the environment, what it is when it is not set, and what it means."""

    name: str
    default: str
    help: str


SETTINGS = (
    Setting(
        "TLCORE_HOME", "", "The folder for datasets, modules, features and runs; by default the user's data folder."
    ),
    Setting("TLCORE_DATA_ROOTS", "", "Folders on the server that the Data page may read, separated as in PATH."),
    Setting(
        "TLCORE_ALLOW_MODULE_FILES",
        "0",
        "1 lets users of the app open SavedModels from files; a SavedModel is a program.",
    ),
    Setting(
        "TLCORE_MODULE_HOSTS",
        "",
        "Hosts that modules may be downloaded from; by default those of the module providers. http://127.0.0.1:PORT "
        "allows exactly that address.",
    ),
    Setting(
        "TLCORE_ALLOWED_HOSTS",
        "",
        "More host names that the app answers to, separated by commas, for example behind a proxy: lab.example.org.",
    ),
    Setting("TFHUB_CACHE_DIR", "", "A TF Hub cache to look in first: modules put there by hand or by other programs."),
    Setting("TLCORE_MAX_BYTES", str(2 * 1000**3), "The most bytes that an archive may unpack to."),
    Setting("TLCORE_MAX_FILES", "100000", "The most files that a dataset may have."),
    Setting(
        "TLCORE_FEATURES_BYTES",
        "",
        "The most bytes that kept pixels, feature vectors, activations and compiled modules may take; by default "
        "20 GB, or a quarter of the free disk space if that is less.",
    ),
)
_DEFAULTS = {setting.name: setting.default for setting in SETTINGS}


def get(name: str) -> str:
    """A setting's value; read each time, so that a test or a notebook can change it."""
    return os.environ.get(name) or _DEFAULTS[name]


def data_roots() -> list[Path]:
    """The folders that people of the app may read datasets from."""
    return [Path(part).expanduser().resolve() for part in get("TLCORE_DATA_ROOTS").split(os.pathsep) if part]


def allow_module_files() -> bool:
    """Whether people of the app may open SavedModels from files."""
    return get("TLCORE_ALLOW_MODULE_FILES").lower() in ("1", "true", "yes", "on")


def module_hosts() -> list[str]:
    """The hosts that modules may be fetched from; none where those are that the module providers name."""
    return [host.strip() for host in get("TLCORE_MODULE_HOSTS").split(",") if host.strip()]


def allowed_hosts() -> list[str]:
    """The names that the app answers to beside its own."""
    return [host.strip() for host in get("TLCORE_ALLOWED_HOSTS").split(",") if host.strip()]


def max_bytes() -> int:
    """The most bytes that an archive may unpack to."""
    return _number("TLCORE_MAX_BYTES")


def max_files() -> int:
    """The most files that a dataset or an archive may have."""
    return _number("TLCORE_MAX_FILES")


def features_bytes() -> int | None:
    """The most bytes that kept pixels, feature vectors, activations and compiled modules may take, where it is set."""
    return _number("TLCORE_FEATURES_BYTES") if get("TLCORE_FEATURES_BYTES") else None


def _number(name: str) -> int:
    text = get(name).replace("_", "")
    if not text.isdecimal():
        raise UserError(
            f"The setting {name} is not a whole number", f"It is “{text[:80]}”", "Give a whole number, or unset it"
        )
    return int(text)
