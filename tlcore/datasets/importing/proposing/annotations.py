"""Files that belong to pictures but are none to learn a class from: masks, and annotations of boxes and outlines."""

import re
from collections.abc import Mapping, Sequence

from tlcore.datasets.filenames import suffix
from tlcore.datasets.importing.proposing.split_names import GENERIC

MOST_SAMPLES = 3  # annotation files of each kind that are looked into
_MASKS = {"mask", "masks", "segmentation masks", "groundtruth", "ground truth", "segmentationclass"}
_MASK_FILE = re.compile("[ _.-](mask|seg|segmentation|groundtruth|gt)([ _.-]?[0-9]{1,6})?$", re.I)
_BOX_LINE = re.compile("[0-9]+( +-?[0-9.eE+-]+){4,}")


def is_mask(name: str) -> bool:
    """Whether a path may be that of a mask: in a folder of masks, or called as one."""
    *folders, last = name.split("/")
    return any(map(_is_mask_folder, folders)) or bool(_MASK_FILE.search(last.rpartition(".")[0]))


def has_masks(names: Sequence[str]) -> bool:
    """Whether some pictures are masks of others: beside a folder of pictures lies one of masks, or beside most
    pictures called as masks one that is called so but for that.

    Classes may be called “mask” and “no mask”; these are none.
    """
    siblings: dict[str, set[str]] = {}
    stems = {name.rpartition(".")[0].casefold() for name in names}
    called = paired = 0
    for name in names:
        parts = name.split("/")[:-1]
        for place, part in enumerate(parts):
            siblings.setdefault("/".join(parts[:place]), set()).add(part)
        stem = name.rpartition(".")[0]
        if found := _MASK_FILE.search(stem):
            called += 1
            paired += stem[: found.start()].casefold() in stems
    if called and paired * 2 > called:
        return True
    return any(
        any(map(_is_mask_folder, beside)) and any(part.casefold() in GENERIC for part in beside)
        for beside in siblings.values()
    )


def samples_of(others: Sequence[str], is_picture_stem) -> list[str]:
    """A few of the files that stand beside a picture of their name each, as annotations do.

    Args:
        others: names of files that are no pictures.
        is_picture_stem: says of a name whether a picture is called so but for its suffix and folder.
    """
    found = []
    for ending in (".txt", ".xml", ".json"):
        beside = (name for name in others if suffix(name) == ending and is_picture_stem(name))
        found += [name for _, name in zip(range(MOST_SAMPLES), beside, strict=False)]
    return found


def boxes_in(samples: Mapping[str, bytes]) -> str:
    """What kind of boxes or outlines annotation files hold, by their content; "" where they hold none.

    Args:
        samples: the content of some, by name.
    """
    for name, content in samples.items():
        text = content[: 1 << 16].decode("utf-8", "replace")
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if suffix(name) == ".txt" and lines and all(_BOX_LINE.fullmatch(line) for line in lines[:20]):
            return f"boxes in YOLO format ({name})"
        if suffix(name) == ".xml" and ("<bndbox" in text or "<annotation" in text and "<object" in text):
            return f"boxes in Pascal VOC format ({name})"
        if suffix(name) == ".json" and '"shapes"' in text:
            return f"outlines in LabelMe format ({name})"
    return ""


def _is_mask_folder(folder: str) -> bool:
    return re.sub("[ _-]+", " ", folder).casefold() in _MASKS
