"""What split a name means: “train”, “seg_test”, “Validation images”, “test1”."""

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

EVAL = "eval"  # val beside a test split, else test

_WORDS = {
    **dict.fromkeys(("train", "training", "trn", "trainset", "trainval", "traindata"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "validate", "dev", "valset", "validset", "devset"), "val"),
    **dict.fromkeys(("test", "testing", "tst", "testset", "testdata", "holdout"), "test"),
    **dict.fromkeys(("eval", "evaluation", "evalset"), EVAL),
}
_UNLABELLED = {"unlabeled", "unlabelled", "unsup", "pred", "predict", "prediction", "predictions", "inference"}
_PERHAPS_UNLABELLED = {"unknown", "unclassified", "unsorted"}
# beside a split's word these say nothing
_FILLERS = {
    "set", "sets", "image", "images", "img", "imgs", "picture", "pictures", "pic", "pics", "photo", "photos", "data",
    "dataset", "folder", "file", "files", "split", "sample", "samples", "jpg", "jpeg", "png", "the", "small", "full",
    "audio", "clips", "texts",
}  # fmt: skip
GENERIC = {"images", "image", "img", "imgs", "pictures", "pics", "photos", "jpg", "jpegimages", "jpeg", "png", "data"}


@lru_cache(maxsize=4096)
def _parts(name: str) -> tuple[str | None, tuple[str, ...]]:
    """The split that one word of a name means, and the words beside it that say something."""
    words = re.findall("[^\\W\\d_]+", re.sub("(?<=[a-z])(?=[A-Z])", " ", name[:200]))
    words = [word.casefold() for word in words]
    meant = [_WORDS[word] for word in words if word in _WORDS]
    rest = tuple(word for word in words if word not in _WORDS and word not in _FILLERS)
    return (meant[0] if len(set(meant)) == 1 else None), rest


def split_word(name: str) -> str | None:
    """The split that a name means by itself, such as one in a table: "train", "val", "test" or `EVAL`, else None."""
    split, rest = _parts(name)
    return None if rest else split


def split_inside(name: str) -> str | None:
    """The split that a word in a name means, whatever stands beside it, as in “PublicTest” or “train_labels”."""
    return _parts(name)[0]


@lru_cache(maxsize=4096)
def without_split(name: str) -> str:
    """A folder's name in small letters, its words parted by blanks; without a split's words and the numbers beside."""
    words = re.findall("[^\\W\\d_]+|[0-9]+", re.sub("(?<=[a-z])(?=[A-Z])", " ", name[:200]))
    words = [word.casefold() for word in words]
    rest = [word for word in words if word not in _WORDS]
    return " ".join(word for word in rest if len(rest) == len(words) or not word.isdigit())


def split_words(names: Iterable[str]) -> dict[str, str]:
    """The splits that names beside each other mean: each by itself, or with words that another one shares.

    “test_tube” is no split beside “bus”; “seg_test” is one beside “seg_train”.
    """
    parts = {name: _parts(name) for name in names}
    shared = Counter((rest, split) for split, rest in parts.values() if split)
    splits_of = Counter(rest for rest, _ in shared)
    return {name: split for name, (split, rest) in parts.items() if split and (not rest or splits_of[rest] > 1)}


def settle_eval(meant: dict[str, str]) -> dict[str, str]:
    """The same with `EVAL` made test where there is none, else val."""
    eval_is = "val" if "test" in meant.values() else "test"
    return {name: eval_is if split == EVAL else split for name, split in meant.items()}


def is_unlabelled(name: str, beside_splits: bool) -> bool:
    """Whether a folder's name says that its files have no label; some words only do so beside splits."""
    words = {word.casefold() for word in re.findall("[^\\W\\d_]+", name[:200])}
    perhaps = bool(words & _PERHAPS_UNLABELLED) and words <= _PERHAPS_UNLABELLED | _FILLERS
    return bool(words & _UNLABELLED) or (beside_splits and perhaps)
