"""A person's whole way: from a folder of pictures to a trained head and its confusion matrix."""

import shutil
import time
from collections.abc import Callable, Iterator
from math import sqrt
from statistics import mean, stdev

from benchmarks.measuring import TURNS, Row, Turns, benchmark, take_turns
from benchmarks.photographs import photographs, split

_COPIES = 2
_EPOCHS = 10


@benchmark("tutorial", minutes=8)
def tutorial() -> Iterator[Row]:
    """Files to a trained probe with its matrix, and a second run, against the tutorials' code; five splits."""
    import tlcore
    import tlcore.base.workspace as workspace
    from benchmarks import peers
    from benchmarks.models import SIDE, built_in_network
    from tlcore.base.progress import Progress
    from tlcore.evaluation import run_results
    from tlcore.evaluation.metrics.classification import confusion_matrix

    folder = workspace.place("tmp")
    network = built_in_network()
    module = tlcore.open_module("efficientnet-lite0")
    folders = [folder / f"split-{seed}" for seed in range(TURNS)]
    counts = [photographs(each, _COPIES, split(seed)) for seed, each in enumerate(folders)]

    class Marks(Progress):
        def __init__(self):
            self.started = time.perf_counter()
            self.early = None

        def event(self, kind, **fields):
            if kind == "early":
                self.early = time.perf_counter() - self.started

    def train(dataset: Callable) -> tuple[float, float]:
        marks = Marks()
        run = tlcore.train(dataset(), module, progress=marks)
        confusion_matrix(run_results.run_predictions(run))
        return run.metrics["test"]["accuracy"], marks.early

    def prepare(side: str) -> None:
        if side == "ours":
            for place in ("features", "datasets", "runs"):
                shutil.rmtree(workspace.place(place))
        if side == "again":
            imported[:] = [tlcore.import_dataset(each) for each in folders]

    imported: list = []
    # so that the module's converted form is kept, as it is on a machine that has used it
    train(lambda: tlcore.import_dataset(folders[0]))
    turns = take_turns(
        {
            "ours": lambda turn: train(lambda: tlcore.import_dataset(folders[turn])),
            "again": lambda turn: train(lambda: imported[turn]),
            "peer": lambda turn: peers.tutorial(folders[turn], network, SIDE, _EPOCHS)[0],
        },
        warm=False,
        before=prepare,
    )
    early = [marks for _, marks in turns.results["ours"]]
    turns = Turns(turns.seconds | {"early": early}, turns.results)
    differences = [
        mine - theirs for (mine, _), theirs in zip(turns.results["ours"], turns.results["peer"], strict=True)
    ]
    mine, theirs = mean(each for each, _ in turns.results["ours"]), mean(turns.results["peer"])
    paired = (
        f"accuracy on test over {TURNS} splits, ours {mine:.3f}, the tutorials' {theirs:.3f}; paired difference "
        f"{mean(differences):+.3f} ± {stdev(differences) / sqrt(TURNS):.3f} (standard error)"
    )
    data = f"{counts[0]} photographs (JPEG), efficientnet-lite0"
    against = (
        f"the tutorials' code: image_dataset_from_directory with prefetch(AUTOTUNE), the same network frozen, Dense, "
        f"Adam, {_EPOCHS} epochs of fit from files (not cached) with validation, then predict on test"
    )
    yield turns.row(
        "files to probe and matrix",
        data,
        ours="early",
        against=against,
        target=20.0,
        note="from import to the probe's matrix of train (out of fold) and val, which pages show; " + paired,
    )
    yield turns.row(
        "files to the run's end",
        data,
        against=against,
        note="the same run to its end: f32 predictions of all examples kept, test's matrix and numbers",
    )
    yield turns.row(
        "second run, kept features",
        data,
        ours="again",
        against=against,
        target=150.0,
        note="a whole run of an imported dataset and a module whose features are kept, to its end, in the same process",
    )
