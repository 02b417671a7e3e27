"""What a person has chosen of a reading so far, with one more change: parts that no longer fit are proposed anew."""

import json
from collections.abc import Mapping


def with_change(chosen: Mapping, changed: Mapping, proposal: dict) -> dict:
    """The parts of a reading that are given to the next proposal.

    Args:
        chosen: the parts that were chosen before.
        changed: those that are changed now.
        proposal: what is shown, as `Proposal.to_dict` gives it.
    """
    chosen = dict(chosen)
    if "modality" in changed:
        chosen = {}
    if "encoding" in changed:  # names that are not ASCII are others then
        chosen = {part: value for part, value in chosen.items() if json.dumps(value, ensure_ascii=False).isascii()}
    for part, depends in (("label", "classes"), ("split", "splits")):
        if part in changed:
            chosen.pop(depends, None)
    if "tables" in changed:
        chosen = _without_columns(chosen, changed["tables"], proposal)
        label = proposal["reading"]["label"]
        if label and label["from"] in ("column", "columns"):  # so that it does not move to another column by itself
            chosen = _without_columns({"label": label}, changed["tables"], proposal) | chosen
    return {**chosen, **changed}


def _without_columns(parts: Mapping, tables: list[dict], proposal: dict) -> dict:
    """The parts that come from columns which tables still have."""
    known = {table["path"]: set(table["columns"]) for table in proposal["options"]["tables"]}
    there = set().union(*(known.get(table["path"], ()) for table in tables if table.get("file")))

    def fits(where: dict | None) -> bool:
        needed = set()
        if where and where["from"] in ("column", "columns"):
            needed = {where["column"]} if where["from"] == "column" else set(where["columns"])
        return needed <= there

    kept = dict(parts)
    for part in ("label", "split", "group"):
        if part in kept and not fits(kept[part]):
            kept.pop(part)
            kept.pop({"label": "classes", "split": "splits"}.get(part), None)
    if "metadata" in kept:
        kept["metadata"] = {name: where for name, where in kept["metadata"].items() if fits(where)}
    return kept
