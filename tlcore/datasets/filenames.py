"""Names of files from outside: made safe to show, and told apart from what computers leave behind."""

import contextlib
import re
import unicodedata
from collections.abc import Iterable
from itertools import cycle
from typing import NamedTuple

from tlcore.modalities import modality_of_file

TABLES = (
    ".csv", ".tsv", ".tab", ".txt", ".jsonl", ".ndjson", ".json", ".labels", ".parquet", ".xlsx", ".xlsm", ".xls",
    ".xlsb", ".ods", ".numbers",
)  # fmt: skip
_TARS = (
    ".tar",
    ".tar.gz",
    ".tgz",
    ".tar.bz2",
    ".tar.bz",
    ".tbz",
    ".tbz2",
    ".tar.xz",
    ".txz",
    ".tar.zst",
    ".tzst",
    ".zst",
)
ARCHIVES = (".zip", *_TARS, ".7z", ".rar")

# `split` calls parts aa, ab, …, others count them
_PLAIN_PARTS = re.compile(
    r"(?P<whole>.+\.(?:zip|7z|tar|tgz|tbz2?|txz|tzst|tar\.(?:gz|bz2|xz|zst)))[._-]?(?:part)?[._-]?"
    r"(?P<number>[0-9]{1,4}|[ab][a-z])",
    re.IGNORECASE | re.DOTALL | re.ASCII,
)
_OTHER_PARTS = re.compile(
    r"(?P<stem>.+?)(?:\.z(?P<zip>[0-9]{2})|\.part(?P<rar>[0-9]{1,5})\.rar|\.r(?P<old>[0-9]{2}))",
    re.IGNORECASE | re.DOTALL | re.ASCII,
)
_JUNK = {"__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "@eadir", "$recycle.bin", "lost+found"}
_PLAIN = r"\w[ -.0-9;-\[\]-~]*"  # ASCII that can be seen, but no slash of either kind, and no colon
_PLAIN_PATH = re.compile(f"{_PLAIN}(?:/{_PLAIN})*", re.ASCII)
_UNSEEN = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\ud800-\\udfff\\u202a-\\u202e\\u2066-\\u2069]")


def clean(text: str) -> str:
    """A text from outside as people may read it: composed letters, nothing unseen, no bytes that are no letters."""
    if text.isascii() and text.isprintable():
        return text
    if any("\udc80" <= letter <= "\udcff" for letter in text):  # bytes that were not UTF-8
        with contextlib.suppress(UnicodeEncodeError):  # other stray halves of letters are replaced below
            text = text.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
    return unicodedata.normalize("NFC", _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text))


def is_plain(path: str) -> bool:
    """Whether nothing in a path, as in most, need be cleaned, taken for Windows', or kept from pointing outside."""
    return _PLAIN_PATH.fullmatch(path) is not None


def clean_path(name: str) -> str:
    """The same for a path, without empty parts."""
    if is_plain(name):
        return name
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


def points_outside(path: str) -> bool:
    """Whether a path in an archive, with forward slashes, leads out of the folder that it is unpacked to."""
    return path.startswith("/") or re.match("[A-Za-z]:", path) is not None or ".." in path.split("/")


def suffix(name: str) -> str:
    """The ending of a path's last part, from its last dot on, in small letters; "" where there is none."""
    stem, dot, ending = name.rpartition("/")[2].rpartition(".")
    return f".{ending.lower()}" if stem and ending else ""


def is_junk(name: str) -> bool:
    """Whether a path is what systems leave behind (`__MACOSX`, `.DS_Store`, `Thumbs.db`, …) or hidden."""
    return any(part.startswith(".") or part.casefold() in _JUNK for part in name.split("/"))


def is_item(name: str) -> bool:
    """Whether a file is, by its suffix, of a kind of data that can be read."""
    modality = modality_of_file(suffix(name))
    return modality is not None and suffix(name) in modality.suffixes


def may_be_item(name: str) -> bool:
    """The same, or of such a kind in a format that is not read."""
    return modality_of_file(suffix(name)) is not None


def is_table(name: str) -> bool:
    """Whether a file may be a table by its suffix."""
    return suffix(name) in TABLES


def is_archive(name: str) -> bool:
    """Whether a file is an archive, or a part of one, by its suffix."""
    return name.lower().endswith(ARCHIVES) or part_of(name) is not None


class Part(NamedTuple):
    """A file that an archive was cut into."""

    whole: str  # what the archive is called
    number: int
    plain: bool  # whether the bytes of all parts, joined, are the archive


def part_of(name: str) -> Part | None:
    """What a file is a part of, by its name: `a.zip.001`, `a.tar.gz.aa`, `a.z01`, `a.part1.rar`, …"""
    if not (name[-1:].isdigit() or name[-2:-1] in "abAB" or name[-4:].lower() == ".rar"):  # as most are not, in no time
        return None
    if (match := _PLAIN_PARTS.fullmatch(name)) and not name.lower().endswith(ARCHIVES):
        number = match["number"].lower()
        letters = 26 * (ord(number[0]) - ord("a")) + ord(number[-1]) - ord("a")
        return Part(match["whole"], int(number) if number.isdecimal() else letters, True)
    if match := _OTHER_PARTS.fullmatch(name):
        number = match["zip"] or match["rar"] or match["old"]
        return Part(f"{match['stem']}.{'zip' if match['zip'] else 'rar'}", int(number), False)
    return None


def archive_stem(name: str) -> str:
    """An archive's name without what makes it one."""
    if (part := part_of(name)) is not None:
        name = part.whole
    ending = max((each for each in ARCHIVES if name.lower().endswith(each)), key=len, default="")
    return name[: len(name) - len(ending)]
