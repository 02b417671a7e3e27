"""How a source is read, as plain data: where the class, the split, the group and other columns come from."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from tlcore.base.errors import UserError
from tlcore.datasets.dataset import COLUMNS
from tlcore.modalities import MODALITIES, modality_of

MEANINGS = ("train", "val", "test", "unlabelled")  # what a written split may mean
_LONGEST_PATTERN = 500


@dataclass(frozen=True)
class Level:
    """A folder on a file's path: 0 is the outermost, −1 the one that the file lies in."""

    level: int


@dataclass(frozen=True)
class Column:
    """A column of the tables."""

    column: str


@dataclass(frozen=True)
class OneHot:
    """Columns of which one is 1 in each row: its name is the value."""

    columns: tuple[str, ...]


@dataclass(frozen=True)
class Pattern:
    """A regular expression searched in a file's path; its first group is the value."""

    pattern: str


Where = Level | Column | OneHot | Pattern


def said(where: Column | OneHot) -> str:
    """The names of columns, as a sentence has them."""
    names = where.columns[:5] if isinstance(where, OneHot) else (where.column,)
    return ", ".join(f"“{name[:80]}”" for name in names)


_KINDS = {"level": Level, "column": Column, "columns": OneHot, "pattern": Pattern}
_NAMES = {kind: name for name, kind in _KINDS.items()}


@dataclass(frozen=True)
class TableReading:
    """How one table is read.

    Attributes:
        path: where it lies in the source.
        folder: the folder whose files its rows speak for; "" for all.
        encoding: of its text; "" for formats that say it themselves, or to find out.
        delimiter: what parts its columns; "" for formats without one, or to find out.
        header: whether its first row names the columns; else they are called "column 1", "column 2", …. None finds out.
        file: the column that names files; "" finds out.
        columns: the other columns that can be used, in order; empty for all.
    """

    path: str
    folder: str = ""
    encoding: str = ""
    delimiter: str = ""
    header: bool | None = True
    file: str = ""
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class LeftOut:
    """What is left out on purpose: a file or folder by its path, or a kind of file ("masks"), and why."""

    path: str = ""
    kind: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Reading:
    """How a source is read.

    Attributes:
        modality: what the files are.
        encoding: of the names in the archive; "" where they need none.
        tables: those that are used.
        label: where the class comes from; None where nothing gives it.
        split: where the split comes from; None where none is given.
        group: where the group comes from, whose examples never straddle splits; None for none.
        metadata: where each further column of the examples comes from, by its name.
        splits: what each split's name, as it is written, means: "train", "val", "test" or "unlabelled".
        classes: the class that a label, as it is written, belongs to, where that is another name.
        left_out: what is left out on purpose.
        unlabelled: files and folders, by path, that are kept without a label.
    """

    modality: str = MODALITIES[0]
    encoding: str = ""
    tables: tuple[TableReading, ...] = ()
    label: Where | None = None
    split: Where | None = None
    group: Where | None = None
    metadata: Mapping[str, Where] = field(default_factory=dict)
    splits: Mapping[str, str] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()
    unlabelled: tuple[str, ...] = ()

    def to_dict(self) -> dict:
        """Plain data that `from_dict` reads."""
        return {each.name: _plain(getattr(self, each.name)) for each in fields(self)}

    @classmethod
    def from_dict(cls, data: object, *, base: "Reading | None" = None) -> "Reading":
        """A reading from plain data.

        Args:
            data: what `to_dict` gives, or a part of it.
            base: where parts that are not given come from; by default they are empty.

        Raises:
            UserError: a key is unknown or a value doesn't fit, by name.
        """
        if not isinstance(data, dict):
            raise _wrong("the reading", "one JSON object", data)
        _check_keys(data, [each.name for each in fields(cls)], "")
        return replace(base or cls(), **{key: _PARTS[key](value, key) for key, value in data.items()})


def open_parts(reading: "Reading | Mapping | str | Path") -> dict[str, object]:
    """The parts that a reading gives, by name: all of a `Reading`, of plain data or a JSON file those that are there.

    Raises:
        UserError: the file can't be read, or holds no reading.
    """
    if isinstance(reading, Reading):
        return dict(vars(reading))
    data = dict(reading) if isinstance(reading, Mapping) else _load(reading)
    if isinstance(data, dict) and isinstance(data.get("reading"), dict):  # a whole proposal, as --dry-run prints it
        data = data["reading"]
    read = Reading.from_dict(data)
    return {name: getattr(read, name) for name in data}


