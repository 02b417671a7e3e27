"""What would come of a reading, and what could be chosen instead: plain data for a page or a terminal."""

from collections import Counter, defaultdict
from collections.abc import Container, Sequence
from functools import cached_property

from tlcore.datasets.dataset import SPLITS
from tlcore.datasets.filenames import in_natural_order, suffix
from tlcore.datasets.importing.assign import Assignment
from tlcore.datasets.importing.metadata import kind_of
from tlcore.datasets.importing.proposing.annotations import is_mask, masks_among
from tlcore.datasets.importing.proposing.folders import FolderReading, read_folders
from tlcore.datasets.importing.proposing.groups import Suggestion
from tlcore.datasets.importing.reading import Reading, group_column_of, plain_where
from tlcore.datasets.importing.scan import Scan
from tlcore.datasets.importing.tables.columns import Columns
from tlcore.datasets.importing.tables.formats import open_choices
from tlcore.datasets.sources.encodings import decide_encoding
from tlcore.modalities import Modality, modalities

_EXAMPLES = 3
_MOST_NAMES = 50
_MOST_COLUMNS = 200
_MOST_FOLDERS = 500
_MOST_SPLITS = 100
_LONGEST = 100  # characters of a sample


def outline_of(reading: Reading, assigned: Assignment, scan: Scan, tables: Container[str]) -> dict:
    """What would come of a reading, as `Proposal.outline` has it.

    Args:
        reading: the reading.
        assigned: what it says of each file.
        scan: the source.
        tables: the paths of the tables that are used, or of which it is said why not.
    """
    classes: dict[str, list[str]] = defaultdict(list)
    splits, groups = Counter(), Counter()
    places = list(assigned.examples)
    for place in places:
        classes[assigned.labels[place]].append(assigned.names[place])
        splits[assigned.splits[place]] += 1
        groups[assigned.groups[place]] += 1
    left_out = dict(assigned.left_out)
    left_out[f"They are not {scan.modality.noun.many}"] = [name for name in scan.others if name not in tables]
    del splits[""], groups[""]
    return {
        "classes": {name: _counted(classes[name]) for name in in_natural_order(classes)},
        "splits": {split: splits[split] for split in SPLITS if split in splits and len(splits) > 1},
        "groups": {"name": group_column_of(reading), "count": len(groups), "examples": list(groups)[:_EXAMPLES]}
        if reading.group
        else None,
        "metadata": {
            name: _described([values[place] for place in places], name == group_column_of(reading))
            for name, values in assigned.metadata.items()
        },
        "files": len(scan.items),
        "unlabelled": len(assigned.unlabelled),
        "left_out": [{"reason": reason, **_counted(names)} for reason, names in left_out.items() if names],
    }


def _described(values: Sequence[str], is_group: bool) -> dict:
    kind = "category" if is_group else kind_of(values).name
    return {
        "kind": "category" if kind == "text" else kind,
        "samples": [value[:_LONGEST] for value in dict.fromkeys(filter(None, values))][:_EXAMPLES],
        "missing": sum(not value for value in values),
    }


