"""Examples and unlabelled files as rows of the tables that are stored."""

from collections import Counter
from collections.abc import Mapping, Sequence

import pandas as pd

from tlcore.datasets.dataset import Problem
from tlcore.datasets.filenames import in_natural_order
from tlcore.datasets.importing.assign import Assignment
from tlcore.datasets.importing.deduplicate import Example
from tlcore.datasets.importing.metadata import Kind, kind_of, typed
from tlcore.datasets.importing.reading import Reading, group_column_of
from tlcore.datasets.importing.split_outcome import outcome_of_splits
from tlcore.datasets.importing.validate import ValidFile
from tlcore.datasets.splits import check_groups, complete_two, group_values, stratified


def rows_of_examples(
    examples: Sequence[Example],
    given: Sequence[str],
    assigned: Assignment,
    reading: Reading,
    seed: int,
    fractions: tuple[float, float, float],
) -> tuple[pd.DataFrame, list[Problem]]:
    """The examples, split, as `Dataset.examples` has them, and what is to be said of their splits.

    Args:
        examples: those that are kept.
        given: the splits that were given, in order.
        assigned: what the reading says of each file.
        reading: how the source was read.
        seed: what chance depends on.
        fractions: shares of train, val and test, where no split is given.

    Raises:
        UserError: the group has one value alone.
    """
    class_names = in_natural_order(each.label for each in examples)
    index = {name: label for label, name in enumerate(class_names)}
    column = group_column_of(reading)
    table = _rows([(each.name, each.item) for each in examples], assigned, _kinds(assigned, column))
    groups = group_values(table[column]) if column else None
    if groups:
        check_groups(groups, column)
    splits, found = _split(examples, given, groups, seed, fractions)
    names, labels = [each.name for each in examples], [each.label for each in examples]
    found += outcome_of_splits(names, labels, splits, given, fractions, groups, column)
    table.insert(1, "split", splits)
    table.insert(2, "label", [index[label] for label in labels])
    return table, found


def rows_of_unlabelled(
    examples: Sequence[Example], assigned: Assignment, reading: Reading, valid: Mapping[str, ValidFile]
) -> pd.DataFrame | None:
    """The files without a label that are kept, each once, and none that is an example's too; None for none."""
    seen = {each.item.sha256 for each in examples}
    kept = []
    for name in assigned.unlabelled:
        if name in valid and valid[name].sha256 not in seen:
            seen.add(valid[name].sha256)
            kept.append((name, valid[name]))
    return _rows(kept, assigned, _kinds(assigned, group_column_of(reading))) if kept else None


def _kinds(assigned: Assignment, group: str) -> dict[str, Kind]:
    """What each column of metadata holds, by what it holds of examples."""
    places = list(assigned.examples)
    return {
        name: Kind("category") if name == group else kind_of([values[place] for place in places])
        for name, values in assigned.metadata.items()
    }


def _split(
    examples: Sequence[Example],
    given: Sequence[str],
    groups: list[str] | None,
    seed: int,
    fractions: tuple[float, float, float],
) -> tuple[list[str], list[Problem]]:
    labels = [each.label for each in examples]
    keys = [example.item.sha256 for example in examples]
    if len(given) == 3:
        return [example.split for example in examples], []
    if len(given) == 2:
        splits = complete_two(keys, labels, [example.split for example in examples], given[0], seed, groups)
        action = (
            f"Two splits were given: “{given[0]}” is used for train, and a fifth of it for val; “{given[1]}” is used "
            "for test"
        )
        return splits, [Problem("splits", (), action)]
    return stratified(keys, labels, fractions, seed, groups), []


def _rows(files: Sequence[tuple[str, ValidFile]], assigned: Assignment, kinds: Mapping[str, Kind]) -> pd.DataFrame:
    """A row a file: what is known of it but its split and label."""
    kept = [file for _, file in files]
    table = pd.DataFrame(
        {
            "id": _ids([file.sha256 for file in kept]),
            "sha256": [file.sha256 for file in kept],
            "source_name": [name for name, _ in files],
            "file": [f"files/{file.file}" for file in kept],
            "size": [file.size for file in kept],
            **{fact: [file.facts[fact] for file in kept] for fact in kept[0].facts},
        }
    )
    places = {name: place for place, name in enumerate(assigned.names)}
    rows = [places[name] for name, _ in files]
    columns = {name: typed([values[row] for row in rows], kinds[name]) for name, values in assigned.metadata.items()}
    return pd.concat([table, pd.DataFrame(columns, index=table.index)], axis=1) if columns else table


def _ids(hashes: Sequence[str]) -> list[str]:
    """The first 12 letters of each hash; where these agree, more of them."""
    short = Counter(each[:12] for each in hashes)
    return [each[:12] if short[each[:12]] == 1 else each for each in hashes]
