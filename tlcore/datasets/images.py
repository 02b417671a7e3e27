"""Pictures from anyone, opened one way: upright, RGB, eight bits, first frame."""

import io
import threading
import warnings
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np
import simplejpeg
from PIL import Image, ImageOps

from tlcore.errors import UserError

MAX_PIXELS = 100_000_000
FACTS = ("width", "height", "brightness", "contrast", "sharpness")  # of a picture: columns of a dataset's examples
SUFFIXES = {"JPEG": ".jpg", "MPO": ".jpg", "PNG": ".png", "WEBP": ".webp", "BMP": ".bmp", "GIF": ".gif", "TIFF": ".tif"}
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")
_HINT = "Save it again as JPEG or PNG"
_SAYS_TURN = {"exif", "Raw profile type exif", "xmp", "XML:com.adobe.xmp"}  # where Pillow looks for a turn
_LARGE = 16_000_000  # pixels
_FACTS_SIDE = 64  # pixels of the longer side of the copy that brightness, contrast and sharpness are taken of
one_large = threading.Lock()  # held while a large picture is decoded

# open_rgb refuses by MAX_PIXELS in words, before anything is decoded.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


def open_rgb(file: str | Path | BinaryIO, *, size: tuple[int, int] | None = None) -> Image.Image:
    """Decodes a picture completely: its first frame, turned as EXIF says, RGB with 8 bits.

    Alpha lies on white. 16-bit pictures keep their upper 8 bits. Colour profiles are not applied.

    Args:
        file: a path, or a binary file.
        size: (width, height) that is enough; a JPEG is then decoded at a half, a quarter or an eighth, and never
            smaller than this.

    Raises:
        UserError: it is no picture, is damaged, or has more than `MAX_PIXELS` pixels.
    """
    return _decode(file, size)[0]


def inspect(file: str | Path | BinaryIO) -> tuple[str, dict[str, float]]:
    """Checks a picture by decoding it to its end.

    Returns:
        Its suffix by content (".jpg", ".png", …), and its facts, one for each of `FACTS`.

    Raises:
        UserError: `open_rgb` would not open it.
    """
    found = _inspect_jpeg(file)
    if found is None:
        image, suffix, width, height = _decode(file, (_FACTS_SIDE, _FACTS_SIDE))
        grey = np.asarray(image.convert("L"))
    else:
        grey, suffix, width, height = found
    return suffix, {"width": width, "height": height, **_facts(grey)}


def thumbnail(file: str | Path | BinaryIO, size: int) -> bytes:
    """A small copy for galleries: JPEG bytes, neither side longer than `size` pixels.

    Raises:
        UserError: as `open_rgb`.
    """
    image = open_rgb(file, size=(2 * size, 2 * size))
    image.thumbnail((size, size))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def looks_like_picture(head: bytes) -> bool:
    """Whether a file's first bytes (16 are enough) are those of a format that `open_rgb` reads."""
    return head.startswith(
        (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
    ) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


def called(file: str | Path | BinaryIO) -> str:
    """What errors call a file: its path, where it has one."""
    return str(file) if isinstance(file, str | Path) else str(getattr(file, "name", "") or "the picture")


def _inspect_jpeg(file: str | Path | BinaryIO) -> tuple[np.ndarray, str, int, int] | None:
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
            return grey, ".jpg", *upright
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
    return dict(zip(FACTS[2:], (round(fact, 4) for fact in facts), strict=True))


def _mean_and_deviation(values: np.ndarray) -> tuple[float, float]:
    """The same as `mean()` and `std()`, of some thousand numbers in a fifth of the time."""
    values = values.reshape(-1)
    count = max(1, len(values))
    mean = float(values.sum()) / count
    return mean, max(0.0, float(np.dot(values, values)) / count - mean**2) ** 0.5


def _decode(file: str | Path | BinaryIO, size: tuple[int, int] | None) -> tuple[Image.Image, str, int, int]:
    name = called(file)
    # Pillow's decoders raise nearly anything on hostile bytes; each of it means: this is not a picture we can read.
    try:
        image = Image.open(file, formats=_FORMATS)
    except Image.DecompressionBombError:
        raise _too_large(name, "") from None
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise UserError("The picture can't be read", f"{name}: {error.strerror}", "Check the path") from None
        raise UserError("This is no picture that can be read", f"{name}: {_why_not(file)}", _HINT) from None
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
                image.load()
                if suffix == ".tif" or not _SAYS_TURN.isdisjoint(image.info):
                    with suppress(Exception):  # a picture with broken EXIF data is still a picture
                        ImageOps.exif_transpose(image, in_place=True)
                if not jpeg:
                    width, height = image.size
                elif turned:
                    width, height = height, width
                return _to_rgb(image), suffix, width, height
        except Exception as error:
            raise UserError("The picture is damaged", f"{name}: {str(error)[:200]}", _HINT) from None


def _turned(image: Image.Image) -> bool:
    try:
        return image.getexif().get(0x0112) in (5, 6, 7, 8)
    except Exception:
        return False


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if image.mode in ("I", "F"):
        return Image.fromarray(_to_8_bit(np.asarray(image))).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image)
        return white
    return image if image.mode == "RGB" else image.convert("RGB")


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
    return UserError(
        "The picture is too large",
        f"{name}: {what or 'more pixels than can be decoded safely'}; at most {MAX_PIXELS // 10**6} million are read",
        "Save a smaller copy",
    )


def _why_not(file: str | Path | BinaryIO) -> str:
    """What stands in the place of a picture, in words."""
    try:
        if isinstance(file, str | Path):
            with open(file, "rb") as opened:
                head = opened.read(512)
        else:
            file.seek(0)
            head = file.read(512)
    except (OSError, ValueError):
        head = b"?"
    if not head:
        return "the file is empty"
    if head.startswith(b"version https://git-lfs"):
        return "a Git LFS pointer stands in its place; fetch it with `git lfs pull`"
    if head[4:8] == b"ftyp":
        return "HEIC, AVIF and films are not read"
    if looks_like_picture(head):
        return "its header is damaged"
    if not set(head) & set(range(9)):
        return "it holds text"
    return "it is none of JPEG, PNG, WebP, BMP, GIF and TIFF"
