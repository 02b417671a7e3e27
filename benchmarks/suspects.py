"""Wrong labels found: how many of those that were flipped by chance stand at the head of the suspects."""

from collections.abc import Iterator

from benchmarks.measuring import Row, benchmark, say
from benchmarks.photographs import ants_and_bees

_FLIPPED = 0.05
_HEAD = 0.1
_TARGET = 80.0
_SEEDS = range(5)


@benchmark("suspects", minutes=1.5)
def suspects() -> Iterator[Row]:
    """Share of flipped labels, 5 % of all, in the first tenth of the suspects, on photographs and the sample."""
    from tlcore.datasets import import_dataset
    from tlcore.datasets.samples import import_sample

    for dataset in (import_dataset(ants_and_bees(), name="ants-bees"), import_sample("emoji-google")):
        found = [_found(dataset.id, seed) for seed in _SEEDS]
        for scope in found[0]:
            shares = [each[scope] for each in found]
            yield Row(
                "flipped labels found",
                f"{dataset.name}, {scope}",
                sum(shares) / len(shares),
                "%",
                spread=(min(shares), max(shares)),
                turns=len(shares),
                target=_TARGET,
                note=f"the share of {_FLIPPED:.0%} of labels, flipped by chance, that are in the first {_HEAD:.0%} of "
                f"the list, the mean of {len(shares)} seeds; test is on the page when it is asked for",
            )


def _found(id: str, seed: int) -> dict[str, float]:
    """The percentage of flips in the head of the list, of all examples and of train and val alone."""
    import numpy as np

    from tlcore import api
    from tlcore.datasets import open_dataset
    from tlcore.datasets.editing.edits import correct_label, undo
    from tlcore.evaluation.data_issues.find import find_suspects
    from tlcore.plans import Plan

    dataset, chance = open_dataset(id), np.random.default_rng(seed)
    examples, classes = dataset.examples, len(dataset.class_names)
    flipped = chance.choice(len(examples), round(_FLIPPED * len(examples)), replace=False)
    labels = (examples["label"].to_numpy()[flipped] + chance.integers(1, classes, len(flipped))) % classes
    wrong = dataset
    for label in np.unique(labels):
        ids = examples["id"].iloc[flipped[labels == label]].tolist()
        wrong = correct_label(wrong, ids, dataset.class_names[label])
    suspects = find_suspects(api.train(wrong, "efficientnet-lite0", Plan()))
    for edit in range(wrong.version, dataset.version, -1):
        undo(wrong, edit)
    ranked = suspects["id"][suspects["kind"] == "label"]
    shares = {}
    for scope, rows in (("all examples", slice(None)), ("train and val", examples["split"] != "test")):
        ids = examples["id"][rows]
        among = ids[ids.isin(examples["id"].iloc[flipped])]
        head = ranked[ranked.isin(ids)].head(round(_HEAD * len(ids)))
        shares[scope] = 100 * among.isin(head).mean()
    say(f"{dataset.name}, seed {seed}: " + ", ".join(f"{share:.0f} % of {scope}" for scope, share in shares.items()))
    return shares
