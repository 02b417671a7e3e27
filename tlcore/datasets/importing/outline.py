"""What would come of a reading, and what could be chosen instead: plain data for a page or a terminal."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from tlcore.datasets.importing.assign import Assignment
from tlcore.datasets.importing.columns import Columns
from tlcore.datasets.importing.reading import Reading
from tlcore.datasets.importing.scan import Scan
from tlcore.datasets.names import in_natural_order

_EXAMPLES = 3
_MOST_NAMES = 50


def outline_of(reading: Reading, assigned: Assignment, scan: Scan) -> dict:
    """What would come of a reading, as `Proposal.outline` has it."""
    classes: dict[str, list[str]] = defaultdict(list)
    splits, groups = Counter(), Counter()
    places = list(assigned.examples)
    for place in places:
        classes[assigned.labels[place]].append(assigned.names[place])
        splits[assigned.splits[place]] += 1
        groups[assigned.groups[place]] += 1
    left_out = dict(assigned.left_out)
    if scan.others:
        left_out["They are no pictures"] = [name for name in scan.others if not _is_used(name, reading)]
    del splits[""], groups[""]
    return {
        "classes": {name: _counted(classes[name]) for name in in_natural_order(classes)},
        "splits": {split: splits[split] for split in ("train", "val", "test") if len(splits) > 1},
        "groups": {"count": len(groups), "examples": list(groups)[:_EXAMPLES]} if reading.group else None,
        "metadata": {
            name: {
                "kind": "category",
                "samples": list(dict.fromkeys(values[place] for place in places if values[place]))[:_EXAMPLES],
                "missing": sum(not values[place] for place in places),
            }
            for name, values in assigned.metadata.items()
        },
        "unlabelled": len(assigned.unlabelled),
        "left_out": [{"reason": reason, **_counted(names)} for reason, names in left_out.items() if names],
    }


def options_of(reading: Reading, scan: Scan, tables: Sequence[Columns]) -> dict:
    """What could be chosen instead, as `Proposal.options` has it."""
    used = {table.path for table in reading.tables}
    found = [
        {
            "path": each.table.path,
            "rows": each.table.rows,
            "encoding": each.table.encoding,
            "delimiter": each.table.delimiter,
            "header": each.table.header,
            "used": each.table.path in used,
            "problem": "",
            "columns": {name: list(dict.fromkeys(filter(None, each.table.column(name)[:200])))[:_EXAMPLES]
                        for name in each.table.columns},
        }
        for each in tables
    ]  # fmt: skip
    return {
        "levels": _levels(scan.pictures),
        "tables": found,
        "encodings": dict(scan.listing.encodings),
        "groups": [],
    }


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


def _is_used(name: str, reading: Reading) -> bool:
    return any(table.path == name for table in reading.tables)


def _counted(names: Sequence[str]) -> dict:
    return {"files": len(names), "examples": list(names[:_EXAMPLES])}
