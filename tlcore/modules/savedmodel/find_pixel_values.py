"""Which values a module expects pixels to have, found out from what is in it. Imports TensorFlow.

The first of these that says something decides: its input's type; what its graph does to pixels before anything that
was learnt; the statistics of its first batch norm, which are those of the pictures that it was trained on; and whether
its features vary at all between photographs.
"""

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf
from PIL import Image

from tlcore.modalities.image.feeding import feed
from tlcore.modalities.image.image_input import ImageInput, image_input
from tlcore.modalities.image.pixel_values import NAMED, USUAL, PixelValues
from tlcore.modules.graph.graph_order import meeting_places, node_of
from tlcore.modules.graph.opened_graph import OpenedGraph, open_graph

_PIXELWISE = {
    *("Identity", "IdentityN", "StopGradient", "Snapshot", "EnsureShape", "PlaceholderWithDefault", "Cast"),
    *("Mul", "Sub", "Add", "AddV2", "RealDiv", "Div", "DivNoNan", "BiasAdd", "Neg"),
    *("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"),
    *("Transpose", "ReverseV2", "GatherV2", "Pad", "PadV2", "MirrorPad", "ResizeBilinear", "ResizeNearestNeighbor"),
}
_ABOUT_SHAPE = {"Shape", "ShapeN", "Size", "Rank"}
# what modules make of pixels before they compute with them: 0…1, ±0.5, ±1, ImageNet's mean and std, 0…255, that centred
_INSIDE = ((0, 1), (-0.5, 0.5), (-1, 1), (-2.1, 2.4), (0, 255), (-128, 127))
_NEAR, _APART = 0.35, 0.2  # of a range from one of those, as a share of its width; and of the next best range from it
_FITS, _CLEARLY = 0.15, 0.1  # nats between normal distributions, for the median channel; and to the next best
_BARELY = 5.0  # times as much must features vary under a wider range than under the others
_PHOTOGRAPHS = 16
_OF_TYPE = {"int8": (-128.0, 127.0), "uint16": (0.0, 65535.0)}


def find_pixel_values(
    call: Callable[[tf.Tensor], Sequence[tf.Tensor]],
    input: tf.TensorSpec,
    variables: dict[str, tf.Variable],
    *,
    by_photographs: bool = True,
) -> tuple[PixelValues, str] | None:
    """What a module of pictures expects pixels to be, and what says so; None where nothing does.

    Args:
        call: the module, to the outputs that become the feature vector.
        input: what it takes; all sizes but the batch axis known.
        variables: its own, by name.
        by_photographs: whether it may be run on photographs.

    Returns:
        The values, and "type", "graph", "statistics" or "pictures".
    """
    picture = image_input(input.shape[1:], input.dtype.name)
    if not input.dtype.is_floating:
        return PixelValues(_OF_TYPE.get(input.dtype.name, (0.0, 255.0))), "type"
    opened = open_graph(call, input)
    if values := _from_graph(opened, input, picture):
        return values, "graph"
    if not by_photographs:
        return None
    usual = [values for values in USUAL if picture.channels == 3 or not values.mean]
    photographs = _photographs(picture)
    given = {values: feed(photographs, picture, values, input.dtype) for values in usual}
    if values := _from_statistics(opened, variables, given):
        return values, "statistics"
    if values := _from_features(call, given, input.shape[0]):
        return values, "pictures"
    return None


def _from_graph(opened: OpenedGraph, input: tf.TensorSpec, picture: ImageInput) -> PixelValues | None:
    """From what the graph does to each pixel by itself before anything else, where that is one scale and one offset."""
    last = _last_pixelwise(opened)
    if last == opened.graph.entry:
        return None
    probes = np.concatenate([np.zeros((1, 3)), np.eye(3), np.full((1, 3), 2.0)]).astype(np.float32)
    probes = np.broadcast_to(probes[:, None, None, :], (5, picture.height, picture.width, 3))
    if picture.channels == 1:
        probes = probes[[0, 4, 4, 4, 4]]  # luminance of 2 is 2
    plain = PixelValues()
    part = opened.part(opened.graph.entry, last)
    size = input.shape[0] or 1
    rows = []
    for probe in probes:
        one = feed(tf.constant(probe[None]), picture, plain, input.dtype)
        rows.append(_middle_pixel(part(tf.repeat(one, size, axis=0)).numpy()[0], picture))
    if any(row is None for row in rows):
        return None
    nothing, *ones, twos = np.array(rows, np.float64)
    if picture.channels == 1:
        scales, order = (twos - nothing) / 2, [0]
    else:
        matrix = np.array(ones) - nothing  # a row what a channel of the input becomes
        order = np.abs(matrix).argmax(axis=1)
        scales = matrix[range(3), order]
        is_linear = np.allclose(nothing + 2 * matrix.sum(axis=0), twos, rtol=1e-3, atol=1e-3)
        alone = np.allclose(np.abs(matrix).sum(axis=1), np.abs(scales), rtol=1e-3, atol=1e-6)
        if not (is_linear and alone and sorted(order) == [0, 1, 2]):
            return None
    offsets = nothing[order]
    if np.allclose(scales, 1, atol=1e-6) and np.allclose(offsets, 0, atol=1e-6):
        return None
    return _range_for(scales, offsets)


def _last_pixelwise(opened: OpenedGraph) -> str:
    """The tensor after the last of the operations behind the input that work on each pixel by itself."""
    ops, graph = opened.ops, opened.graph
    users: dict[str, list[str]] = {}
    for node in graph.order:
        if node in graph.data and ops[node] not in _ABOUT_SHAPE:
            for tensor in graph.inputs[node]:
                if node_of(tensor) in graph.data:
                    users.setdefault(tensor, []).append(node)
    tensor = graph.entry
    while len(after := users.get(tensor, ())) == 1 and ops[after[0]] in _PIXELWISE:
        tensor = f"{after[0]}:0"
    return tensor