def _load(path: str | Path) -> object:
    try:
        return json.loads(Path(path).expanduser().read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(
            "The reading can't be opened", f"{path}: {error.strerror}", "Give the path of a JSON file"
        ) from None
    except (ValueError, RecursionError) as error:
        raise UserError(
            "The reading is not JSON", f"{path}: {error}", "Start from what `import --dry-run --json` prints"
        ) from None


def settled(reading: Reading) -> Reading:
    """The same with its group among the metadata, nothing among them that is the label or the split, and no name that
    every dataset has a column of.
    """
    own = {*COLUMNS, *(fact.name for fact in modality_of(reading.modality).facts)}
    metadata = {}
    for name, where in reading.metadata.items():
        if where not in (reading.label, reading.split):
            while name in own or name in metadata:
                name = f"{name} (table)"
            metadata[name] = where
    if reading.group is not None and reading.group not in metadata.values():
        name = reading.group.column if isinstance(reading.group, Column) else "group"
        while name in metadata or name in own:
            name = f"{name}, the group"
        metadata[name] = reading.group
    return replace(reading, metadata=metadata)


def group_column_of(reading: Reading) -> str:
    """The name of the metadata column that is the group of a settled reading; "" for none."""
    return next((name for name, where in reading.metadata.items() if where == reading.group), "")


def plain_where(where: Where) -> dict:
    """Where something comes from, as plain data."""
    return _plain(where)


def _plain(value: object) -> object:
    if type(value) in _NAMES:
        kind = _NAMES[type(value)]
        return {"from": kind, kind: _plain(getattr(value, kind))}
    if isinstance(value, TableReading):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, LeftOut):
        return {each.name: getattr(value, each.name) for each in fields(value) if getattr(value, each.name)}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return value


def _text(value: object, key: str) -> str:
    if not isinstance(value, str):
        raise _wrong(key, "a string", value)
    return value


def _texts(value: object, key: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise _wrong(key, "a list of strings", value)
    return tuple(_text(each, key) for each in value)


def _where(value: object, key: str) -> Where:
    if type(value) in _NAMES:
        return value
    kind = value.get("from") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in _KINDS:
        raise _wrong(
            key,
            'an object such as {"from": "level", "level": 0}, with level, column, columns or pattern as “from”',
            value,
        )
    _check_keys(value, ["from", kind], key)
    what, key = value.get(kind), f"{key}.{kind}"
    if kind == "level":
        if not isinstance(what, int) or isinstance(what, bool) or abs(what) > 1000:
            raise _wrong(key, "a whole number: 0 for the outermost folder, -1 for the innermost", what)
    elif kind == "columns":
        what = _texts(what, key)
    elif len(_text(what, key)) > _LONGEST_PATTERN:
        raise _wrong(key, f"at most {_LONGEST_PATTERN} characters", what)
    return _KINDS[kind](what)


def _where_or_none(value: object, key: str) -> Where | None:
    return None if value is None else _where(value, key)


def _metadata(value: object, key: str) -> dict[str, Where]:
    return {name: _where(each, f"{key}.{name}") for name, each in _mapping(value, key).items()}


def _splits(value: object, key: str) -> dict[str, str]:
    for name, meaning in _mapping(value, key).items():
        if meaning not in MEANINGS:
            raise _wrong(f"{key}.{name}", f"one of {', '.join(MEANINGS)}", meaning)
    return dict(value)


def _classes(value: object, key: str) -> dict[str, str]:
    return {name: _text(each, f"{key}.{name}") for name, each in _mapping(value, key).items()}


def _mapping(value: object, key: str) -> Mapping:
    if not isinstance(value, Mapping):
        raise _wrong(key, "an object", value)
    return value


def _tables(value: object, key: str) -> tuple[TableReading, ...]:
    if not isinstance(value, list | tuple):
        raise _wrong(key, "a list of tables", value)
    return tuple(each if isinstance(each, TableReading) else _table(each, key) for each in value)


def _table(value: object, key: str) -> TableReading:
    if not isinstance(value, dict) or "path" not in value:
        raise _wrong(key, "a list of objects, each with a path", value)
    _check_keys(value, [each.name for each in fields(TableReading)], key)
    if not isinstance(value.get("header"), bool | None):
        raise _wrong(f"{key}.header", "true or false", value["header"])
    read = {"header": lambda given, _: given, "columns": _texts}
    given = {name: read.get(name, _text)(each, f"{key}.{name}") for name, each in value.items()}
    return TableReading(**{"folder": given["path"].rpartition("/")[0], "header": None} | given)


def _left_out(value: object, key: str) -> tuple[LeftOut, ...]:
    if not isinstance(value, list | tuple):
        raise _wrong(key, "a list", value)
    found = []
    for each in value:
        if isinstance(each, dict):
            _check_keys(each, [one.name for one in fields(LeftOut)], key)
            each = LeftOut(**{name: _text(text, f"{key}.{name}") for name, text in each.items()})
        if not isinstance(each, LeftOut) or bool(each.path) == bool(each.kind) or each.kind not in ("", "masks"):
            raise _wrong(key, 'a list of objects, each with a path or with "kind": "masks"', each)
        found.append(each)
    return tuple(found)


def _check_keys(value: dict, known: list[str], key: str) -> None:
    unknown = sorted(str(each)[:80] for each in value if each not in known)
    if unknown:
        raise UserError(
            "The reading has unknown parts",
            ", ".join(f"{key}.{each}" if key else each for each in unknown),
            f"The parts {f'of {key} ' if key else ''}are: {', '.join(known)}",
        )


def _wrong(key: str, wanted: str, value: object) -> UserError:
    return UserError(
        "The reading has an invalid part",
        f"{key} must be {wanted} (it is {value!r:.60})",
        "Correct it; `import --dry-run --json` prints a valid reading",
    )


_PARTS = {
    "modality": _text,
    "encoding": _text,
    "tables": _tables,
    "label": _where_or_none,
    "split": _where_or_none,
    "group": _where_or_none,
    "metadata": _metadata,
    "splits": _splits,
    "classes": _classes,
    "left_out": _left_out,
    "unlabelled": _texts,
}
