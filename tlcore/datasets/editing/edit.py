"""One edit of a dataset: what it may be about, and how it comes into force."""

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence

from tlcore.base.errors import UserError
from tlcore.datasets import store
from tlcore.datasets.dataset import Dataset
from tlcore.datasets.versions.edit_log import append, marked, new_entry, read_log
from tlcore.datasets.versions.replay import replay

TAGS = ("tag", "untag")  # the edits that change no example


class Editing:
    """A dataset while nobody else changes it, with its log and its examples."""

    def __init__(self, dataset: Dataset):
        self.dataset = dataset
        self.log = read_log(dataset)
        self._imported = dataset.imported
        self.examples = replay(self._imported, self.log)

    def known(self, ids: Sequence[str]) -> list[str]:
        """The ids, each once.

        Raises:
            UserError: there are none, or one is no example's.
        """
        ids = list(dict.fromkeys(ids))
        if not ids:
            raise UserError("No examples are selected", "There is nothing to do", "Select at least one")
        unknown = [id for id, row in zip(ids, self.examples.rows(ids).tolist(), strict=True) if row < 0]
        if unknown:
            raise UserError(
                "There are no such examples", in_short(unknown), f"Choose examples of “{self.dataset.name}”"
            )
        return ids

    def present(self, ids: Sequence[str]) -> list[str]:
        """The same for examples that must not have been left out."""
        ids = self.known(ids)
        here = self.examples.is_here(self.examples.rows(ids))
        gone = [id for id, is_here in zip(ids, here.tolist(), strict=True) if not is_here]
        if gone:
            raise UserError(
                "These examples are left out of the dataset",
                in_short(gone),
                "Undo that edit first, or choose other examples",
            )
        return ids

    def check_classes(self, names: Sequence[str]) -> None:
        """Raises a `UserError` when the dataset has no such class."""
        if unknown := [name for name in names if name not in self.dataset.class_names]:
            raise UserError(
                "There is no such class",
                f"No class is called “{unknown[0][:80]}”",
                f"The classes are: {', '.join(self.dataset.class_names)[:400]}",
            )

    def add(self, kind: str, by: str, **fields) -> Dataset:
        """Puts the next edit into force."""
        edit = new_entry(self.dataset, kind, by, **fields)
        then = dataclasses.replace(self.dataset, version=edit.id)
        if kind in TAGS:
            append(self.dataset, edit)
            return store.commit(then)
        if kind == "undo":
            self.examples = replay(self._imported, marked([*self.log, edit]))
        else:
            self.examples.apply(edit)
        table, class_names = self.examples.result()
        if len(class_names) < 2:
            raise UserError(
                "Fewer than two classes would be left",
                f"Only “{class_names[0]}” would be left" if class_names else "No examples would be left",
                "Keep examples of at least two classes",
            )
        edit = dataclasses.replace(edit, fingerprint=store.fingerprint(table, class_names))
        append(self.dataset, edit)
        return store.commit(
            dataclasses.replace(
                then, class_names=class_names, fingerprint=edit.fingerprint,
                seed=self.examples.seed, fractions=self.examples.fractions, group_column=self.examples.group,
            ),
            table,
        )  # fmt: skip


@contextlib.contextmanager
def editing(dataset: Dataset) -> Iterator[Editing]:
    """Holds a dataset still for one edit."""
    with store.changing():
        yield Editing(store.by_id(dataset.id))


def in_short(ids: Sequence[str]) -> str:
    """The first of some examples' ids, for words about them."""
    more = f" and {len(ids) - 3:,} more" if len(ids) > 3 else ""
    return ", ".join(id[:80] for id in ids[:3]) + more
