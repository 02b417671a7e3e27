"""What an example costs at growing sizes: whether anything grows faster than the data does."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

from benchmarks.measuring import Row, Turns, benchmark, take_turns
from benchmarks.running import put_aside
from benchmarks.synthetic import clusters, little_pictures

_SIZES = (1_000, 10_000, 50_000, 100_000)
_TURNS = {10_000: 5, 50_000: 5, 100_000: 3}  # by the larger of two sizes
_LINEAR = 1 / 1.15  # an example may cost 15 % more than at the size before
_SIDE = 32


@benchmark("sizes", minutes=9)
def sizes() -> Iterator[Row]:
    """Cost against size, 1,000 to 100,000: import, frozen pass, probe."""
    import tlcore.base.workspace as workspace
    from tlcore.datasets import import_dataset

    with workspace.scratch() as folder:
        folders = {size: folder / str(size) for size in _SIZES}
        little_pictures(folders, _SIDE)
        pictures = f"PNG of {_SIDE} × {_SIDE}, 10 classes"
        yield from _steps(
            "import", pictures, lambda size: import_dataset(folders[size]).id, lambda side: put_aside("datasets")
        )
        datasets = {size: import_dataset(folders[size]) for size in _SIZES}
        yield from _passes(folder / "module", datasets, pictures, lambda side: put_aside("features"))
    yield from _probes()


def _passes(folder: Path, datasets: dict, pictures: str, before: Callable[[str], None]) -> Iterator[Row]:
    from benchmarks.models import write_little_module
    from tlcore.features.extract import extract_features
    from tlcore.modules import open_module

    module = open_module(str(write_little_module(folder, _SIDE)))

    def work(size: int) -> int:
        return len(extract_features(datasets[size], module, precision="fast"))

    work(_SIZES[0])  # so that the converted module is kept
    yield from _steps("files to features", f"{pictures}; a module of two convolutions", work, before)


def _probes() -> Iterator[Row]:
    import numpy as np

    from tlcore.plans import Plan
    from tlcore.training.probe.probe import fit_probe

    vectors, labels = clusters(_SIZES[-1])
    splits = np.full(_SIZES[-1], "train")

    def work(size: int) -> float:
        return fit_probe(vectors[:size], labels[:size], splits[:size], Plan()).c

    yield from _steps("probe", "× 1,280, 10 classes, synthetic", work)


def _steps(
    what: str, data: str, work: Callable[[int], object], before: Callable[[str], object] = lambda side: None
) -> Iterator[Row]:
    """Each size and the one before it in turns; `work` does it once for a size."""
    for small, large in pairwise(_SIZES):
        turns = take_turns(
            {"large": lambda turn, size=large: work(size), "small": lambda turn, size=small: work(size)},
            _TURNS[large],
            warm=False,
            before=before,
        )
        grown = [large / small * seconds for seconds in turns.seconds["small"]]
        yield Turns(turns.seconds | {"grown": grown}, turns.results).row(
            f"{what}, {small:,} → {large:,}",
            f"{large:,} {data}",
            ours="large",
            peer="grown",
            against="the smaller size's time in the same turn, times how many times as many there are; reached when an "
            "example costs at most 15 % more (1 / 1.15 = .87)",
            target=_LINEAR,
        )
