"""Names of files from outside: made safe to show, and told apart from what computers leave behind."""

import contextlib
import re
import unicodedata
from collections.abc import Iterable
from itertools import cycle

from tlcore.errors import UserError

PICTURES = (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".webp", ".bmp", ".dib", ".gif", ".tif", ".tiff")
CAMERA_FILES = (".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf", ".orf", ".rw2")
OTHER_PICTURES = (".heic", ".heif", ".avif", ".jxl", ".jp2", ".svg", ".psd", ".xcf", ".ico", ".tga", *CAMERA_FILES)
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz", ".tbz2", ".tar.xz", ".txz", ".7z", ".rar")

_JUNK = {"__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "@eadir", "$recycle.bin", "lost+found"}
_UNSEEN = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\ud800-\\udfff\\u202a-\\u202e\\u2066-\\u2069]")


def clean(text: str) -> str:
    """A text from outside as people may read it: composed letters, nothing unseen, no bytes that are no letters."""
    if text.isascii() and text.isprintable():
        return text
    if any("\udc80" <= letter <= "\udcff" for letter in text):  # bytes that were not UTF-8
        with contextlib.suppress(UnicodeEncodeError):  # other stray halves of letters are replaced below
            text = text.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
    return unicodedata.normalize("NFC", _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text))


def clean_path(name: str) -> str:
    """The same for a path, without empty parts."""
    return "/".join(part for part in clean(name).split("/") if part not in ("", "."))


def clean_label(label: str) -> str:
    """The same for a class's name, with single blanks."""
    return clean(" ".join(label.split()))


def in_natural_order(names: Iterable[str]) -> tuple[str, ...]:
    """Each name once, as people sort: “10” after “9”, and small letters beside capitals."""
    return tuple(sorted(set(names), key=lambda name: (_natural(name), name)))


def _natural(name: str) -> list[tuple[int, str]]:
    words = re.split("([0-9]+)", name.casefold())
    return [
        (0, word) if even else (len(word.lstrip("0")), word.lstrip("0"))
        for even, word in zip(cycle((1, 0)), words, strict=False)
    ]


def clean_archived(name: str, archive: str) -> str:
    """The same for a name in an archive, which is called `archive`; a backslash parts folders too.

    Raises:
        UserError: it points outside of the archive.
    """
    slashed = name.replace("\\", "/")
    if slashed.startswith("/") or re.match("[A-Za-z]:", slashed) or ".." in slashed.split("/"):
        raise UserError(
            "The archive holds a file that points outside of it",
            f"{archive}: “{clean(name)[:200]}”",
            "Pack the folder again, with names relative to it",
        )
    return clean_path(slashed)


def suffix(name: str) -> str:
    """The ending of a path's last part, from its last dot on, in small letters; "" where there is none."""
    stem, dot, ending = name.rpartition("/")[2].rpartition(".")
    return f".{ending.lower()}" if stem and ending else ""


def is_junk(name: str) -> bool:
    """Whether a path is what systems leave behind (`__MACOSX`, `.DS_Store`, `Thumbs.db`, …) or hidden."""
    return any(part.startswith(".") or part.casefold() in _JUNK for part in name.split("/"))


def is_archive(name: str) -> bool:
    return name.lower().endswith(ARCHIVES)


def archive_stem(name: str) -> str:
    """An archive's name without what makes it one."""
    ending = max((each for each in ARCHIVES if name.lower().endswith(each)), key=len, default="")
    return name[: len(name) - len(ending)]
