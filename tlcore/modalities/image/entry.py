"""Pictures, as the seam between kinds of data has them."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from tlcore.modalities.image import (
    decoding,
    explanation,
    export_texts,
    occlusion,
    perceptual_hash,
    resizing,
    value_range,
)
from tlcore.modalities.image.image_input import ImageInput, image_input
from tlcore.modalities.image.pixel_values import NAMED, USUAL, PixelValues, parse_pixel_values
from tlcore.modalities.modality import Fact, InputSpec, Item, ItemTensor, ModuleInput, Noun, Range, only_tensor

if TYPE_CHECKING:
    import pandas as pd

_TENSOR = "images"
_TITLES = {"ImageNet mean and std": "imagenet", "0 … 255, BGR, minus mean": "caffe"}  # of named values
_ANY_SIZE = 224  # the side of pictures for a module that takes any size
_TIMES_FILE = 2  # the bytes of its file that a picture's pixels may take
_TIMES_SIZE = 10  # the pixels of its module's from which on a picture takes long to decode, however small its file


class _Images:
    """See `tlcore.modalities.modality.Modality`."""

    name = "image"
    noun = Noun("picture", "pictures")
    hint = "Save them again as JPEG or PNG"
    formats = "JPEG, PNG, WebP, BMP, GIF, TIFF, HEIC or AVIF"
    facts = (
        Fact("width", "Width", "pixels"),
        Fact("height", "Height", "pixels"),
        Fact("brightness", "Brightness", "0 to 1"),
        Fact("contrast", "Contrast", "0 to 1"),
        Fact("sharpness", "Sharpness", "0 to 1"),
    )
    suffixes = decoding.SUFFIXES_READ
    unread_suffixes = decoding.SUFFIXES_NOT_READ
    preview_type = "image/jpeg"
    decode_version = resizing.VERSION
    kept_as = "pixels"
    preview_size = (_ANY_SIZE, _ANY_SIZE)
    usual_values = {"0 … 1": USUAL[0], "−1 … 1": USUAL[1], "0 … 255": USUAL[2]} | {
        title: NAMED[name] for title, name in _TITLES.items()
    }
    find_values = "tlcore.modules.savedmodel.find_pixel_values:find_pixel_values"
    parts = occlusion

    def looks_like(self, head: bytes) -> bool:
        return decoding.looks_like_picture(head)

    def why_not_read(self, suffix: str) -> str:
        return decoding.why_not_read(suffix)

    def validate(self, file: BinaryIO) -> Item:
        return decoding.inspect(file)

    def rescaled(self, facts: dict[str, float], own: Range | None, common: Range | None) -> dict[str, float]:
        if own is None or common is None:
            return facts
        low, width = common[0], common[1] - common[0]
        share = (own[1] - own[0]) / width
        brightness = (own[0] - low) / width + facts["brightness"] * share
        scaled = {name: round(facts[name] * share, 4) for name in ("contrast", "sharpness")}
        return facts | {"brightness": round(min(1.0, max(0.0, brightness)), 4)} | scaled

    def common_range(self, ranges: Sequence[Range]) -> Range | None:
        return value_range.common_range(ranges)

    def range_in_words(self, values: Range, count: int) -> str:
        return (
            f"{count:,} {'picture has' if count == 1 else 'pictures have'} more than 8 bits: values are scaled from "
            f"{values[0]:g} (black) to {values[1]:g} (white), in training, prediction and exports alike"
        )

    def preview(self, file: str | Path | BinaryIO, size: int, values: Range | None = None) -> bytes:
        return decoding.thumbnail(file, size, values)

    def called(self, file: str | Path | BinaryIO) -> str:
        return decoding.called(file)

    def decode_one_at_a_time(self, lock: Any) -> None:
        decoding.one_large = lock

    def takes(self, shape: Sequence[int | None], dtype: str) -> bool:
        return image_input(shape, dtype) is not None

    def usual_input(self, shape: Sequence[int | None], dtype: str) -> tuple[int | None, ...]:
        usual = {"HWC": (_ANY_SIZE, _ANY_SIZE, 3), "CHW": (3, _ANY_SIZE, _ANY_SIZE), "HW": (0, 0)}
        layout = image_input(shape, dtype).layout
        return tuple(own or size for own, size in zip(shape, usual[layout], strict=True))

    def values_of(self, module: ModuleInput) -> PixelValues:
        return PixelValues(module.value_range, module.pixel_mean, module.pixel_std, module.channel_order)

    def parse_values(self, given: str | Sequence[float]) -> PixelValues:
        return parse_pixel_values(given)

    def size_in_words(self, module: ModuleInput) -> str:
        image = self.input_of(module)
        return " × ".join("any" if side is None else str(side) for side in image[:2]) if image else ""

    def describe_input(self, module: ModuleInput) -> tuple[dict, str]:
        image, values = self.input_of(module), self.values_of(module)
        if image is None:
            return {}, ""
        document = {
            "value_range": list(values.value_range),
            "mean": list(values.mean),
            "std": list(values.std),
            "channels": image.channels,
            "channel_order": values.order,
            "layout": image.layout,
        }
        is_usual = (image.channels, image.layout) == (3, "HWC")
        return document, values.words if is_usual else f"{values.words}; {image.words}"

    def input_of(self, module: ModuleInput) -> ImageInput | None:
        """How a picture goes into a module's tensor; None where none does."""
        shape = module.input.shape
        return image_input(shape, module.input.dtype) if shape else None

    def input_spec(self, module: ModuleInput) -> InputSpec | None:
        image = self.input_of(module)
        if image is None:
            return None
        return self.spec_of((image.height or _ANY_SIZE, image.width or _ANY_SIZE))

    def spec_of(self, size: tuple[int, ...]) -> InputSpec:
        return {_TENSOR: ItemTensor((*size, 3), "uint8", 255.0)}

    def decode(self, file: str | Path | BinaryIO, spec: InputSpec, values: Range | None = None) -> np.ndarray:
        height, width = self.size_of(spec)
        return resizing.decode(file, height, width, values)

    def size_of(self, spec: InputSpec) -> tuple[int, ...]:
        return only_tensor(spec).shape[:2]

    def is_worth_keeping(self, examples: "pd.DataFrame", spec: InputSpec) -> np.ndarray:
        height, width, channels = only_tensor(spec).shape
        in_proportion = _TIMES_FILE * examples["size"] >= height * width * channels
        slow = examples["width"] * examples["height"] >= _TIMES_SIZE * height * width
        return (in_proportion | slow).to_numpy(bool)

    def feed(self, items: Any, module: ModuleInput, dtype: Any) -> Any:
        from tlcore.modalities.image.feeding import feed

        return feed(items, self.input_of(module), self.values_of(module), dtype)

    def augmentation(self, plan: Any) -> Callable | None:
        from tlcore.modalities.image import augmentation

        return augmentation.build(plan)

    def preview_augmentation(self, plan: Any, items: np.ndarray, copies: int, seed: int) -> np.ndarray:
        from tlcore.modalities.image import augmentation

        return augmentation.preview(plan, items, copies, seed)

    def duplicate_keys(self, items: np.ndarray) -> np.ndarray:
        return perceptual_hash.perceptual_hashes(items)

    def write_explanation(
        self, folder: Path, path: Path, heat: np.ndarray, covered: Mapping[str, np.ndarray], values: Range | None
    ) -> None:
        explanation.write_explanation(folder, path, heat, covered, values)

    def tile(self, item: np.ndarray, side: int) -> np.ndarray:
        return resizing.resize(item, side, side)

    def serving_decode(self, encoded: Any, spec: InputSpec, values: Range | None) -> Any:
        from tlcore.modalities.image.serving import decode

        height, width = self.size_of(spec)
        return decode(encoded, height, width, values)

    def serving_encode(self, items: np.ndarray) -> Any:
        import tensorflow as tf

        return tf.stack([tf.io.encode_png(picture, compression=1) for picture in items])

    def use_savedmodel(self, spec: InputSpec, values: Range | None, feature_dim: int) -> str:
        return export_texts.use_savedmodel(*self.size_of(spec), values, feature_dim)

    def use_on_items(self, spec: InputSpec, values: Range | None, imports: str, load: str, predict: str) -> str:
        return export_texts.use_on_pictures(*self.size_of(spec), values, imports, load, predict)


ENTRY = _Images()
