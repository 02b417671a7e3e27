"""File names as tables write them, matched to files by the longest end of their path."""

import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from urllib.parse import unquote

from tlcore.datasets.filenames import suffix
from tlcore.datasets.importing.proposing.split_names import split_word

MISSING, AMBIGUOUS = -1, -2
_MANY = 50  # files of one name, from which on the folder they lie in is looked up first


class FileNames:
    """The names of a source's files, to be found by what tables write.

    Args:
        names: paths with forward slashes.
    """

    def __init__(self, names: Sequence[str]):
        self.names = names

    @cached_property
    def _paths(self) -> dict[str, int]:
        return {_composed(name): number for number, name in enumerate(self.names)}

    @cached_property
    def _last(self) -> dict[str, list[int]]:
        found = defaultdict(list)
        for number, name in enumerate(self.names):
            found[_last(name)].append(number)
        return found

    @cached_property
    def _stems(self) -> dict[str, list[int]]:
        found = defaultdict(list)
        for last, numbers in self._last.items():
            found[_stem(last)] += numbers
        return found

    def has_stem(self, name: str) -> bool:
        """Whether a file is called so but for its suffix and folder."""
        return _stem(_last(name)) in self._stems

    def share(self, values: Sequence[str]) -> float:
        """The share of texts that name a file."""
        found = sum(bool(self._candidates(_last(_clean(value)))) for value in values)
        return found / len(values) if values else 0.0

    def candidates(self, value: str) -> list[int]:
        """The places in `names` of the files that have a text's last part for a name, with their suffix or without."""
        return self._candidates(_last(value))

    def find(self, values: Sequence[str], folder: str = "", split: str | None = None) -> list[int]:
        """The place in `names` of the file that each text means, `MISSING` or `AMBIGUOUS`.

        A file is meant by its path from the table's folder; else by the longest end of its path, whatever its
        capitals, with its suffix or without, where no other fits as well. Accented letters are the same whether they
        are composed (NFC) or not (NFD, as on Macs). A path written on another machine may begin with folders that are
        not there, but a file in “test” is never meant by one in “train”.

        Args:
            values: paths as they are written.
            folder: the folder that they start from.
            split: the split that the table's own name means; of files that fit as well, those in a folder called so
                are meant.
        """
        inside = f"{folder}/" if folder else ""
        found = []
        for value in values:
            place = self._find(value, inside, split)
            if place < 0 and "%" in value:
                place = self._find(unquote(value), inside, split)
            found.append(place)
        return found

    def _find(self, value: str, inside: str, split: str | None) -> int:
        if not value:
            return MISSING
        found = self._paths.get(_clean(inside + value))
        if found is None:
            *parents, last = _folded(_clean(value)).split("/")
            found = self._closest(self._candidates(last), last, parents, _folded(inside), split)
        return found

    def _candidates(self, last: str) -> list[int]:
        if not last:
            return []
        return self._last.get(last) or self._stems.get(last) or self._stems.get(_stem(last)) or []

    @cached_property
    def _pairs(self) -> dict[tuple[str, ...], list[int]]:
        pairs = defaultdict(list)
        for number, name in enumerate(self.names):
            folder, _, last = _folded(name).rpartition("/")
            for end in {last, _stem(last)}:
                pairs[folder.rpartition("/")[2], end].append(number)
        return pairs

    def _closest(
        self, candidates: Sequence[int], last: str, parents: Sequence[str], inside: str, split: str | None
    ) -> int:
        if len(candidates) > _MANY:
            parent = parents[-1] if parents else inside.rstrip("/").rpartition("/")[2]
            candidates = self._pairs.get((parent, last), [])
            if not 0 < len(candidates) <= _MANY:
                return AMBIGUOUS
        scores = []
        for number in candidates:
            name = _folded(self.names[number])
            folders = name.split("/")[:-1]
            shared = 0
            while shared < min(len(folders), len(parents)) and folders[-1 - shared] == parents[-1 - shared]:
                shared += 1
            if shared < min(len(folders), len(parents)):
                splits = split_word(folders[-1 - shared]), split_word(parents[-1 - shared])
                if None not in splits and splits[0] != splits[1]:
                    continue
            is_inside = name.startswith(inside)
            is_split = split is not None and any(split_word(folder) == split for folder in folders)
            scores.append((shared, is_inside, is_split, number))
        if not scores:
            return MISSING
        best = max(scores)
        return best[3] if sum(score[:3] == best[:3] for score in scores) == 1 else AMBIGUOUS


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _folded(path: str) -> str:
    """A path as it is compared: in small letters, each with its accent."""
    return _composed(path.casefold())


def _last(path: str) -> str:
    return _folded(path.rpartition("/")[2])


def _stem(last: str) -> str:
    ending = suffix(last)
    return last[: len(last) - len(ending)] if 1 < len(ending) <= 6 else last


def _clean(path: str) -> str:
    """The same with forward slashes and composed letters, without a drive or scheme, or steps up or in place."""
    parts: list[str] = []
    if "://" in path:
        path = path.partition("?")[0].partition("#")[0]
    for part in _composed(path).strip().replace("\\", "/").split("/"):
        if part == "..":
            if parts:
                parts.pop()
        elif part not in ("", ".") and not (part.endswith(":") and not parts):
            parts.append(part)
    return "/".join(parts)
