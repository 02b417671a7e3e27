"""What was found wrong with files, gathered for the table that people read."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from tlcore.datasets.dataset import Problem

_MOST_FILES = 1000  # that one problem names
KINDS = (  # the gravest first
    "edited",
    "reading",
    "lost class",
    "untrained class",
    "empty split",
    "group leak",
    "conflicting duplicates",
    "conflicting labels",
    "unreadable",
    "duplicates",
    "missing",
    "ambiguous",
    "without label",
    "unlabelled",
    "left out",
    "table",
    "columns",
    "encoding",
    "splits",
    "group",
    "values",
    "small class",
    "imbalance",
    "ignored",
)
_SMALL = 5
_UNEVEN = 3


def problem(kind: str, files: Sequence[str], action: str, kept: Sequence[str] = ()) -> list[Problem]:
    """One problem that these files have, or none where there are no files.

    Args:
        kind: one of `KINDS`.
        files: their names.
        action: what was done, or what to do.
        kept: of duplicates, the file that is kept instead of each.
    """
    if not files:
        return []
    if len(files) > _MOST_FILES:
        action += f". These are the first {_MOST_FILES:,} of {len(files):,}"
    return [Problem(kind, tuple(files[:_MOST_FILES]), action, tuple(kept[:_MOST_FILES]))]


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The gravest first."""
    return tuple(sorted(problems, key=lambda each: KINDS.index(each.kind)))


def by_reason(kind: str, reasons: Mapping[str, str], done: str) -> list[Problem]:
    """Files by the reason why something was done with them, such as that they were left out."""
    names = defaultdict(list)
    for name, reason in reasons.items():
        names[reason].append(name)
    return [each for reason, its in names.items() for each in problem(kind, its, f"{done}: {reason}")]


def class_sizes(labels: Sequence[str], names: Sequence[str]) -> list[Problem]:
    """Classes with few examples, and classes of very unlike sizes.

    Args:
        labels: each example's class.
        names: each example's source name.
    """
    counts = Counter(labels).most_common()
    small = {label: [] for label, count in counts if count < _SMALL}
    for name, label in zip(names, labels, strict=True):
        if label in small:
            small[label].append(name)
    found = []
    for label, files in small.items():
        found += problem(
            "small class",
            files,
            f"“{label}” has only {len(files)} examples: its metrics are unreliable. Add more if you can",
        )
    (largest, most), (smallest, least) = counts[0], counts[-1]
    if most >= _UNEVEN * least:
        action = (
            f"“{largest}” has {most:,} examples, “{smallest}” {least:,}: accuracy favours the large class. "
            "Read macro F1 too, and consider balanced class weights"
        )
        found.append(Problem("imbalance", (), action))
    return found
