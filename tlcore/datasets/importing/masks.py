"""Files that belong to a picture but are none to learn from: masks, and annotations of boxes."""

import re

_FOLDERS = {"mask", "masks", "segmentation masks", "groundtruth", "ground truth", "annotations masks"}
_FILE = re.compile("[ _.-](mask|seg|segmentation|groundtruth|gt)([ _.-]?[0-9]+)?$", re.I)


def is_mask(name: str) -> bool:
    """Whether a path is one of a mask: in a folder of masks, or called as one."""
    *folders, last = name.split("/")
    if any(re.sub("[ _-]+", " ", folder).casefold() in _FOLDERS for folder in folders):
        return True
    return bool(_FILE.search(last.rpartition(".")[0]))
