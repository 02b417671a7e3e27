"""The frozen forward pass of the built-in image module, from pixels in memory to feature vectors."""

from collections.abc import Iterator

from benchmarks.machine import fastest_product
from benchmarks.measuring import Row, Turns, benchmark, take_turns
from benchmarks.photographs import photographs

_COPIES = 2


@benchmark("frozen-pass", minutes=3)
def frozen_pass() -> Iterator[Row]:
    """Frozen pass of the built-in image module, f32 and bf16, against Keras predict and the machine's limit."""
    import numpy as np

    import tlcore.base.workspace as workspace
    from benchmarks.models import SIDE, built_in_network, keras_of_saved_model, multiply_adds, write_saved_model
    from benchmarks.peers import BATCH, pixels_as_dataset
    from tlcore.base.progress import Progress
    from tlcore.features.extract import module_pass
    from tlcore.features.inputs import decode_ahead
    from tlcore.modalities.image.resizing import decode
    from tlcore.modules import find_module

    folder = workspace.place("tmp")
    count = photographs(folder / "photographs", _COPIES)
    files = sorted((folder / "photographs").glob("*/*.jpg"))
    pixels = np.stack(list(decode_ahead(files, lambda path: decode(path, SIDE, SIDE))))
    network = built_in_network()
    gflop = 2 * multiply_adds(network) / 1e9
    peer = keras_of_saved_model(write_saved_model(network, folder / "saved_model"))
    module = find_module("efficientnet-lite0")
    passes = {precision: module_pass(module, precision=precision) for precision in ("f32", "bf16")}

    def run(precision: str):
        batches = (pixels[start : start + BATCH] for start in range(0, count, BATCH))
        return np.concatenate([rows for (rows,) in passes[precision].run(batches, count, Progress(), "")])

    multiply, product_gflop, whose = fastest_product()
    products = round(count * gflop / product_gflop)
    turns = take_turns(
        {
            "f32": lambda turn: run("f32"),
            "bf16": lambda turn: run("bf16"),
            "peer": lambda turn: peer.predict(pixels_as_dataset(pixels), verbose=0),
            "limit": lambda turn: [multiply() for _ in range(products)] and None,
        }
    )
    # as long as products of just as many operations as the pass would take
    same_work = count * gflop / (products * product_gflop)
    turns = Turns(turns.seconds | {"limit": [same_work * each for each in turns.seconds["limit"]]}, turns.results)

    theirs = turns.results["peer"][0]
    rate = count * gflop / turns.median("limit")
    for side, target, share in (("f32", 1.5, 0.7), ("bf16", 2.8, 1.3)):
        taken = passes[side]
        vectors = turns.results[side][0]
        stray = float(np.abs(vectors - theirs).max() / np.abs(theirs).max())
        note = f"asked for {side}, {count / turns.median(side):.0f} img/s: {taken.note} "
        note += f"At most {stray:.1e} of the largest feature away from Keras"
        name, data = f"frozen pass, {side}", f"{count} photographs at {SIDE} × {SIDE}"
        yield turns.row(name, data, ours=side, against="Keras predict on the same SavedModel", target=target, note=note)
        yield turns.row(
            f"{name}: share of the limit",
            data,
            ours=side,
            peer="limit",
            against=f"matrix products (float32, 4,096 × 4,096, by {whose}: {rate:.0f} GFLOP/s in these turns) of as "
            f"many operations, {gflop:.2f} GFLOP a picture",
            target=share,
        )
