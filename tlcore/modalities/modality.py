"""The seam between kinds of data: what an entry gives, so that nothing outside asks which kind it is.

An entry costs no TensorFlow: what needs it is imported inside the methods that say so.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, Protocol

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

Range = tuple[float, float]  # of the values of a dataset's items: by it all of them are scaled


class Noun(NamedTuple):
    """What people call an item: “picture”, “pictures”."""

    one: str
    many: str


class Fact(NamedTuple):
    """What is measured of every item: a column of a dataset's examples.

    Attributes:
        name: of the column.
        title: what people call it.
        unit: what it is measured in.
    """

    name: str
    title: str
    unit: str


class Item(NamedTuple):
    """A file that can be read to its end.

    Attributes:
        suffix: by its content: ".jpg", …
        facts: a number for each of the modality's facts.
        values: the range of its own values, by which its facts are taken, where the range of all items of a dataset
            matters; else None.
        note: what is lost where files like it are read, in words: “their 16-bit colour is read …”.
    """

    suffix: str
    facts: dict[str, float]
    values: Range | None = None
    note: str = ""


class ItemTensor(NamedTuple):
    """One tensor of an item, as it is decoded and kept.

    Attributes:
        shape: of one item.
        dtype: as numpy names it.
        divisor: what the numbers are divided by, in float32, on their way into a backbone.
    """

    shape: tuple[int, ...]
    dtype: str
    divisor: float = 1.0


InputSpec = Mapping[str, ItemTensor]  # what an item is decoded to for a module, by the tensors' names


def only_tensor(spec: InputSpec) -> ItemTensor:
    """The tensor of a spec that has one, as all have that are kept and passed in batches of one array."""
    (tensor,) = spec.values()
    return tensor


class Values(Protocol):
    """What a module expects the numbers of an item to be."""

    @property
    def text(self) -> str:
        """As it is typed: “0,255”."""

    @property
    def words(self) -> str:
        """As people read it: “0 … 255”."""

    @property
    def fields(self) -> dict:
        """The fields of a `Module` that it is kept in."""


class ModuleInput(Protocol):
    """What a modality reads of a `Module`: its own tensor, and the fields that its values are kept in."""

    @property
    def input(self) -> Any:
        """With `shape` (without the batch axis; None where any size goes) and `dtype`."""


class Modality(Protocol):
    """One kind of data.

    Attributes:
        name: of the entry, as datasets, modules and the command line have it.
        noun: what people call an item.
        hint: what to do with files that can't be read: “Save them again as JPEG or PNG”.
        formats: that are read, in words.
        facts: what is measured of each item, in order.
        suffixes: that its files have.
        unread_suffixes: of files that are its kind, and that no reader reads.
        preview_type: the MIME type of what `preview` gives.
        decode_version: another number makes all that was made of decoded items a thing of the past.
        kept_as: what decoded items are called where they are kept.
        preview_size: that is large enough to see what augmentation does.
        usual_values: those that a person chooses among, by their titles; the first is what exports take.
        find_values: `module:function` that finds out which values a module expects, or "" where nothing could. The
            function takes its call, its `tf.TensorSpec` with a size, its variables by name, and `by_photographs`, and
            gives `Values` and what says so, or None.
        parts: functions on parts of an item: `windows(*size)`, `cover`, `random_parts`, `marked_part`,
            `occlusion_heat`, `enlarge`.
    """

    name: str
    noun: Noun
    hint: str
    formats: str
    facts: tuple[Fact, ...]
    suffixes: tuple[str, ...]
    unread_suffixes: tuple[str, ...]
    preview_type: str
    decode_version: int
    kept_as: str
    preview_size: tuple[int, ...]
    usual_values: Mapping[str, Values]
    find_values: str
    parts: Any

    # files

    def looks_like(self, head: bytes) -> bool:
        """Whether a file's first bytes (512 are enough) are those of one of its formats."""

    def why_not_read(self, suffix: str) -> str:
        """Why files with one of `unread_suffixes` are left out, in words."""

    def validate(self, file: BinaryIO) -> Item:
        """Checks a file by decoding it to its end.

        Raises:
            UserError: it can't be read.
        """

    def rescaled(self, facts: dict[str, float], own: Range | None, common: Range | None) -> dict[str, float]:
        """An item's facts, which were taken by its own range of values, by the range of its dataset."""

    def common_range(self, ranges: Sequence[Range]) -> Range | None:
        """The range that items with these ranges are scaled by; None without any."""

    def range_in_words(self, values: Range, count: int) -> str:
        """What is done with so many items whose range matters."""

    def preview(self, file: str | Path | BinaryIO, size: int, values: Range | None = None) -> bytes:
        """A small copy for galleries; no side longer than `size` pixels.

        Raises:
            UserError: it can't be read.
        """

    def called(self, file: str | Path | BinaryIO) -> str:
        """What the errors of `validate` call a file."""

    def decode_one_at_a_time(self, lock: Any) -> None:
        """Lets a lock that several processes share stand for the one that large items are decoded under."""

    # modules and features

    def takes(self, shape: Sequence[int | None], dtype: str) -> bool:
        """Whether an item goes into a tensor of this shape (without the batch axis) and type."""

    def usual_input(self, shape: Sequence[int | None], dtype: str) -> tuple[int | None, ...]:
        """The shape of such a tensor, with a usual size where it takes any."""

    def values_of(self, module: ModuleInput) -> Values:
        """What a module expects the numbers of an item to be."""

    def parse_values(self, given: str | Sequence[float]) -> Values:
        """The values that a text, or two numbers, mean.

        Raises:
            UserError: they mean none.
        """

    def size_in_words(self, module: ModuleInput) -> str:
        """The size of the items that a module takes: “224 × 224”; "" where it takes none."""

    def describe_input(self, module: ModuleInput) -> tuple[dict, str]:
        """How items go into a module: plain data for JSON documents, and words; ({}, "") where none does."""

    def spec_of(self, size: tuple[int, ...]) -> InputSpec:
        """What an item is decoded to at a size of one's own choice, as `size_of` gives it."""

    def input_spec(self, module: ModuleInput) -> InputSpec | None:
        """What an item is decoded to for a module; None where the module's input takes none."""

    def decode(self, file: str | Path | BinaryIO, spec: InputSpec, values: Range | None = None) -> np.ndarray:
        """One item, as the spec's tensor.

        Raises:
            UserError: it can't be read.
        """

    def size_of(self, spec: InputSpec) -> tuple[int, ...]:
        """What of the spec varies between modules: a picture's height and width."""

    def is_worth_keeping(self, examples: "pd.DataFrame", spec: InputSpec) -> np.ndarray:
        """(n,) bool: of which examples the decoded items are kept, as they take longer to decode than to read."""

    def feed(self, items: Any, module: ModuleInput, dtype: Any) -> Any:
        """A batch as a backbone takes it, float32 [n, …], made into the tensor that its module takes; in TensorFlow."""

    # training

    def augmentation(self, plan: Any) -> Callable | None:
        """What changes items at random as a plan says; None where it says nothing. Imports TensorFlow."""

    def preview_augmentation(self, plan: Any, items: np.ndarray, copies: int, seed: int) -> np.ndarray:
        """What training would see of some items, (n, copies, …). Imports TensorFlow."""

    # evaluation

    def duplicate_keys(self, items: np.ndarray) -> np.ndarray:
        """(n,) uint64: keys that differ in few bits where items are nearly the same."""

    def write_explanation(
        self, folder: Path, path: Path, heat: np.ndarray, covered: Mapping[str, np.ndarray], values: Range | None
    ) -> None:
        """Draws an explanation: the item, its heat map, and the item with parts covered, a file a name each."""

    def tile(self, item: np.ndarray, side: int) -> np.ndarray:
        """A decoded item as a small picture, uint8 (side, side, 3)."""

    # exports

    def serving_decode(self, encoded: Any, spec: InputSpec, values: Range | None) -> Any:
        """The bytes of files, string [n], to a batch of the spec's tensor, inside a TensorFlow graph."""

    def serving_encode(self, items: np.ndarray) -> Any:
        """Decoded items as the bytes of files that `serving_decode` makes the same items of, string [n]."""

    def use_savedmodel(self, spec: InputSpec, values: Range | None, feature_dim: int) -> str:
        """How a SavedModel that decodes by itself is used: Markdown with programs."""

    def use_on_items(self, spec: InputSpec, values: Range | None, imports: str, load: str, predict: str) -> str:
        """How a model that takes decoded items is used: a program from a file to a label, of these lines.

        Args:
            spec: what the model takes; its tensor's name is that of the program's variable too.
            values: the range of the dataset's values.
            imports: lines that import what the model needs.
            load: lines that open it; its folder is PATH/OF/THIS/FOLDER.
            predict: lines that make `probabilities` of one item.
        """
