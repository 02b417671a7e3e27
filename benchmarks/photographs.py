"""Real photographs: ants and bees, and other crops of them where more are wanted."""

import io
import os
import random
import shutil
import zipfile
from pathlib import Path, PurePosixPath

from benchmarks.measuring import NotMeasured

_ROOT = Path(__file__).parents[1]
_CLASSES = ("ants", "bees")


def photographs(folder: Path, copies: int = 1, splits: tuple[list[int], list[int], list[int]] | None = None) -> int:
    """Writes photographs as JPEG files, a folder a class.

    The first copy is the file itself, each other one a crop of 70 to 95 % of its width and height, saved at quality 90;
    the same ones in each call.

    Args:
        folder: is made, and emptied when it is there.
        copies: how many of each photograph.
        splits: where they are to lie in folders train, val and test above the classes: the photographs' numbers in
            each, as `split` gives them. All copies of one lie in the same.

    Returns:
        How many there are.

    Raises:
        NotMeasured: the archive is not there.
    """
    shutil.rmtree(folder, ignore_errors=True)
    place = {}
    for name, numbers in zip(("train", "val", "test"), splits or (), strict=False):
        place |= dict.fromkeys(numbers, folder / name)
    written = 0
    with zipfile.ZipFile(ants_and_bees()) as archive:
        for number, name in enumerate(_names(archive)):
            content = archive.read(name)
            target = place.get(number, folder) / PurePosixPath(name).parent.name
            target.mkdir(parents=True, exist_ok=True)
            for copy in range(copies):
                (target / f"{number:03d}-{copy}.jpg").write_bytes(_crop(content, (number, copy)) if copy else content)
                written += 1
    return written


def split(seed: int) -> tuple[list[int], list[int], list[int]]:
    """The photographs' numbers in train, val and test: .7, .15 and .15 of each class by chance."""
    parts: tuple[list[int], list[int], list[int]] = ([], [], [])
    with zipfile.ZipFile(ants_and_bees()) as archive:
        names = _names(archive)
    for label in _CLASSES:
        numbers = [number for number, name in enumerate(names) if PurePosixPath(name).parent.name == label]
        random.Random(seed).shuffle(numbers)
        ends = (0, round(0.7 * len(numbers)), round(0.85 * len(numbers)), len(numbers))
        for part, start, end in zip(parts, ends, ends[1:], strict=False):
            part += numbers[start:end]
    return parts


def ants_and_bees() -> Path:
    """The archive of photographs.

    Raises:
        NotMeasured: it is not there.
    """
    path = Path(os.environ.get("TLCORE_REAL_DATA") or _ROOT.parent / "shared") / "data" / "ants-bees.zip"
    if not path.exists():
        raise NotMeasured(f"needs the photographs of {path}; let TLCORE_REAL_DATA name the folder that holds data/")
    return path


def _names(archive: zipfile.ZipFile) -> list[str]:
    return sorted(
        name
        for name in archive.namelist()
        if PurePosixPath(name).suffix == ".jpg" and PurePosixPath(name).parent.name in _CLASSES
    )


def _crop(content: bytes, seed: tuple[int, int]) -> bytes:
    from PIL import Image

    chance = random.Random(str(seed))
    with Image.open(io.BytesIO(content)) as image:
        width, height = (round(side * chance.uniform(0.7, 0.95)) for side in image.size)
        left, top = chance.randint(0, image.width - width), chance.randint(0, image.height - height)
        part = image.convert("RGB").crop((left, top, left + width, top + height))
    written = io.BytesIO()
    part.save(written, "JPEG", quality=90)
    return written.getvalue()
