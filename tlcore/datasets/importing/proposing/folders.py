"""What a tree of folders says: which level is the class, which the split, which neither."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tlcore.base.formatting import listed
from tlcore.datasets.importing.proposing.split_names import (
    GENERIC,
    is_unlabelled,
    settle_eval,
    split_words,
    without_split,
)
from tlcore.datasets.importing.reading import LeftOut, Level

_Path = tuple[str, ...]
# folders of these names under each class are kinds of pictures or pieces of a collection, never classes
_VARIANTS = {
    "color", "colour", "gray", "grey", "grayscale", "greyscale", "segmented", "rgb", "ir", "original", "originals",
    "raw", "processed", "aug", "augmented", "cropped", "crop", "crops", "left", "right", "front", "back", "top", "side",
    "session", "part", "fold", "batch", "day", "night", "frame", "frames", "video", "clip", "x", "mag", "low", "high",
}  # fmt: skip

_PLACES = {"cam", "camera", "scene", "site", "sequence", "seq", "set", "obj", "task", "job", "drive", "location"}
_PART = "[ _.-]*(part|chunk|shard|batch|vol)?[ _.-]*\\(?[0-9]{1,9}\\)?$"  # how names of parts of a download end


@dataclass
class FolderReading:
    """What folders say; `label` is None where they say nothing.

    Attributes:
        label: the level that is the class.
        split: the level that is the split.
        splits: what its names mean.
        metadata: other levels that tell examples apart, by name.
        unlabelled: folders whose files have no label.
        left_out: folders whose files are not used, and why.
        names: of the classes.
        count: how many files lie in the classes' folders.
        reasons: why, by part of the reading.
        doubts: what a person should look at.
    """

    label: Level | None = None
    split: Level | None = None
    splits: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, Level] = field(default_factory=dict)
    unlabelled: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    names: tuple[str, ...] = ()
    count: int = 0
    reasons: dict[str, str] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)


@dataclass
class _Folder:
    """A folder that holds pictures.

    Attributes:
        path: its path.
        count: how many pictures lie in it.
        rest: the places on its path that may be the class: those that are no split, wrapping or the like.
        split: the place of its split.
        split_name: what that means.
        aside: places that tell examples apart but are not the class.
        fate: "" for an example's folder, else "unlabelled", or why it is left out.
    """

    path: _Path
    count: int
    rest: list[int]
    split: int | None = None
    split_name: str = ""
    aside: list[int] = field(default_factory=list)
    fate: str = ""

    @property
    def names(self) -> _Path:
        return tuple(self.path[place] for place in self.rest)


def read_folders(counts: Mapping[str, int]) -> FolderReading:
    """What folders say of the files in them.

    Args:
        counts: how many files lie in each folder itself; "" is the top.
    """
    found = FolderReading()
    folders = _with_roles({tuple(path.split("/")) if path else (): count for path, count in counts.items()}, found)
    _strip(folders, found)
    _judge_splits(folders, found)
    labelled = [folder for folder in folders if folder.rest and not folder.fate]
    found.count = sum(folder.count for folder in labelled)
    found.names = tuple(dict.fromkeys(folder.path[folder.rest[0]] for folder in labelled))
    if labelled:
        found.label = _level([(folder, folder.rest[0]) for folder in labelled])
        found.reasons["label"] = f"The folders {listed(found.names)} are the classes"
        _keep_asides(labelled, found)
    with_split = [folder for folder in folders if folder.split is not None and folder.fate in ("", "unlabelled")]
    if with_split:
        found.splits = settle_eval({folder.path[folder.split]: folder.split_name for folder in with_split})
        found.split = _level([(folder, folder.split) for folder in with_split])
        found.reasons["split"] = _splits_in_words(found.splits)
    _set_aside(folders, found)
    return found


def _with_roles(counts: dict[_Path, int], found: FolderReading) -> list[_Folder]:
    """The folders, with splits, wrappings and what has no label found out."""
    tree = _Tree(counts)
    roles: dict[_Path, str] = {}
    for parent, children in tree.children.items():
        roles |= {(*parent, name): role for name, role in _roles(tree, parent, children, found).items()}
    folders = []
    for path, count in counts.items():
        folder = _Folder(path, count, [])
        for place, name in enumerate(path):
            role = roles.get(path[: place + 1], "")
            if role == "unlabelled":
                folder.fate = "unlabelled"
            elif role == "generic" or (place and name.casefold() == path[place - 1].casefold()):
                continue
            elif role:
                if folder.split is None:
                    folder.split, folder.split_name = place, role
            else:
                folder.rest.append(place)
        folders.append(folder)
    beside_splits = any(folder.split is not None and folder.rest for folder in folders)
    for folder in folders:
        if any(is_unlabelled(name, beside_splits and folder.split_name != "train") for name in folder.names):
            folder.fate = "unlabelled"
    if all(folder.fate for folder in folders):  # then these names are all that tells them apart
        for folder in folders:
            folder.fate = ""
    return folders


class _Tree:
    """Which folders lie in which."""

    def __init__(self, counts: dict[_Path, int]):
        self.direct = counts
        self.children: dict[_Path, dict[str, None]] = defaultdict(dict)
        for path in counts:
            for place, name in enumerate(path):
                self.children[path[:place]][name] = None

    def is_deep(self, path: _Path) -> bool:
        """Whether a folder holds folders that are more than another wrapping of the same."""
        while len(inside := self.children.get(path, {})) == 1 and path not in self.direct:
            name = next(iter(inside))
            if name.casefold() != path[-1].casefold() and name.casefold() not in GENERIC:
                return True
            path = (*path, name)
        return bool(inside)


def _roles(tree: _Tree, parent: _Path, children: Mapping[str, None], found: FolderReading) -> dict[str, str]:
    """The split that each child of a folder means, "generic" or "unlabelled"; children that may be classes lack."""
    if len(children) == 1:
        name = next(iter(children))
        if name.casefold() in GENERIC and parent not in tree.direct:
            return {name: "generic"}
    meant = split_words(children)
    if not meant:
        return {}
    others = [name for name in children if name not in meant and not is_unlabelled(name, True)]
    deep = any(tree.is_deep((*parent, name)) for name in meant)
    if len(meant) > 1:
        return meant
    if not others:
        return meant if parent not in tree.direct else {}
    name, split = next(iter(meant.items()))
    inside = set(tree.children.get((*parent, name), {}))
    if deep:
        return meant if len(inside & set(others)) > 1 and inside <= set(others) else {}
    if len(others) > 1 and split != "train":
        path = "/".join((*parent, name))
        found.doubts.append(
            f"The folder “{path}” is among the class folders but named like a split: its files are treated as "
            "unlabelled"
        )
        return {name: "unlabelled"}
    return {}


def _strip(folders: Sequence[_Folder], found: FolderReading) -> None:
    """Takes folders around the classes away: wrappings, copies, parts and variants."""
    while True:
        inside = [folder for folder in folders if folder.rest and not folder.fate]
        tops: dict[str, Counter] = defaultdict(Counter)
        flat: Counter = Counter()
        for folder in inside:
            top, *below = folder.names
            if below:
                tops[top][below[0]] += folder.count
            else:
                flat[top] += folder.count
        every = {*tops, *flat}
        if len(every) == 1 and tops:
            _drop(inside, every)
        elif copies := {top for top in tops if len(tops[top]) > 1 and set(tops[top]) <= every - {top}}:
            _drop(inside, copies, shorter_too=False)
            found.reasons["copies"] = f"{listed(copies)} contains the same folders again"
        elif len(tops) > 1 and not flat and _are_parts(tops):
            _drop(inside, every, aside=True)
            found.reasons["metadata"] = (
                f"{listed(every)} are parts of one collection; they are kept as a metadata column"
            )
        elif (recurring := _recurring(tops, flat)) is not None:
            if not recurring:
                return
            _drop(inside, set(tops), aside=True)
            found.reasons["metadata"] = (
                f"{listed(tops)} contain folders with the same names; they are kept as a metadata column"
            )
            found.doubts.append(
                f"{listed(tops)} contain the same folders ({listed(recurring)}): the inner folders are taken as the "
                "classes"
            )
        else:
            return


def _drop(folders: Sequence[_Folder], tops: set[str], *, aside: bool = False, shorter_too: bool = True) -> None:
    for folder in folders:
        if folder.names[0] in tops and (shorter_too or len(folder.rest) > 1):
            place = folder.rest.pop(0)
            if aside and folder.rest:
                folder.aside.append(place)


def _are_parts(tops: Mapping[str, object]) -> bool:
    """Whether names differ by a number at their end alone, as parts of a large download do."""
    stems = {re.sub(_PART, "", top, flags=re.I) for top in tops}
    return len(stems) == 1 and bool(re.search("part|chunk|shard|-[0-9]{3}$", next(iter(tops)), re.I))


def _recurring(tops: Mapping[str, Counter], flat: Counter) -> list[str] | None:
    """The names that lie in several of these folders, where most files lie in such; none where they are variants of
    what lies in the outer ones; None where too few recur.
    """
    parents = Counter(name for inside in tops.values() for name in inside)
    recurring = [name for name, times in parents.items() if times > 1]
    if len(recurring) < 2:
        return None
    count = sum(inside[name] for inside in tops.values() for name in recurring)
    if 2 * count < sum(sum(inside.values()) for inside in tops.values()) + sum(flat.values()):
        return None
    return [] if all(_is_variant(name) for name in recurring) else recurring


def _is_variant(name: str) -> bool:
    words = re.findall("[^\\W\\d_]+", name.casefold())
    return all(word in _VARIANTS for word in words)


def is_generic(name: str) -> bool:
    """Whether a folder's name says that there are pictures in it, or from where, but not of what."""
    words = without_split(name).split()
    return any(map(str.isalpha, words)) and all(
        word in GENERIC | _VARIANTS | _PLACES or word.isdigit() for word in words
    )


