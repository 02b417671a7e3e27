"""Which classes remain when what can't be used is left out, and what is said of those that don't."""

from collections import Counter
from collections.abc import Mapping, Sequence

from tlcore.base.errors import UserError
from tlcore.datasets.dataset import Problem
from tlcore.datasets.filenames import in_natural_order
from tlcore.datasets.importing.deduplicate import Example
from tlcore.datasets.problems import problem

_LAYOUTS = (
    "Put the files of each class into a folder named after it, or add a labels.csv with the columns filename and label"
)
_NO_LOSS = ("ignored", "unlabelled", "left out", "table", "reading")  # problems that take no labelled file away


def check_classes(
    examples: Sequence[Example], found: Sequence[Problem], source: str, unused_tables: Mapping[str, str]
) -> None:
    counts = Counter(example.label for example in examples)
    lost = [f"{each.kind}: {len(each.files):,}" for each in found if each.kind not in _NO_LOSS and each.files]
    lost = f" (left out: {', '.join(lost)})" if lost else ""
    if len(counts) < 2:
        lost += "".join(f"; {path} is not used: {why}" for path, why in list(unused_tables.items())[:3])
        detail = f"“{next(iter(counts))[:80]}” is the only class" if counts else "no file has a class"
        raise UserError("There are fewer than two classes", f"{source[:200]}: {detail}{lost}", _LAYOUTS)
    lone = [label for label, count in counts.items() if count < 2]
    if len(counts) - len(lone) < 2:
        which = ", ".join(f"“{label[:80]}”" for label in lone[:10])
        raise UserError(
            "A class needs at least two examples, one for training and one for testing",
            f"{source[:200]}: only one example in {which}{lost}",
            "Add examples to the class, or remove it",
        )


def drop_singleton_classes(examples: Sequence[Example]) -> tuple[list[Example], list[Problem]]:
    """The examples without those that are the only one of their class."""
    counts = Counter(example.label for example in examples)
    lone = [example.name for example in examples if counts[example.label] < 2]
    action = "Left out: the only example of its class. A class needs at least two; add more"
    return [each for each in examples if counts[each.label] > 1], problem("small class", lone, action)


def without_untrained(examples: Sequence[Example], given: Sequence[str]) -> tuple[list[Example], list[Problem]]:
    """The examples without those of classes that the first given split has none of.

    Raises:
        UserError: fewer than two classes remain.
    """
    trained = {each.label for each in examples if each.split == given[0]}
    untrained = in_natural_order({each.label for each in examples} - trained)
    which = ", ".join(f"“{label[:80]}”" for label in untrained[:10])
    if len(trained) < 2:
        raise UserError(
            "A class has no examples to learn from",
            f"None in train: {which}",
            "Add some to train, or remove the class",
        )
    names = [each.name for each in examples if each.label not in trained]
    found = problem("untrained class", names, f"Left out: train has no example of {which} to learn from")
    return [each for each in examples if each.label in trained], found


def lost_classes(labels: Sequence[str], examples: Sequence[Example]) -> list[Problem]:
    """The classes that files were labelled with and no example is of.

    Args:
        labels: of all labelled files.
        examples: those that are kept.
    """
    counts = Counter(labels)
    lost = in_natural_order(set(counts) - {each.label for each in examples})
    if not lost:
        return []
    which = ", ".join(f"“{label[:80]}” ({counts[label]:,})" for label in lost[:10])
    more = f" and {len(lost) - 10:,} more" if len(lost) > 10 else ""
    one = len(lost) == 1
    whose = "A class is lost because all its" if one else f"{len(lost)} classes are lost because all their"
    action = f"{whose} files are left out: {which}{more}"
    return [Problem("lost class", (), action)]
