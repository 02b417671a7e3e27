"""A proposed reading, with what it rests on and what would come of it."""

from dataclasses import dataclass, field

from tlcore.datasets.importing.reading import Reading


@dataclass(frozen=True)
class Proposal:
    """A reading of a source, before anything of it is stored.

    Attributes:
        reading: how the source would be read.
        reasons: why, a sentence for each part of the reading that there is something to say about.
        doubts: what a person should look at before the import; empty where one click does.
        outline: what would come of it: `classes` ({name: {"files": count, "examples": three names}}), `splits`
            ({split: count}, empty where none is given), `groups` (None, or {"name", "count", "examples"}),
            `metadata` ({name: {"kind": "number", "date" or "category", "samples", "missing": count}}), `files` (how
            many may be pictures), `unlabelled` (count), `left_out` ([{"reason", "files": count, "examples"}]).
        options: what can be chosen instead: `modalities` ({name: files}), `levels` ([{"level", "count": of names,
            "names": {name: files}}]), `tables` ([{"path", "rows", "encoding", "delimiter", "header", "file", "open":
            which of these its format leaves open, "encodings": {encoding: words decoded so}, "used", "problem": why it
            is not used, or "", "columns": {name: samples}}]), `encodings` ({encoding: a name decoded so}), `groups`
            ([{"where", "name", "count", "examples"}]: what may be a group; no two have the same `where` or `name`),
            `splits` ({what is written: files}), `folders` ({path: files}), `left_out` ([{"path", "kind", "reason",
            "files"}]) and `unlabelled` ({path: files}): what is left out or unlabelled, or could well be.
    """

    reading: Reading
    reasons: dict[str, str] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()
    outline: dict = field(default_factory=dict)
    options: dict = field(default_factory=dict)

    def to_dict(self) -> dict:
        """Plain data; under `reading` what `Reading.from_dict` reads."""
        return {
            "reading": self.reading.to_dict(),
            "reasons": dict(self.reasons),
            "doubts": list(self.doubts),
            "outline": self.outline,
            "options": self.options,
        }