def _judge_splits(folders: Sequence[_Folder], found: FolderReading) -> None:
    """Tells, where there are splits, which folders are examples', which have no label, and which are neither."""
    examples = [folder for folder in folders if folder.rest and not folder.fate]
    in_splits = [folder for folder in examples if folder.split is not None]
    if not in_splits:
        _judge_flat_splits(folders, examples, found)
        return
    classes = {folder.names[0] for folder in in_splits}
    for folder in examples:
        if folder.split is None and folder.names[0] not in classes:
            folder.fate = "Outside the split folders"
    trained = {folder.names[0] for folder in examples if folder.split_name in ("train", "") and not folder.fate}
    for meant in ("val", "test", "eval"):
        its = [folder for folder in in_splits if folder.split_name == meant]
        names = {folder.names[0] for folder in its}
        if len(names) == 1 and trained and not names & trained:
            for folder in its:
                folder.fate = "unlabelled"
            found.doubts.append(
                f"The only folder in {meant}, {listed(names)}, is not one of the classes: its files are treated as "
                "unlabelled"
            )
    deep = {folder.path[: folder.split + 1] for folder in in_splits}
    for folder in folders:
        if not folder.rest and not folder.fate and folder.split is not None:
            is_flat = folder.path[: folder.split + 1] not in deep and folder.split_name != "train"
            folder.fate = "unlabelled" if is_flat else ""


