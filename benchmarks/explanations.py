"""Whether explanations point at what matters: confidence lost by covering what they mark, against random parts."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.measuring import Row, benchmark, say
from benchmarks.photographs import photographs

_MOST = 100  # examples of a test split, evenly from all over it
_METHODS = ("Grad-CAM", "occlusion")


@benchmark("explanations", minutes=6)
def explanations() -> Iterator[Row]:
    """Confidence lost when the part that Grad-CAM or occlusion marks is covered, against random parts, on test."""
    import tlcore.base.workspace as workspace
    from tlcore.datasets import import_dataset, import_sample

    yield from _rows("emoji-google (the sample)", import_sample("emoji-google"))
    with workspace.scratch() as folder:
        photographs(folder / "photographs")
        yield from _rows("ants-bees.zip", import_dataset(folder / "photographs", name="ants and bees"))


def _rows(name: str, dataset) -> Iterator[Row]:
    import numpy as np

    import tlcore
    from tlcore.evaluation.explanations.explain import DRAWS, Explainer
    from tlcore.evaluation.metrics.bootstrap import interval, mean_of
    from tlcore.modalities.image.occlusion import SHARE
    from tlcore.modalities.image.resizing import decode

    run = tlcore.train(dataset, "efficientnet-lite0")
    explainer = Explainer(run)
    ids = dataset.examples.query("split == 'test'")["id"].tolist()
    ids = [ids[place] for place in np.linspace(0, len(ids) - 1, min(len(ids), _MOST)).astype(int)]
    for method in _METHODS:
        marked, random = [], []
        for number, id in enumerate(ids):
            found = explainer.explain(decode(Path(dataset.file(id)), *explainer.size), method=method)
            if found.lost is not None:
                marked.append(found.lost)
                random.append(found.lost_at_random.mean())
            if number % 25 == 0:
                say(f"{name}, {method}: {number} of {len(ids)}")
        more = np.subtract(marked, random)
        low, high = interval(mean_of(more), len(more))
        data = f"{name}, {len(marked)} of test"
        note = (
            f"the share of the predicted class's probability that goes when the hottest {SHARE:.0%} of the picture is "
            f"covered by its mean colour, mean over examples; the probe on efficientnet-lite0, accuracy on test "
            f"{run.metrics['test']['accuracy']:.3f}"
        )
        yield Row(
            f"lost by {method}",
            data,
            100 * float(np.mean(marked)),
            "%",
            peer=100 * float(np.mean(random)),
            against=f"{DRAWS} random parts a picture, of the same size and shape",
            note=note,
        )
        yield Row(
            f"lost by {method}, beyond random",
            data,
            100 * float(low),
            "%",
            target=0.0,
            note=f"the lower end of the 95 % interval of the paired difference (bootstrap over examples), which of "
            f"{name} by {method} is {100 * more.mean():.1f} % ({100 * low:.1f} to {100 * high:.1f}); in "
            f"{np.mean(more > 0):.0%} of the pictures it is above zero",
        )
