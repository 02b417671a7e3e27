"""What is suggested, on test: the linear probe, and fine-tuning of the last five layer groups, beside each other.

Only what `tlcore` promises is used, so that the file also measures an older checkout that it is copied into.
"""

import gzip
import io
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from statistics import mean, stdev

from benchmarks.measuring import NotMeasured, Row, benchmark, say
from benchmarks.photographs import ants_and_bees

Pictures = dict[str, list[tuple[str, bytes]]]  # by class: names and contents

_SEEDS = 5
_GROUPS = 5
_SHARES = (0.6, 0.15)  # of each class: train, val; the rest is test
_MOST = (160, 60, 200)  # examples of train, val and test
_FASHION = Path("/usr/share/datasets/fashion-mnist")  # Debian's dataset-fashion-mnist


@benchmark("defaults", minutes=60)
def defaults() -> Iterator[Row]:
    """Test accuracy and log loss of the suggested probe and the suggested fine-tuning; seven sets, five splits."""
    import tlcore.base.workspace as workspace

    for name, pictures in SETS.items():
        try:
            found = pictures()
        except NotMeasured as reason:
            say(f"{name} is left out: {reason}")
            continue
        with workspace.scratch() as folder:
            yield row_of(name, [measure(found, folder / str(seed), seed) for seed in range(_SEEDS)])


def measure(pictures: Pictures, folder: Path, seed: int) -> dict[str, dict]:
    """The numbers on test of both suggested plans, on one split of a set by chance.

    Args:
        pictures: the set.
        folder: that the split is written to, in folders train, val and test.
        seed: of the split and the plans.

    Returns:
        For "probe" and "fine-tuned": `accuracy`, `loss`, and `kept` (the epoch; None where nothing says).
    """
    import tlcore

    _write_split(pictures, folder, seed)
    dataset = tlcore.import_dataset(folder)
    module = tlcore.open_module("efficientnet-lite0")
    found = {}
    for name, groups in (("probe", ()), ("fine-tuned", module.last_groups(_GROUPS))):
        run = tlcore.train(dataset, module, tlcore.suggest_plan(dataset, module, groups).replace(seed=seed))
        test = run.metrics["test"]
        kept = run.to_dict().get("kept_epoch")
        found[name] = {"accuracy": test["accuracy"], "loss": test["loss"], "kept": kept, "n": test["n"]}
        say(f"seed {seed}, {name}: {found[name]}")
    return found


def row_of(name: str, found: list[dict[str, dict]]) -> Row:
    """A row of one set: accuracy of the suggested fine-tuning beside its own probe's, the rest in its note."""
    tuned, probe = ([each[kind] for each in found] for kind in ("fine-tuned", "probe"))
    differences = [mine["accuracy"] - theirs["accuracy"] for mine, theirs in zip(tuned, probe, strict=True)]
    error = stdev(differences) / len(differences) ** 0.5 if len(differences) > 1 else float("nan")
    losses = [mean(each["loss"] for each in runs) for runs in (tuned, probe)]
    accuracies = [each["accuracy"] for each in tuned]
    return Row(
        "accuracy on test of the suggested fine-tuning, last five groups",
        f"{name}, {tuned[0]['n']} test pictures, {len(found)} splits",
        mean(accuracies),
        unit="",
        peer=mean(each["accuracy"] for each in probe),
        against="its own linear probe",
        spread=(min(accuracies), max(accuracies)),
        turns=len(found),
        note=f"paired difference {mean(differences):+.4f} ± {error:.4f} (standard error); log loss {losses[0]:.3f}, "
        f"the probe's {losses[1]:.3f}; epochs kept: {', '.join(str(each['kept']) for each in tuned)}",
    )


def _write_split(pictures: Pictures, folder: Path, seed: int) -> None:
    most = [-(-each // len(pictures)) for each in _MOST]
    for label, files in pictures.items():
        files = sorted(files)
        random.Random(f"{seed} {label}").shuffle(files)
        counts = [min(round(share * len(files)), limit) for share, limit in zip(_SHARES, most, strict=False)]
        ends = (0, counts[0], sum(counts), min(len(files), sum(counts) + most[2]))
        for split, start, end in zip(("train", "val", "test"), ends, ends[1:], strict=False):
            (folder / split / label).mkdir(parents=True)
            for name, content in files[start:end]:
                (folder / split / label / name).write_bytes(content)


def _zipped(path: Path, chosen=lambda place: True) -> Pictures:
    """The pictures of an archive that are chosen by their path, each of the class that its folder names."""
    found: Pictures = {}
    with zipfile.ZipFile(path) as archive:
        for number, name in enumerate(sorted(archive.namelist())):
            place = PurePosixPath(name)
            if place.suffix in (".jpg", ".png") and chosen(place):
                content = archive.read(name)
                found.setdefault(place.parent.name, []).append((f"{number:05d}{place.suffix}", content))
    return found


def _pacs() -> Path:
    path = ants_and_bees().with_name("pacs-small.zip")
    if not path.exists():
        raise NotMeasured(f"needs {path}; let TLCORE_REAL_DATA name the folder that holds data/")
    return path


def _sample(name: str) -> Pictures:
    import tlcore.datasets.samples as samples

    return _zipped(Path(samples.__file__).parent / f"{name}.zip")


def _digits() -> Pictures:
    from sklearn.datasets import load_digits

    digits = load_digits()
    found: Pictures = {}
    for number, (pixels, label) in enumerate(zip(digits.images, digits.target, strict=True)):
        found.setdefault(str(label), []).append((f"{number:04d}.png", _png(pixels * 255 / 16)))
    return found


def _fashion() -> Pictures:
    import numpy as np

    if not _FASHION.exists():
        raise NotMeasured(f"needs {_FASHION}, of Debian's dataset-fashion-mnist")
    pixels, labels = (
        np.frombuffer(gzip.decompress((_FASHION / f"t10k-{name}-ubyte.gz").read_bytes()), np.uint8)
        for name in ("images-idx3", "labels-idx1")
    )
    found: Pictures = {}
    for number, (picture, label) in enumerate(zip(pixels[16:].reshape(-1, 28, 28), labels[8:], strict=True)):
        found.setdefault(str(label), []).append((f"{number:05d}.png", _png(picture)))
    return found


def _png(pixels) -> bytes:
    from PIL import Image

    written = io.BytesIO()
    Image.fromarray(pixels.astype("uint8")).save(written, "PNG")
    return written.getvalue()


SETS = {
    "ants and bees": lambda: _zipped(ants_and_bees()),
    "PACS, photographs": lambda: _zipped(_pacs(), lambda place: "photo" in place.parts),
    "PACS, four styles": lambda: _zipped(_pacs()),
    "emoji, Google's": lambda: _sample("emoji-google"),
    "emoji, Twitter's": lambda: _sample("emoji-twitter"),
    "digits": _digits,
    "Fashion-MNIST": _fashion,
}