def _judge_flat_splits(folders: Sequence[_Folder], examples: Sequence[_Folder], found: FolderReading) -> None:
    """Takes the label from splits that hold no class folders; one folder beside them is no class either."""
    flat = [folder for folder in folders if folder.split is not None and not folder.fate]
    if not flat or not examples:
        return
    is_class = len({folder.names[0] for folder in examples}) > 1
    for folder in flat if is_class else (*flat, *examples):
        folder.fate = "unlabelled"
    if is_class:
        names = listed(dict.fromkeys(folder.path[folder.split] for folder in flat))
        found.doubts.append(
            f"The folders {names} are among the class folders but named like splits: their files are treated as "
            "unlabelled"
        )


def _keep_asides(labelled: Sequence[_Folder], found: FolderReading) -> None:
    """Makes columns of the levels around the classes, and of folders inside them where most pictures lie so."""
    count = max(len(folder.aside) for folder in labelled)
    for number in range(count):
        places = [(folder, folder.aside[number]) for folder in labelled if len(folder.aside) > number]
        found.metadata["folder" if count == 1 else f"folder {number + 1}"] = _level(places)
    inner = [(folder, folder.rest[1]) for folder in labelled if len(folder.rest) > 1]
    names = list(dict.fromkeys(folder.path[place] for folder, place in inner))
    if len(names) > 1 and 2 * sum(folder.count for folder, _ in inner) > sum(folder.count for folder in labelled):
        found.metadata["subfolder"] = _level(inner)
        found.reasons["label"] += f"; the folders inside them ({listed(names)}) are kept as a metadata column"
        if not all(_is_variant(name) for name in names) and len(names) <= sum(folder.count for folder, _ in inner) / 2:
            found.doubts.append(
                f"There are folders inside folders: the outer ones ({listed(found.names)}) are taken as the classes, "
                f"not the inner ones ({listed(names)})"
            )


