"""Pictures from anyone, opened one way: upright, RGB, eight bits, first frame."""

import io
import logging
import sys
import threading
import warnings
from collections.abc import Callable
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import simplejpeg
from PIL import Image, ImageOps, TiffImagePlugin

from tlcore.base.errors import UserError
from tlcore.modalities.image.value_range import range_of, to_8_bits
from tlcore.modalities.modality import Item, Range

MAX_PIXELS = 100_000_000
SUFFIXES_READ = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".webp", ".bmp", ".dib", ".gif", ".tif", ".tiff"),
    *(".heic", ".heif", ".hif", ".avif", ".jp2", ".jpx", ".ppm", ".pgm", ".pbm", ".pnm"),
)
_CAMERA_FILES = (".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf", ".orf", ".rw2")
SUFFIXES_NOT_READ = (".jxl", ".dcm", ".dicom", ".svg", ".psd", ".xcf", ".ico", ".tga", *_CAMERA_FILES)
_OF_LIGHT = ("brightness", "contrast", "sharpness")
SUFFIXES = {
    **{"JPEG": ".jpg", "MPO": ".jpg", "PNG": ".png", "WEBP": ".webp", "BMP": ".bmp", "GIF": ".gif", "TIFF": ".tif"},
    **{"PPM": ".ppm", "JPEG2000": ".jp2", "HEIF": ".heic", "AVIF": ".avif"},
}
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM", "JPEG2000")
_DEEP = ("I", "F")  # Pillow's modes of more than eight bits, besides those that begin with I;16
_PLANES, _BITS = 284, 258  # tags of a TIFF
_LITTLE = sys.byteorder == "little"
_RGB = (0, 1, 2)
_REST = {  # Pillow keeps the upper byte of two; told that they come in the other order, it gives the lower
    **{f"{bands};16B": (f"{bands};16L", _RGB) for bands in ("RGB", "RGBX", "RGBA")},
    **{f"{bands};16L": (f"{bands};16B", _RGB) for bands in ("RGB", "RGBX", "RGBA")},
    **{f"{bands};16N": (f"{bands};16{'B' if _LITTLE else 'L'}", _RGB) for bands in ("RGB", "RGBX", "RGBA")},
    "LA;16B": ("RGBA", (1, 1, 1)),  # both bytes of each, as if they were channels
}
_UPPER_BITS = "their 16-bit colour is read with its upper 8 bits only; save them as RGB in PNG to keep all 16 bits"
_HINT = "Save it again as JPEG or PNG"
_INSTEAD = "save as JPEG or PNG"
_OF_NONE = "it is not a JPEG, PNG, WebP, BMP, GIF, TIFF, HEIC, AVIF, JPEG 2000 or PPM file"
_HEAD = 512  # bytes that tell what a file is
_JP2 = b"\0\0\0\x0cjP  \r\n"
_AVIF, _HEIF = (b"avif", b"avis"), (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_NOT_READ = (  # name, suffixes, places and bytes that tell it, what to do
    ("JPEG XL", (".jxl",), ((0, b"\xff\x0a"), (0, b"\0\0\0\x0cJXL \r\n")), _INSTEAD),
    ("DICOM", (".dcm", ".dicom"), ((128, b"DICM"),), "export as PNG, with 16 bits where there are so many"),
    ("SVG", (".svg",), (), "it is a drawing without pixels: export it as PNG"),
    ("Photoshop's format", (".psd",), ((0, b"8BPS"),), _INSTEAD),
    ("GIMP's format", (".xcf",), ((0, b"gimp xcf"),), "export as JPEG or PNG"),
    ("a camera's raw format", _CAMERA_FILES, ((8, b"CR\x02"), (0, b"FUJIFILMCCD-RAW")), "develop to JPEG or TIFF"),
    ("PDF", (".pdf",), ((0, b"%PDF"),), "export its pages as JPEG or PNG"),
)
_SAYS_TURN = {"exif", "Raw profile type exif", "xmp", "XML:com.adobe.xmp"}  # where Pillow looks for a turn
_LARGE = 16_000_000  # pixels
_FACTS_SIDE = 64  # pixels of the longer side of the copy that brightness, contrast and sharpness are taken of
one_large = threading.Lock()  # held while a large picture is decoded

# open_rgb refuses by MAX_PIXELS in words, before anything is decoded.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
logging.getLogger("PIL.TiffImagePlugin").setLevel(logging.CRITICAL)  # what it tells a person, an error says


class _Pixels(NamedTuple):
    """A decoded picture, upright.

    Attributes:
        image: as Pillow gives it; of colours in 16 bits, the upper 8.
        deep: its values where they have more than 8 bits: (h, w) where it is grey, uint16 (h, w, 3) of colours.
        note: what of it can't be read, in words.
    """

    image: Image.Image
    deep: np.ndarray | None = None
    note: str = ""


def open_rgb(
    file: str | Path | BinaryIO, *, size: tuple[int, int] | None = None, values: Range | None = None
) -> Image.Image:
    """Decodes a picture completely: its first frame, turned as EXIF says, RGB with 8 bits.

    Alpha lies on white. Colour profiles are not applied.

    Args:
        file: a path, or a binary file.
        size: (width, height) that is enough; a JPEG is then decoded at a half, a quarter or an eighth, and never
            smaller than this.
        values: the range that pictures of more than 8 bits are scaled by, that of their dataset; without one of 16 bits
            the upper 8 are kept, and of 32 bits it is guessed.

    Raises:
        UserError: it is no picture, is damaged, or has more than `MAX_PIXELS` pixels.
    """
    return _decode(file, size, lambda pixels: _to_rgb(pixels, values))[0]


def inspect(file: str | Path | BinaryIO) -> Item:
    """Checks a picture by decoding it to its end.

    Its facts: `width` and `height` in pixels as it stands upright; `brightness`, the mean of its luminance in 0…1;
    `contrast`, the standard deviation of that; `sharpness`, the standard deviation of its Laplacian (a pixel's
    difference from the mean of its four neighbours). These three are of a copy whose longer side has 64 pixels at
    most, so that pictures of different sizes compare. Its values: their range where it has more than 8 bits.

    Raises:
        UserError: `open_rgb` would not open it.
    """
    found = _inspect_jpeg(file)
    if found is None:
        found = _decode(file, (_FACTS_SIDE, _FACTS_SIDE), _grey)
    (grey, values, note), suffix, width, height = found
    return Item(suffix, {"width": width, "height": height, **_facts(grey)}, values, note)


def thumbnail(file: str | Path | BinaryIO, size: int, values: Range | None = None) -> bytes:
    """A small copy for galleries: JPEG bytes, neither side longer than `size` pixels; `values` as for `open_rgb`.

    Raises:
        UserError: as `open_rgb`.
    """
    image = open_rgb(file, size=(2 * size, 2 * size), values=values)
    image.thumbnail((size, size))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def looks_like_picture(head: bytes) -> bool:
    """Whether a file's first bytes (16 are enough) are those of a format that `open_rgb` reads."""
    starts = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", _JP2)
    return head.startswith(starts) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP") or _is_heif(head)


def called(file: str | Path | BinaryIO) -> str:
    """What errors call a file: its path, where it has one."""
    return str(file) if isinstance(file, str | Path) else str(getattr(file, "name", "") or "the picture")


def _inspect_jpeg(file: str | Path | BinaryIO) -> tuple[tuple[np.ndarray, None, str], str, int, int] | None:
    """A whole JPEG in memory, small and grey, in two thirds of the time; None of any other, even a damaged one.

    All its coefficients are read, and of the picture as little is computed as its facts need, without colours.
    """
    if not isinstance(file, io.BytesIO) or file.getbuffer()[:3] != b"\xff\xd8\xff":
        return None
    content = file.getvalue()
    try:
        upright = size = _plain_jpeg_size(content)
        if not size:
            image = Image.open(file, formats=("JPEG",))
            if image.mode in ("RGB", "L"):
                size = image.size
                upright = size[::-1] if _turned(image) else size
        if size and size[0] * size[1] <= _LARGE:
            scale = next(each for each in (8, 4, 2, 1) if each <= max(1, max(size) // _FACTS_SIDE))
            scaled = {"min_width": -(-size[0] // scale), "min_height": -(-size[1] // scale)}
            grey = simplejpeg.decode_jpeg(content, "GRAY", fastdct=True, **scaled)[..., 0]
            return (grey, None, ""), ".jpg", *upright
    except Exception:  # Pillow says in words what is wrong with it, if anything is
        pass
    file.seek(0)
    return None


def _plain_jpeg_size(content: bytes) -> tuple[int, int] | None:
    """Width and height of a JPEG whose header has nothing but what every JPEG has; None of any other.

    Pillow takes a tenth of the whole check to read a header.
    """
    at, size = 2, None
    while content[at] == 0xFF:
        marker, length = content[at + 1], content[at + 2] << 8 | content[at + 3]
        if marker == 0xDA:
            return size
        if marker in (0xC0, 0xC1, 0xC2):
            parts = content[at + 9]
            if size or content[at + 4] != 8 or parts not in (1, 3) or length != 8 + 3 * parts:
                return None
            size = content[at + 7] << 8 | content[at + 8], content[at + 5] << 8 | content[at + 6]
        elif marker == 0xE0:
            if length != 16 or content[at + 4 : at + 9] != b"JFIF\0":
                return None
        elif marker not in (0xC4, 0xDB, 0xDD, 0xFE) or length < 2:
            return None
        at += 2 + length
    return None


def _facts(grey: np.ndarray) -> dict[str, float]:
    """Brightness, contrast and sharpness of a picture in grey, uint8 (h, w)."""
    height, width = grey.shape
    if max(height, width) > _FACTS_SIDE:
        share = _FACTS_SIDE / max(height, width)
        size = max(1, round(width * share)), max(1, round(height * share))
        grey = np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BILINEAR, reducing_gap=2))
    values = grey.astype(np.float32)
    inner = values[1:-1, :-2] + values[1:-1, 2:]
    inner += values[:-2, 1:-1]
    inner += values[2:, 1:-1]
    inner -= 4 * values[1:-1, 1:-1]
    brightness, contrast = _mean_and_deviation(values)
    facts = (brightness / 255, contrast / 255, _mean_and_deviation(inner)[1] / (4 * 255))
    return dict(zip(_OF_LIGHT, (round(fact, 4) for fact in facts), strict=True))


def _mean_and_deviation(values: np.ndarray) -> tuple[float, float]:
    """The same as `mean()` and `std()`, of some thousand numbers in a fifth of the time."""
    values = values.reshape(-1)
    count = max(1, len(values))
    mean = float(values.sum()) / count
    return mean, max(0.0, float(np.dot(values, values)) / count - mean**2) ** 0.5


def _decode(
    file: str | Path | BinaryIO, size: tuple[int, int] | None, work: Callable[[_Pixels], Any]
) -> tuple[Any, str, int, int]:
    """What `work` makes of a picture that stands upright; suffix, width and height."""
    name = called(file)
    # Pillow's decoders raise nearly anything on hostile bytes; each of it means: this is not a picture we can read.
    try:
        image = Image.open(file, formats=_formats(_head(file)))
    except Image.DecompressionBombError:
        raise _too_large(name, "") from None
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise UserError("The picture can't be read", f"{name}: {error.strerror}", "Check the path") from None
        raise UserError("This is not a picture that can be read", f"{name}: {_why_not(file)}", _HINT) from None
    with image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise _too_large(name, f"{width:,} × {height:,} pixels")
        suffix = SUFFIXES[image.format]
        try:
            jpeg = suffix == ".jpg"
            turned = jpeg and _turned(image)
            if jpeg and size:
                image.draft(None, size[::-1] if turned else size)
            with one_large if image.width * image.height > _LARGE else nullcontext():
                pixels = _load(image, file)
                if not jpeg:
                    width, height = image.size
                elif turned:
                    width, height = height, width
                return work(pixels), suffix, width, height
        except Exception as error:
            raise UserError("The picture is damaged", f"{name}: {str(error)[:200]}", _HINT) from None


def _formats(head: bytes) -> tuple[str, ...]:
    """Those that a file with these first bytes may have; what reads it is imported when the first one comes."""
    if not _is_heif(head):
        return _FORMATS
    if head[8:12] in _AVIF:
        return ("AVIF",)
    import pillow_heif

    pillow_heif.register_heif_opener(thumbnails=False)
    return ("HEIF",)


def _is_heif(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in (*_AVIF, *_HEIF)


def _head(file: str | Path | BinaryIO) -> bytes:
    if isinstance(file, str | Path):
        with open(file, "rb") as opened:
            return opened.read(_HEAD)
    file.seek(0)
    head = file.read(_HEAD)
    file.seek(0)
    return head


def _turned(image: Image.Image) -> bool:
    try:
        return image.getexif().get(0x0112) in (5, 6, 7, 8)
    except Exception:
        return False


def _load(image: Image.Image, file: str | Path | BinaryIO) -> _Pixels:
    """Decodes a picture that was opened, and turns it upright."""
    packed = _packed_as(image)
    apart = image.format == "TIFF" and len(image.getbands()) > 1 and image.tag_v2.get(_PLANES) == 2
    if apart and image.tile and image.tile[0].codec_name == "raw" and max(image.tag_v2.get(_BITS, (8,))) > 8:
        raise ValueError("its channels are stored one after another, with more than 8 bits; save it again as PNG")
    image.load()
    _turn_upright(image)
    if _is_deep(image):
        return _Pixels(image, np.asarray(image))
    if apart or packed not in _REST:
        return _Pixels(image, note=_UPPER_BITS if ";16" in packed else "")
    rest_packed, channels = _REST[packed]
    with Image.open(file, formats=(image.format,)) as rest:
        rest.tile = [each._replace(args=_with_packing(each.args, rest_packed)) for each in rest.tile]
        rest.load()
        _turn_upright(rest)
        deep = np.asarray(image)[..., :3].astype(np.uint16)
        deep <<= 8
        deep |= np.asarray(rest)[..., channels]
    return _Pixels(image, deep)


def _turn_upright(image: Image.Image) -> None:
    if image.format == "TIFF" or not _SAYS_TURN.isdisjoint(image.info):
        with suppress(Exception):  # a picture with broken EXIF data is still a picture
            ImageOps.exif_transpose(image, in_place=True)


def _packed_as(image: Image.Image) -> str:
    """How the bytes of a picture that is not loaded yet make its pixels, as Pillow calls it; "" where it doesn't."""
    args = image.tile[0].args if image.tile else ""
    first = args[0] if isinstance(args, tuple) and args else args
    return first if isinstance(first, str) else ""


def _with_packing(args: str | tuple, packed: str) -> str | tuple:
    return packed if isinstance(args, str) else (packed, *args[1:])


def _to_rgb(pixels: _Pixels, values: Range | None = None) -> Image.Image:
    image, deep, _ = pixels
    if deep is not None and deep.ndim == 2:
        if values is not None:
            grey = to_8_bits(deep, values)
        elif image.mode in _DEEP:
            grey = _to_8_bit(deep)
        else:
            grey = (deep >> 8).astype(np.uint8)
        return Image.fromarray(grey).convert("RGB")
    if deep is not None and values is not None:
        image = _scaled(image, deep, values)
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image)
        return white
    if image.mode == "LAB":
        raise ValueError("its colours are LAB, which is not supported; save it in RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _scaled(image: Image.Image, deep: np.ndarray, values: Range) -> Image.Image:
    """A picture with its colours of 16 bits scaled, and what of it is transparent."""
    scaled = Image.fromarray(to_8_bits(deep, values))
    key = image.info.get("transparency")
    if "A" in image.getbands():
        scaled.putalpha(image.getchannel("A"))
    elif isinstance(key, tuple):
        scaled.putalpha(Image.fromarray((deep != np.array(key)).any(axis=-1)).convert("L"))
    return scaled


def _grey(pixels: _Pixels) -> tuple[np.ndarray, Range | None, str]:
    """A picture in grey, uint8 (h, w), the range by which it was scaled where it has more than 8 bits, and its note."""
    if pixels.deep is None:
        return np.asarray(_to_rgb(pixels).convert("L")), None, pixels.note
    values = range_of(pixels.deep) or (0.0, 1.0)
    return np.asarray(_to_rgb(pixels, values).convert("L")), values, pixels.note


def _is_deep(image: Image.Image) -> bool:
    return image.mode in _DEEP or image.mode.startswith("I;16")


def _to_8_bit(values: np.ndarray) -> np.ndarray:
    """Grey values in 32 bits, whole or floating, as (h, w) uint8, by the range that they seem to have."""
    whole = values.dtype.kind in "iu"
    values = np.nan_to_num(values.astype(np.float32), copy=False, posinf=0, neginf=0)
    highest = values.max(initial=0)
    if highest <= 1 and not whole:
        values = values * 255
    elif highest > 255:
        values = values / 256 if highest < 65536 else values * (255 / highest)
    return values.clip(0, 255).astype(np.uint8)


def _too_large(name: str, what: str) -> UserError:
    what = what or "more pixels than can be decoded safely"
    most = f"at most {MAX_PIXELS // 10**6} million are allowed"
    return UserError("The picture is too large", f"{name}: {what}; {most}", "Save a smaller copy")


def why_not_read(suffix: str) -> str:
    """Why pictures with a suffix that `open_rgb` does not read are left out, in words."""
    name, instead = next(
        ((name, instead) for name, suffixes, _, instead in _NOT_READ if suffix in suffixes),
        (suffix.lstrip(".").upper(), _INSTEAD),
    )
    return f"{name} is not supported; {instead}"


def _why_not(file: str | Path | BinaryIO) -> str:
    """What stands in the place of a picture, in words."""
    try:
        if isinstance(file, str | Path):
            with open(file, "rb") as opened:
                return _why_not_this(opened)
        file.seek(0)
        return _why_not_this(file)
    except (OSError, ValueError):
        return _OF_NONE


def _why_not_this(file: BinaryIO) -> str:
    head = file.read(_HEAD)
    if not head:
        return "the file is empty"
    if head.startswith(b"version https://git-lfs"):
        return "it is a Git LFS pointer; fetch the file with `git lfs pull`"
    for name, _, starts, instead in _NOT_READ:
        if any(head[at:].startswith(start) for at, start in starts):
            return f"{name} is not supported; {instead}"
    if head[4:8] == b"ftyp" and not _is_heif(head):
        return "videos are not supported"
    if head[:4] in (b"II*\0", b"MM\0*"):
        return _why_not_tiff(file)
    if looks_like_picture(head):
        return "its header is damaged"
    if b"<svg" in head:
        return why_not_read(".svg")
    if not set(head) & set(range(9)):
        return "it is a text file"
    return _OF_NONE


def _why_not_tiff(file: BinaryIO) -> str:
    """What a TIFF has that can't be read: its number of bands, its numbers, its compression, in words."""
    try:
        file.seek(0)
        tags = TiffImagePlugin.ImageFileDirectory_v2(file.read(8))
        file.seek(tags.next)
        tags.load(file)
        bands = int(tags.get(277, 1))
        bits = max(tags.get(258, (1,)))
    except Exception:
        return "its header is damaged"
    if bands not in (1, 3, 4):
        return f"it has {bands} bands; 1, 3 or 4 are supported"
    if bits not in (1, 2, 4, 8, 12, 16, 32) or (bands > 1 and bits > 16):
        what = f"it has {bands} {'band' if bands == 1 else 'bands'} of {bits} bits"
        return f"{what}; 8 or 16 bits are supported, or one band of 32"
    return "this kind of TIFF is not supported"
