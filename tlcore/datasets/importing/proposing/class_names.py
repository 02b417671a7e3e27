"""Names for classes: lists of them beside integer labels, tables of codes, and one class written in two ways."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from tlcore.datasets.importing.tables.table import Table


def names_from_tables(labels: Iterable[str], tables: Sequence[Table]) -> tuple[dict[str, str], str]:
    """What codes stand for, where a table says so: each label's name, and the table's path; else nothing.

    A list of as many names as there are integer labels, from 0 or 1 on, gives each its name; so does a table with a
    column that holds every label once, and another of as many different texts.

    Args:
        labels: those that there are.
        tables: those that name no files.
    """
    labels = set(labels)
    if len(labels) < 2:
        return {}, ""
    for table in tables:
        read = [table] if table.is_certain else [table.without_header(), table]
        found = next(filter(None, (_from_codes(labels, each) or _from_list(labels, each) for each in read)), {})
        if found:
            return found, table.path
    return {}, ""


def _from_list(labels: set[str], table: Table) -> dict[str, str]:
    if not all(label.isascii() and label.isdigit() and len(label) < 6 for label in labels):
        return {}
    numbers = {label: int(label) for label in labels}
    if len(table.columns) > 1 and table.delimiter != " ":
        return {}
    names = [" ".join(filter(None, row)) for row in zip(*table.values, strict=True)]
    first = 0 if min(numbers.values()) == 0 or len(names) > max(numbers.values()) else 1
    if len(names) == max(numbers.values()) + 1 - first and len(set(names)) == len(names):
        return {label: names[number - first] for label, number in numbers.items()}
    return {}


def _from_codes(labels: set[str], table: Table) -> dict[str, str]:
    if table.rows > 20 * len(labels) + 1000:
        return {}
    for codes in table.values:
        if len(set(codes)) == len(codes) and labels <= set(codes):
            for names in table.values:
                is_code = names is codes or all(_is_number(name) for name in names)
                if not is_code and all(names) and len(set(names)) == len(names):
                    of = dict(zip(codes, names, strict=True))
                    return {label: of[label] for label in labels}
    return {}


def merges(counts: Mapping[str, int]) -> dict[str, str]:
    """The labels that differ from a more frequent one by capitals, blanks or underscores alone, each with that one.

    Single letters are left as they are: “a” and “A” may well be two classes.

    Args:
        counts: how many files have each label.
    """
    alike: dict[str, list[str]] = {}
    for label in counts:
        if len(label) > 1 and any(letter.isalpha() for letter in label):
            alike.setdefault("".join(label.casefold().replace("_", " ").replace("-", " ").split()), []).append(label)
    order = Counter(counts)
    found = {}
    for same in alike.values():
        if len(same) > 1:
            best = max(same, key=lambda label: (order[label], label.islower(), label))
            found |= {label: best for label in same if label != best}
    return found


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