def _level(places: Sequence[tuple[_Folder, int]]) -> Level:
    """The level that fits most pictures, counted from the outermost folder or, where that fits more, the innermost."""
    counts: Counter = Counter()
    for folder, place in places:
        counts[place] += folder.count
        counts[place - len(folder.path)] += folder.count
    return Level(max(counts, key=lambda level: (counts[level], level >= 0, -abs(level))))


def _set_aside(folders: Sequence[_Folder], found: FolderReading) -> None:
    """Names the folders that are kept without a label, and those that the chosen level would give a wrong one."""
    fates = {}
    for folder in folders:
        fate = folder.fate
        if not fate and found.label is not None:
            place = found.label.level + (len(folder.path) if found.label.level < 0 else 0)
            has_label = 0 <= place < len(folder.path)
            if has_label and (not folder.rest or place != folder.rest[0]):
                fate = "Not in the folder of a class"
        fates[folder.path] = fate
    found.unlabelled = prefixes({path: fate == "unlabelled" for path, fate in fates.items()})
    reasons = dict.fromkeys(fate for fate in fates.values() if fate not in ("", "unlabelled"))
    found.left_out = tuple(
        LeftOut(path=prefix, reason=reason)
        for reason in reasons
        for prefix in prefixes({path: fate == reason for path, fate in fates.items()})
    )
    if found.unlabelled:
        found.reasons["unlabelled"] = f"The files in {listed(found.unlabelled)} have no label"


def prefixes(chosen: Mapping[_Path, bool]) -> tuple[str, ...]:
    """The fewest paths that name all chosen folders and no other; “a/*” names the files in “a” itself."""
    mixed = {path[:length] for path, its in chosen.items() if not its for length in range(len(path) + 1)}
    found: dict[str, None] = {}
    for path, its in chosen.items():
        if its:
            whole = next((path[:length] for length in range(1, len(path) + 1) if path[:length] not in mixed), None)
            found["/".join(whole) if whole else "/".join((*path, "*"))] = None
    return tuple(found)


def _splits_in_words(splits: Mapping[str, str]) -> str:
    return "; ".join(f"“{name}” is {split}" for name, split in splits.items())
