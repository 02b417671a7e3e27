"""From files to feature vectors, the first time."""

import shutil
from collections.abc import Iterator

from benchmarks.measuring import Row, benchmark, take_turns
from benchmarks.photographs import photographs

_COPIES = 2


@benchmark("features", minutes=4)
def features() -> Iterator[Row]:
    """Files to feature vectors the first time, against tf.data with Keras predict, and against its own two parts."""
    import numpy as np

    import tlcore.base.workspace as workspace
    from benchmarks.models import SIDE, built_in_network, keras_of_saved_model, write_saved_model
    from benchmarks.peers import BATCH, files_as_dataset
    from tlcore.base.progress import Progress
    from tlcore.datasets import import_dataset
    from tlcore.features.extract import extract_features, module_pass
    from tlcore.features.inputs import load_inputs
    from tlcore.modules import find_module

    folder = workspace.place("tmp")
    count = photographs(folder / "photographs", _COPIES)
    dataset = import_dataset(folder / "photographs")
    module = find_module("efficientnet-lite0")
    peer = keras_of_saved_model(write_saved_model(built_in_network(), folder / "saved_model"))
    files = [str(dataset.file(id)) for id in dataset.examples["id"]]

    def forget(side: str) -> None:
        shutil.rmtree(workspace.place("features"))

    def pass_over(pixels: np.ndarray) -> None:
        frozen = module_pass(module, precision="bf16")
        batches = (pixels[start : start + BATCH] for start in range(0, len(pixels), BATCH))
        for _ in frozen.run(batches, len(pixels), Progress(), ""):
            pass

    def decode_all() -> np.ndarray:
        return np.asarray(load_inputs(dataset, module.input_spec())[:])

    extract_features(dataset, module, precision="fast")
    forget("")
    pixels = decode_all()
    turns = take_turns(
        {
            "ours": lambda turn: extract_features(dataset, module, precision="fast"),
            "peer": lambda turn: peer.predict(files_as_dataset(files, SIDE), verbose=0),
            "decode": lambda turn: decode_all() is None,
            "pass": lambda turn: pass_over(pixels),
        },
        before=forget,
    )
    mine, theirs = turns.results["ours"][0], turns.results["peer"][0]
    cosine = float(np.mean((mine * theirs).sum(1) / np.linalg.norm(mine, axis=1) / np.linalg.norm(theirs, axis=1)))
    data = f"{count} photographs (JPEG), efficientnet-lite0"
    yield turns.row(
        "files to features",
        data,
        against="tf.data (read, decode_jpeg, resize; AUTOTUNE, batches of 32, prefetch) and Keras predict on the "
        "SavedModel, loaded and traced before",
        target=2.5,
        note="ours: `extract_features`, precision fast, of a dataset imported before; the converted model is kept. "
        f"Mean cosine with the peer's vectors {cosine:.4f}: tf.image resizes without antialiasing",
    )
    both = [a + b for a, b in zip(turns.seconds["decode"], turns.seconds["pass"], strict=True)]
    turns.seconds["both"] = both
    yield turns.row(
        "files to features: share of its parts",
        data,
        peer="both",
        against=f"decoding alone ({count / turns.median('decode'):.0f} img/s) and the pass alone "
        f"({count / turns.median('pass'):.0f} img/s), one after the other on the same cores",
        target=0.85,
    )