def options_of(
    reading: Reading,
    scan: Scan,
    used: Container[str],
    tables: Sequence[Columns],
    suggestions: Sequence[Suggestion],
    assigned: Assignment,
) -> dict:
    """What could be chosen instead, as `Proposal.options` has it.

    Args:
        reading: what is proposed.
        scan: the source.
        used: the paths of the tables that are used.
        tables: those that could be read.
        suggestions: what may be a group.
        assigned: what the reading says of each file.
    """
    folders = _Folders(scan.items)
    found = [
        {
            "path": each.table.path,
            "rows": each.table.rows,
            "encoding": each.table.encoding,
            "delimiter": each.table.delimiter,
            "header": each.table.header,
            "file": each.file,
            "open": list(open_choices(each.table.path)),
            "encodings": _encodings(scan.tables.get(each.table.path, b""), each.table.path),
            "used": each.table.path in used,
            "problem": scan.problems.get(each.table.path, ""),
            "columns": {
                name: [value[:_LONGEST] for value in dict.fromkeys(filter(None, values[:200]))][:_EXAMPLES]
                for name, values in list(zip(each.table.columns, each.table.values, strict=True))[:_MOST_COLUMNS]
            },
        }
        for each in tables
    ]
    read = {each["path"] for each in found}
    found += [
        {"path": path, "rows": 0, "encoding": "", "delimiter": "", "header": True, "file": "",
         "open": list(open_choices(path)), "encodings": _encodings(scan.tables.get(path, b""), path),
         "used": path in used, "problem": why, "columns": {}}
        for path, why in scan.problems.items() if path not in read
    ]  # fmt: skip
    return {
        "modalities": {modality.name: count for modality, count in _modalities(scan).items()},
        "levels": _levels(scan.items),
        "tables": found,
        "encodings": dict(scan.listing.encodings),
        "groups": [
            {
                "where": plain_where(each.where),
                "name": each.name,
                "count": len(each.groups),
                "examples": each.groups[:_EXAMPLES],
            }
            for each in suggestions
        ],
        "splits": dict(assigned.written_splits.most_common(_MOST_SPLITS)) if reading.split else {},
        "folders": {path: folders.count(path) for path in in_natural_order(folders.whole)[:_MOST_FOLDERS] if path},
        "left_out": _may_be_left_out(reading, scan, folders),
        "unlabelled": {
            path: folders.count(path) for path in dict.fromkeys((*reading.unlabelled, *folders.read.unlabelled))
        },
    }


class _Folders:
    """The folders of a source, and how many files lie in each."""

    def __init__(self, names: Sequence[str]):
        self._names = set(names)
        self._direct = Counter(name.rpartition("/")[0] for name in names)
        self.whole: Counter = Counter()
        for folder, count in self._direct.items():
            while folder:
                self.whole[folder] += count
                folder = folder.rpartition("/")[0]

    def count(self, path: str) -> int:
        """How many files a path of a reading names: a folder, the files of “folder/*” itself, or a file."""
        if path.endswith("/*"):
            return self._direct[path[:-2]]
        return self.whole[path] or int(path in self._names)

    @cached_property
    def read(self) -> FolderReading:
        return read_folders(self._direct)


def _may_be_left_out(reading: Reading, scan: Scan, folders: _Folders) -> list[dict]:
    """What a reading leaves out, and what one made from the folders alone would."""
    all_of_them = (*masks_among(scan.items), *folders.read.left_out, *reading.left_out)
    found = {(each.path, each.kind): each for each in all_of_them}
    return [
        {"path": each.path, "kind": each.kind, "reason": each.reason,
         "files": folders.count(each.path) if each.path else sum(map(is_mask, scan.items))}
        for each in found.values()
    ]  # fmt: skip


def _modalities(scan: Scan) -> dict[Modality, int]:
    """The kinds of data that the source has files of."""
    suffixes = Counter(suffix(name) for name in (*scan.items, *scan.others))
    counts = {each: sum(suffixes[ending] for ending in each.suffixes) for each in modalities()}
    return {each: count for each, count in counts.items() if count or each is scan.modality}


def _encodings(content: bytes, path: str) -> dict[str, str]:
    """The encodings that a table may be in, the likeliest first, each with a few words decoded so."""
    if "encoding" not in open_choices(path):
        return {}
    decided = decide_encoding(content)
    return decided.alternatives or {decided.name: ""}


def _levels(names: Sequence[str]) -> list[dict]:
    """The folders at each level, from the outermost; from the innermost too where files lie at unlike depths."""
    folders = Counter(name.rpartition("/")[0] for name in names)
    levels: dict[int, Counter] = defaultdict(Counter)
    depths = set()
    for folder, count in folders.items():
        parts = folder.split("/") if folder else []
        depths.add(len(parts))
        for level, part in enumerate(parts):
            levels[level][part] += count
            levels[level - len(parts)][part] += count
    order = sorted(level for level in levels if level >= 0)
    if len(depths) > 1:
        order += sorted((level for level in levels if level < 0), reverse=True)
    return [{"level": level, "count": len(levels[level]), "names": dict(levels[level].most_common(_MOST_NAMES))}
            for level in order]  # fmt: skip


def _counted(names: Sequence[str]) -> dict:
    return {"files": len(names), "examples": list(names[:_EXAMPLES])}
