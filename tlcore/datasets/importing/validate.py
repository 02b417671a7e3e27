"""One file looked into: a picture that can be read to its end is set aside, of any other it is said why."""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, NamedTuple

from tlcore.base.errors import UserError
from tlcore.datasets.filenames import is_picture
from tlcore.datasets.sources.archives import SourceFile, UnreadableFile
from tlcore.modalities.image import decoding
from tlcore.modalities.image.value_range import Range

WHOLE = 1 << 24  # bytes of a file that is held in memory while it is hashed, decoded and written
_CHUNK = 1 << 18


class Picture(NamedTuple):
    """A picture that can be read to its end.

    Attributes:
        facts: what can be said of it in numbers, one for each of `decoding.FACTS`: `width` and `height` in pixels as it
            stands upright; `brightness`, the mean of its luminance in 0…1; `contrast`, the standard deviation of that;
            `sharpness`, the standard deviation of its Laplacian (a pixel's difference from the mean of its four
            neighbours). These three are of a copy whose longer side has 64 pixels at most, so that pictures of
            different sizes compare.
        values: the range of its own values where it is grey and has more than 8 bits, by which its facts are taken.
    """

    sha256: str
    size: int
    suffix: str
    facts: dict[str, float]
    values: Range | None = None

    @property
    def file(self) -> str:
        """What it is called where pictures are kept."""
        return f"{self.sha256}{self.suffix}"

    def scaled(self, values: Range | None) -> "Picture":
        """The same, with the facts that it has scaled by its dataset's range instead of its own."""
        if self.values is None or values is None:
            return self
        low, width = values[0], values[1] - values[0]
        share = (self.values[1] - self.values[0]) / width
        brightness = (self.values[0] - low) / width + self.facts["brightness"] * share
        facts = {"brightness": round(min(1.0, max(0.0, brightness)), 4)}
        facts |= {name: round(self.facts[name] * share, 4) for name in ("contrast", "sharpness")}
        return self._replace(facts=self.facts | facts, values=values)


def check(found: SourceFile, folder: Path) -> Picture | str | None:
    """Reads a file once, and from the same bytes hashes it, decodes it and writes it to `folder` under its hash.

    Returns:
        The picture, or why it can't be read, or None where it is none at all.
    """
    try:
        with contextlib.closing(found.stream):
            chunks = _chunks(found.stream)
            content = next(chunks, b"")
            if not (is_picture(found.name) or decoding.looks_like_picture(content)):
                return None
            parts = [content]
            for chunk in chunks:
                parts.append(chunk)
                if len(parts) * _CHUNK > WHOLE:
                    return _check_large(b"".join(parts), chunks, folder)
            content = b"".join(parts)
    except UnreadableFile as error:
        return str(error)
    result = _inspect(BytesIO(content), hashlib.sha256(content), len(content))
    if isinstance(result, Picture):
        with contextlib.suppress(FileExistsError), open(f"{folder}/{result.file}", "xb") as file:  # it came before
            file.write(content)
    return result


def _check_large(begun: bytes, rest: Iterator[bytes], folder: Path) -> Picture | str:
    """The same for a file that is written while it is read."""
    handle, path = tempfile.mkstemp(dir=folder)
    try:
        with open(handle, "wb") as file:
            digest, size = hashlib.sha256(begun), len(begun)
            file.write(begun)
            for chunk in rest:
                digest.update(chunk)
                size += len(chunk)
                file.write(chunk)
        with open(path, "rb") as file:
            result = _inspect(file, digest, size)
        if isinstance(result, Picture):
            os.replace(path, folder / result.file)
        return result
    finally:
        Path(path).unlink(missing_ok=True)


def _inspect(file: BinaryIO, digest, size: int) -> Picture | str:
    try:
        return Picture(digest.hexdigest(), size, *decoding.inspect(file))
    except UserError as error:
        return f"{error.title.lower()} ({error.detail.removeprefix(f'{decoding.called(file)}: ')})"


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK):
        yield chunk
