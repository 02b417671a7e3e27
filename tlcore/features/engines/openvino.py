"""A graph of TensorFlow's in OpenVINO: converted, compiled, and run over batches of items. Imports OpenVINO.

`import openvino` reports to Intel unless its package for that is missing, so here it is always missing.
"""

import errno
import functools
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from tlcore.modalities import ItemTensor

sys.modules.setdefault("openvino_telemetry", None)
import openvino as ov  # noqa: E402

_AHEAD = 64  # items asked for before the first of them is waited for
_OUTPUTS = "row_{}"


def version() -> str:
    return ov.__version__


@functools.cache
def processor() -> str:
    """The processor's name and its instructions, as OpenVINO knows them."""
    core = ov.Core()
    return " ".join(
        [core.get_property("CPU", "FULL_DEVICE_NAME"), *sorted(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"))]
    )


def has_bf16() -> bool:
    """Whether the processor multiplies bf16 by itself."""
    return "BF16" in ov.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def convert(call: Callable, tensor: ItemTensor, single: bool = False) -> ov.Model:
    """A function of TensorFlow's as a model of OpenVINO's with all values in it. Imports TensorFlow.

    Args:
        call: float32 [n, …], items divided by the tensor's divisor, to a tuple of tensors whose first axis is n.
        tensor: of one item, as it is decoded.
        single: whether the function is traced for one item alone.

    Returns:
        items [n, …] to the same tensors, in the same order.

    Raises:
        Exception: of any kind: it can't be converted.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    @tf.function(jit_compile=False, autograph=False)
    def compute(items):
        rows = call(tf.cast(items, tf.float32) / tensor.divisor)
        return [tf.identity(each, _OUTPUTS.format(number)) for number, each in enumerate(rows)]

    traced = compute.get_concrete_function(tf.TensorSpec([1 if single else None, *tensor.shape], tensor.dtype))
    frozen = convert_variables_to_constants_v2(traced, lower_control_flow=False)
    names = [tensor.name for tensor in frozen.outputs]
    model = ov.convert_model(frozen.graph, output=names, share_weights=False)
    return ov.Model([model.output(name) for name in names], model.get_parameters(), "pass")


def save(model: ov.Model, path: Path, spared: int = 0) -> None:
    """Writes a model as `path`, an .xml file, and a .bin file beside it; every value as it is.

    Args:
        model: from `convert`.
        path: in a folder that is there.
        spared: so many convolutions, the first, stay in f32 where the others are in bf16. What the first ones round is
            seen through all others: of EfficientNet-Lite0's mean loss of cosine, half comes from its first depthwise.

    Raises:
        OSError: there is no room for it.
    """
    try:
        ov.save_model(model, path, compress_to_fp16=False)
    except RuntimeError as error:  # of OpenVINO's, which does not say more
        raise OSError(errno.ENOSPC, f"The converted model can't be written ({error})", str(path)) from error
    tree = ElementTree.parse(path)
    layers = [each for each in tree.iter("layer") if each.get("type") in ("Convolution", "GroupConvolution")]
    for layer in layers[:spared]:
        info = layer.find("rt_info")
        if info is None:
            info = ElementTree.Element("rt_info")
            layer.insert(1, info)
        ElementTree.SubElement(info, "attribute", name="precise", version="0")
    tree.write(path)


@functools.lru_cache(maxsize=2)
def kept(path: Path, precision: str) -> ov.CompiledModel:
    """A model that was saved for good, compiled; the last ones stay in memory."""
    return compiled(path, precision)


def compiled(model: ov.Model | Path, precision: str) -> ov.CompiledModel:
    """A model ready to run on one item a request, as many requests at a time as there are cores.

    One item's activations fit the caches of a core: 32 at once were a fifth slower (EfficientNet-Lite0). So no row
    depends on others, there is no remainder to fill up, and a single item is not held up by empty ones.

    Args:
        model: from `convert`, which is left as it is, or where `save` wrote it.
        precision: "f32" or "bf16".
    """
    model = ov.Core().read_model(model) if isinstance(model, Path) else model.clone()
    model.reshape([1, *model.input().partial_shape[1:]])
    # threads bound to cores would wait for whatever else runs there
    settings = {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": precision, "ENABLE_CPU_PINNING": False}
    return ov.Core().compile_model(model, "CPU", settings)


def run(
    model: ov.CompiledModel, batches: Iterable[np.ndarray], still: Callable[[], None]
) -> Iterator[tuple[np.ndarray, ...]]:
    """Runs a compiled model over batches of items, in order, while the next ones arrive.

    Requests read the items where they lie, so nobody may write to a batch after it was given.

    Args:
        model: from `compiled`.
        batches: items (n, …), of any n.
        still: called each half second that a row is waited for; it may raise.

    Yields:
        For each batch a tuple of arrays of n rows.
    """
    ahead = max(_AHEAD, 4 * model.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
    idle: list[ov.InferRequest] = []
    under_way: deque[list[ov.InferRequest]] = deque()

    def begin(items: np.ndarray) -> None:
        requests = []
        under_way.append(requests)
        for number in range(len(items)):
            request = idle.pop() if idle else model.create_infer_request()
            request.start_async([items[number : number + 1]], share_inputs=True)
            requests.append(request)

    def end() -> tuple[np.ndarray, ...]:
        requests = under_way[0]
        for request in requests:
            while not request.wait_for(500):
                still()
        outputs = range(len(model.outputs))
        rows = tuple(np.concatenate([each.get_output_tensor(number).data for each in requests]) for number in outputs)
        idle.extend(under_way.popleft())
        return rows

    try:
        for items in batches:
            begin(np.ascontiguousarray(items))
            while sum(map(len, under_way)) >= ahead:
                yield end()
        while under_way:
            yield end()
    finally:
        for requests in under_way:
            for request in requests:
                request.wait()  # it still reads its item
