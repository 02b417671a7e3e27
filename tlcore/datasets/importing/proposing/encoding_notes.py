"""What names and tables that are not in UTF-8 are decoded as, in words, and what decided it."""

from collections.abc import Iterable

from tlcore.datasets.importing.scan import Scan
from tlcore.datasets.importing.tables.table import Table
from tlcore.datasets.sources.encodings import CHOSEN, Encoding, choose_encoding, decide_encoding

_UTF_8 = ("", "utf-8", "utf-8-sig")  # of which ASCII is a part


def encoding_notes(scan: Scan, tables: Iterable[Table]) -> dict[str, str]:
    """A sentence for the names and one for each such table, by the part of the reading that it explains.

    Args:
        scan: the source.
        tables: those that are used.
    """
    listing, notes = scan.listing, {}
    if listing.encodings and listing.encoding not in _UTF_8:
        names = Encoding(listing.encoding, listing.encoding_reason, listing.encodings)
        notes["encoding"] = _said("The file names are", names)
        if names.reason != CHOSEN:
            notes["encoding"] += ". If they look wrong, choose another encoding (`--encoding` on the command line)"
    for table in tables:
        if table.encoding not in _UTF_8:
            decided = choose_encoding(decide_encoding(scan.tables[table.path]), table.encoding)
            notes[f"encoding of {table.path}"] = _said(f"The table {table.path} is", decided)
    return notes


def _said(what: str, encoding: Encoding) -> str:
    sample = encoding.alternatives.get(encoding.name)
    example = f" (for example, “{sample}”)" if sample else ""
    return f"{what} decoded as {encoding.name}{example}. {encoding.reason.rstrip('.')}"
