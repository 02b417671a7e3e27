"""Tables written as JSON: lines of objects, lists of them, and what annotation tools export."""

import json
from collections.abc import Iterator, Mapping

from tlcore.datasets.importing.tables.table import NoTable, Table, of_rows


def read(path: str, text: str, encoding: str) -> Table:
    """A table from JSON, or from a line of JSON a row.

    Raises:
        NoTable: it is something else.
        ValueError: it is no JSON.
    """
    if path.casefold().endswith((".jsonl", ".ndjson")):
        found = [json.loads(line) for line in text.splitlines() if line.strip()]
    else:
        found = json.loads(text)
    return of_rows(path, (_flat(row) for row in _rows(found)), encoding)


def class_names(features: bytes) -> dict[str, list[str]]:
    """The names that Hugging Face's description of a table gives to the numbers in its columns, by column."""
    try:
        described = json.loads(features or b"{}")["info"]["features"]
        return {
            column: [str(name) for name in feature["names"]]
            for column, feature in described.items()
            if isinstance(feature, dict) and isinstance(feature.get("names"), list)
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def named(value: str, names: list[str] | None) -> str:
    """What a number in a column with names stands for."""
    return names[int(value)] if names and value.isascii() and value.isdigit() and int(value) < len(names) else value


def _rows(found: object) -> Iterator[Mapping]:
    if isinstance(found, list):
        rows = found
    elif not isinstance(found, dict):
        raise NoTable("it is not a table")
    elif all(isinstance(found.get(key), list) for key in ("images", "annotations")):
        rows = _of_coco(found)
    else:
        rows = _of_object(found)
    rows = [row for row in rows if isinstance(row, dict)]
    if not rows:
        raise NoTable("it is not a table")
    return iter(rows)


def _of_object(found: dict) -> list:
    """Rows of an object that holds a list of them, or an entry for each file or for each class."""
    lists = [value for value in found.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
    if lists:
        return max(lists, key=len)
    if found and all(isinstance(value, dict) for value in found.values()):
        return [{"file": name, **value} for name, value in found.items()]
    if found and all(isinstance(value, str | int) for value in found.values()):
        return [{"file": name, "label": value} for name, value in found.items()]
    if found and all(isinstance(value, list) for value in found.values()):
        return [
            {"file": file, "label": name} for name, files in found.items() for file in files if isinstance(file, str)
        ]
    return []


def _of_coco(found: dict) -> list:
    """A row for each image with its category, from what COCO's tools write; boxes are named as a column."""
    names = {
        each.get("id"): each.get("name")
        for each in found.get("categories") or []
        if isinstance(each, dict) and isinstance(each.get("id"), int | str)
    }
    images = {
        each.get("id"): each
        for each in found["images"]
        if isinstance(each, dict) and isinstance(each.get("id"), int | str)
    }
    rows = []
    for each in found["annotations"]:
        image = images.get(each.get("image_id")) if isinstance(each, dict) else None
        if image is not None:
            row = {key: value for key, value in image.items() if key not in ("id", "width", "height", "license")}
            row["category"] = names.get(each.get("category_id"), each.get("category_id"))
            if each.get("bbox"):
                row["bbox"] = json.dumps(each["bbox"])
            rows.append(row)
    return rows


def _flat(row: Mapping, before: str = "", depth: int = 0) -> dict[str, object]:
    """A row without objects in it: “label.name” is what “name” is in “label”."""
    found: dict[str, object] = {}
    for key, value in row.items():
        name = f"{before}{key}"
        if isinstance(value, dict) and depth < 3:
            found |= _flat(value, f"{name}.", depth + 1)
        elif isinstance(value, list | dict):
            found[name] = json.dumps(value, ensure_ascii=False) if value else None
        else:
            found[name] = value
    return found
