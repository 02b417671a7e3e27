"""Files that belong to pictures but are none to learn a class from: masks, and annotations of boxes and outlines."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache

from tlcore.datasets.filenames import suffix
from tlcore.datasets.importing.proposing.split_names import GENERIC, split_word, without_split
from tlcore.datasets.importing.reading import LeftOut

LISTS = "imagesets"  # the folder in which Pascal VOC keeps lists of pictures: no tables of classes
MOST_SAMPLES = 5  # annotation files of each kind that are looked into
_DESCRIPTIONS = (".yaml", ".yml")  # of a dataset, as YOLO's tools write them
_MASKS = {
    "mask", "masks", "mask images", "segmentation masks", "seg masks", "groundtruth", "ground truth", "segmentation",
    "segmentations", "segmentationclass", "segmentation class", "segmentationobject", "segmentation object", "segmaps",
    "trimap", "trimaps", "annotation", "annotations",
}  # fmt: skip
_PERHAPS_MASKS = {"label", "labels", "gt", "seg", "segs", "alpha", "matte", "mattes"}
_PICTURES = GENERIC | {"original", "originals", "rgb", "raw", "input", "inputs", "frames"}
_REASON = "Masks of other files"
_MASK_FILE = re.compile("[ _.-](mask|seg|segmentation|groundtruth|gt|trimap)([ _.-]?[0-9]{1,6})?$", re.I)
_NUMBER = "-?[0-9]+(?:[.][0-9]*)?(?:[eE][+-]?[0-9]+)?"
_BOX_LINES = {
    "YOLO": re.compile("[0-9]+( +-?[0-9.eE+-]+){4,}"),
    "KITTI": re.compile(f"[A-Za-z_]+( +{_NUMBER}){{14,15}}"),
    "DOTA": re.compile(f"({_NUMBER} +){{8}}[A-Za-z-]+ +[0-9]"),
}


def is_mask(name: str) -> bool:
    """Whether a path may be that of a mask: in a folder of masks, or called as one."""
    folder, _, last = name.rpartition("/")
    return _is_in_masks(folder) or bool(_MASK_FILE.search(last.rpartition(".")[0]))


@lru_cache(maxsize=4096)
def _is_in_masks(folder: str) -> bool:
    return any(without_split(part) in _MASKS for part in folder.split("/"))


def masks_among(names: Sequence[str]) -> tuple[LeftOut, ...]:
    """The pictures that are masks of others, as a reading leaves them out.

    They are in a folder of masks that lies beside a folder of pictures or a split, or right among the pictures whose
    names its files have; or most pictures called as masks have a picture that is called so but for that. Classes may be
    called “mask” and “no mask”; these are none.
    """
    stems: dict[str, set[str]] = defaultdict(set)
    for name in names:
        folder, _, last = name.rpartition("/")
        stems[folder].add(last.rpartition(".")[0].casefold())
    folders = _mask_folders(stems)
    left_out = [LeftOut(path=folder, reason=_REASON) for folder in folders if not _is_in_masks(folder)]
    if len(left_out) < len(folders) or _are_called_as_masks(set().union(*stems.values())):
        left_out.insert(0, LeftOut(kind="masks", reason=_REASON))
    return tuple(left_out)


def _mask_folders(stems: Mapping[str, set[str]]) -> list[str]:
    """The folders of masks among folders, of whose pictures the names are given without suffixes."""
    siblings: dict[str, set[str]] = defaultdict(set)
    for folder in stems:
        parts = folder.split("/")
        for place, part in enumerate(parts):
            siblings["/".join(parts[:place])].add(part)
    found = []
    for parent, beside in siblings.items():
        has_pictures = any(without_split(part) in _PICTURES for part in beside)
        has_splits = any(map(split_word, beside))
        for part in sorted(beside):
            is_known = without_split(part) in _MASKS
            if is_known or without_split(part) in _PERHAPS_MASKS:
                folder = f"{parent}/{part}" if parent else part
                if has_pictures or (has_splits and is_known) or _are_of(stems.get(folder, ()), stems.get(parent, ())):
                    found.append(folder)
    return found


def _are_of(masks: Collection[str], pictures: Collection[str]) -> bool:
    """Whether most masks are called as pictures are."""
    return 2 * sum(_MASK_FILE.sub("", stem) in pictures for stem in masks) > len(masks)


def _are_called_as_masks(stems: Collection[str]) -> bool:
    called = [stem for stem in stems if _MASK_FILE.search(stem)]
    return _are_of(called, stems)


def samples_of(sizes: Mapping[str, int], others: Iterable[str], is_picture_stem: Callable[[str], bool]) -> list[str]:
    """A few of the files that stand beside a picture of their name each, as annotations do, and what describes all.

    They are spread over all that are not empty: a picture without any box has an empty file.

    Args:
        sizes: how many bytes each file has.
        others: names of files that are no pictures.
        is_picture_stem: says of a name whether a picture is called so but for its suffix and folder.
    """
    found = []
    others = [name for name in others if sizes[name]]
    for ending in (".txt", ".xml", ".json"):
        beside = [name for name in others if suffix(name) == ending and is_picture_stem(name)]
        found += _spread(beside)
    return found + _spread([name for name in others if suffix(name) in _DESCRIPTIONS])


def _spread(names: Sequence[str]) -> list[str]:
    last = max(1, MOST_SAMPLES - 1)
    return list(dict.fromkeys(names[place * (len(names) - 1) // last] for place in range(MOST_SAMPLES) if names))


def boxes_in(samples: Mapping[str, bytes]) -> str:
    """What kind of boxes or outlines annotation files hold, by their content; "" where they hold none.

    Args:
        samples: the content of some, by name.
    """
    return next(filter(None, (_boxes_in(name, content) for name, content in samples.items())), "")


def _boxes_in(name: str, content: bytes) -> str:
    text = content[: 1 << 16].decode("utf-8", "replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    ending = suffix(name)
    if ending == ".txt" and lines:
        for kind, pattern in _BOX_LINES.items():
            if all(map(pattern.fullmatch, lines[:20])):
                return f"boxes in {kind} format ({name})"
    if ending == ".xml" and ("<bndbox" in text or "<annotation" in text and "<object" in text):
        return f"boxes in Pascal VOC format ({name})"
    if ending == ".json" and '"shapes"' in text:
        return f"outlines in LabelMe format ({name})"
    if ending == ".json" and has_coco_boxes(content):
        return f"boxes in COCO format ({name})"
    if ending in _DESCRIPTIONS and all(re.search(f"^{key} *:", text, re.M) for key in ("names", "train|val|path")):
        return f"boxes in YOLO format (described in {name})"
    return ""


def has_coco_boxes(content: bytes) -> bool:
    """Whether JSON, or its beginning alone, is of COCO's format with boxes or outlines."""
    is_coco = b'"images"' in content and b'"annotations"' in content
    return is_coco and (b'"bbox"' in content or b'"segmentation"' in content)