def _middle_pixel(picture: np.ndarray, taken: ImageInput) -> np.ndarray | None:
    """The channels of the pixel in the middle; None where it is no picture any more."""
    if taken.channels == 1 and picture.ndim == 2:
        picture = picture[..., None]
    shape = image_input(picture.shape)
    if shape is None or shape.channels != taken.channels:
        return None
    if shape.layout == "CHW":
        picture = np.moveaxis(picture, 0, -1)
    return picture[picture.shape[0] // 2, picture.shape[1] // 2]


def _range_for(scales: np.ndarray, offsets: np.ndarray) -> PixelValues | None:
    """The range from which a scale and an offset a channel make what modules usually compute with."""
    if len(scales) == 3 and np.allclose(scales, 1, atol=1e-6):
        for order in (1, -1):
            if np.allclose(-offsets[::order], NAMED["caffe"].mean, atol=0.5):
                return PixelValues((0.0, 255.0), order="BGR" if order == 1 else "RGB")
    found = []
    for values in (each for each in USUAL if not each.mean):
        low, high = values.value_range
        ends = np.sort([scales * low + offsets, scales * high + offsets], axis=0)
        away = [np.abs(ends - np.array([[a], [b]])).sum(axis=0).max() / (b - a) for a, b in _INSIDE]
        found.append((min(away), values))
    (nearest, values), (next_best, _), *_ = sorted(found)
    return values if nearest < _NEAR and next_best > nearest + _APART else None


def _from_statistics(
    opened: OpenedGraph, variables: dict[str, tf.Variable], given: dict[PixelValues, tf.Tensor]
) -> PixelValues | None:
    """From the moving mean and variance of the first batch norm, which those of photographs are near."""
    graph = opened.graph
    places = meeting_places(graph, opened.stand_ins(variables))
    first = min((name for name in places if name.endswith("moving_variance")), key=places.get, default="")
    of_mean = first.removesuffix("moving_variance") + "moving_mean"
    if not first or of_mean not in places:
        return None
    place = min(places[first], places[of_mean])  # whichever the graph takes off or divides by first
    mean, variance = (variables[name].numpy().astype(np.float64) for name in (of_mean, first))
    if place >= len(graph.order) or (np.ptp(mean) == 0 and np.ptp(variance) == 0):  # the latter as before any training
        return None
    node = graph.order[place]
    taken = next(tensor for tensor in graph.inputs[node] if node_of(tensor) in graph.data)
    part = opened.part(graph.entry, taken)
    distances = {}
    for values, pictures in given.items():
        seen = _in_parts(part, pictures, opened.traced.inputs[0].shape[0])
        axis = next((axis for axis in (-1, 1) if seen.ndim > 1 and seen.shape[axis] == len(mean)), None)
        if axis is None:
            return None
        seen = np.moveaxis(seen, axis, -1).reshape(-1, len(mean)).astype(np.float64)
        own = np.maximum(seen.var(axis=0), 1e-12)
        wanted = np.maximum(variance, 1e-12)
        apart = (np.log(wanted / own) + (own + (seen.mean(axis=0) - mean) ** 2) / wanted - 1) / 2
        distances[values] = float(np.median(apart))
    best, next_best, *_ = sorted(distances, key=distances.get)
    clear = distances[best] < _FITS and distances[next_best] > distances[best] + _CLEARLY
    return best if clear else None


def _from_features(call: Callable, given: dict[PixelValues, tf.Tensor], size: int | None) -> PixelValues | None:
    """The range under which feature vectors vary between photographs, where under the narrower ones they barely do."""

    def joined(x: tf.Tensor) -> tf.Tensor:
        return tf.concat([tf.reshape(each, (len(each), -1)) for each in call(x)], axis=1)

    spread = {}
    for values, pictures in given.items():
        if values.mean:
            continue
        rows = _in_parts(joined, pictures, size)
        if not np.isfinite(rows).all():
            return None
        spread[values] = float(np.sqrt(rows.var(axis=0).mean() / max((rows.astype(np.float64) ** 2).mean(), 1e-300)))
    best, next_best, *_ = sorted(spread, key=spread.get, reverse=True)
    return best if spread[best] > _BARELY * spread[next_best] else None


def _in_parts(function: Callable, pictures: tf.Tensor, size: int | None) -> np.ndarray:
    """A function's rows of pictures that it may take only so many of at once."""
    if size is None:
        return function(pictures).numpy()
    return np.concatenate([function(tf.repeat(each[None], size, axis=0)).numpy()[:1] for each in pictures])


def _photographs(picture: ImageInput) -> tf.Tensor:
    """Pieces of the two photographs that come with scikit-learn, RGB in 0…1."""
    from sklearn.datasets import load_sample_images

    random = np.random.default_rng(0)
    sources = [Image.fromarray(each) for each in load_sample_images().images]
    pieces = []
    for number in range(_PHOTOGRAPHS):
        source = sources[number % len(sources)]
        side = int(random.integers(min(source.size) // 3, min(source.size)))
        left, top = (int(random.integers(0, most - side + 1)) for most in source.size)
        piece = source.crop((left, top, left + side, top + side)).resize((picture.width, picture.height))
        pieces.append(np.asarray(piece, np.float32) / 255)
    return tf.constant(np.stack(pieces))
