"""A little set of pictures as people have them: two folders and one table of metadata; women's can't be told apart.

The table has a row a picture: image_id (no suffix), dx (the class), lesion_id (one of two pictures or more), age, sex
and site, as the tables of HAM10000 have them.
"""

from pathlib import Path

import numpy as np
from PIL import Image

from tlcore.datasets import import_dataset
from tlcore.datasets.dataset import Dataset

COLOURS = {"mel": (60, 30, 30), "nv": (230, 200, 90)}
_PER_LESION = 2


def write_skin(folder: Path, lesions: int = 60, seed: int = 0) -> Path:
    """Writes `part_1/`, `part_2/` and `metadata.csv`: of men the two classes differ in colour, of women in nothing."""
    random = np.random.default_rng(seed)
    rows = ["lesion_id,image_id,dx,age,sex,site"]
    for part in (1, 2):
        (folder / f"part_{part}").mkdir(parents=True)
    for lesion in range(lesions):
        dx, sex = ("mel", "nv")[lesion % 2], ("male", "female")[lesion // 2 % 2]
        age = "" if lesion % 10 == 9 else 5 * int(random.integers(4, 17))
        site = ("back", "face", "lower extremity")[lesion % 3]
        for number in range(_PER_LESION):
            name = f"ISIC_{lesion:04}{number}"
            shown = dx if sex == "male" else ("mel", "nv")[random.integers(2)]
            pixels = np.array(COLOURS[shown]) + random.integers(-12, 13, (24, 24, 3))
            picture = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
            picture.save(folder / f"part_{lesion % 2 + 1}" / f"{name}.png")
            rows.append(f"HAM_{lesion:04},{name},{dx},{age},{sex},{site}")
    (folder / "metadata.csv").write_text("\n".join([*rows, ""]), encoding="utf-8")
    return folder


def import_skin(folder: Path) -> Dataset:
    """The pictures as a dataset: dx is the class, lesions never straddle, a large part is val."""
    return import_dataset(folder, name="skin", group_column="lesion_id", fractions=(0.4, 0.5, 0.1))
