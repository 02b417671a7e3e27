"""Which columns of tables are kept with the examples, and which of them look like groups."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from tlcore.base.formatting import listed
from tlcore.datasets.dataset import COLUMNS
from tlcore.datasets.importing import metadata
from tlcore.datasets.importing.assign import JoinedTables
from tlcore.datasets.importing.proposing.groups import looks_like_group
from tlcore.datasets.importing.reading import Column, Where
from tlcore.modalities import modalities

_MOST_COLUMNS = 300  # of tables that are looked at


class MetadataColumns(NamedTuple):
    """What becomes of the columns of tables.

    Attributes:
        kept: where each column that is kept comes from, by its name.
        reasons: why columns are not kept, or not as they seem.
        like_groups: the texts of the examples in columns that look like groups, by name.
    """

    kept: dict[str, Where]
    reasons: dict[str, str]
    like_groups: dict[str, list[str]]


def metadata_columns(
    joined: JoinedTables,
    used: Collection[Where | None],
    places: Sequence[int],
    labels: Sequence[str],
    kept: Mapping[str, Where],
) -> MetadataColumns:
    """Chooses among the columns of tables.

    Args:
        joined: the tables that are used.
        used: what is no metadata: the label, the split, names of files.
        places: of the examples among the files.
        labels: their classes.
        kept: what is kept already, by name.
    """
    found = MetadataColumns(dict(kept), {}, {})
    dropped = defaultdict(list)
    for name in joined.columns[:_MOST_COLUMNS]:
        if Column(name) in used:
            continue
        column = joined.column(name)
        values = [column[place] for place in places]
        kind = metadata.kind_of(values)
        if looks_like_group(name, values, labels):
            found.like_groups[name] = values
        if kind.name == "text" and name not in found.like_groups:
            dropped[kind.note].append(name)
        elif len(found.kept) >= metadata.MOST_COLUMNS:
            dropped[f"only {metadata.MOST_COLUMNS} columns are kept"].append(name)
        else:
            found.kept[_free_name(name, found.kept)] = Column(name)
            if kind.note:
                found.reasons[f"metadata.{name}"] = f"“{name}” is kept as a category: {kind.note}"
    if len(joined.columns) > _MOST_COLUMNS:
        dropped[f"only the first {_MOST_COLUMNS} columns are read"] += joined.columns[_MOST_COLUMNS:]
    for why, names in dropped.items():
        found.reasons[f"metadata, {why}"] = f"Columns not kept: {listed(names, 10, 40)} ({why})"
    return found


def _free_name(name: str, taken: Mapping[str, object]) -> str:
    """A name for a column that no other column of examples has."""
    facts = [fact.name for modality in modalities() for fact in modality.facts]
    while name in taken or name in (*COLUMNS, *facts):
        name = f"{name} (table)"
    return name
