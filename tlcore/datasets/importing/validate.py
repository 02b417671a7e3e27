"""One file looked into: what can be read to its end is set aside, of any other it is said why."""

import contextlib
import hashlib
import os
import tempfile
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, NamedTuple

from tlcore.base.errors import UserError
from tlcore.datasets.filenames import suffix
from tlcore.datasets.sources.archives import SourceFile, UnreadableFile
from tlcore.modalities import Modality, Range

WHOLE = 1 << 24  # bytes of a file that is held in memory while it is hashed, decoded and written
_CHUNK = 1 << 18


class ValidFile(NamedTuple):
    """A file that can be read to its end, and is kept under its hash.

    Attributes:
        facts: what can be said of it in numbers, one for each of its modality's facts.
        values: the range of its own values, by which its facts are taken; None where that doesn't matter.
        note: what is lost where it is read.
    """

    sha256: str
    size: int
    suffix: str
    facts: dict[str, float]
    values: Range | None = None
    note: str = ""

    @property
    def file(self) -> str:
        """What it is called where files are kept."""
        return f"{self.sha256}{self.suffix}"

    def scaled(self, modality: Modality, values: Range | None) -> "ValidFile":
        """The same, with the facts that it has scaled by its dataset's range instead of its own."""
        if self.values is None or values is None:
            return self
        return self._replace(facts=modality.rescaled(self.facts, self.values, values), values=values)


def check(found: SourceFile, modality: Modality, folder: Path) -> ValidFile | str | None:
    """Reads a file once, and from the same bytes hashes it, decodes it and writes it to `folder` under its hash.

    Returns:
        The file, or why it can't be read, or None where it is not of this modality at all.
    """
    try:
        with contextlib.closing(found.stream):
            chunks = _chunks(found.stream)
            content = next(chunks, b"")
            if not (suffix(found.name) in modality.suffixes or modality.looks_like(content)):
                return None
            parts = [content]
            for chunk in chunks:
                parts.append(chunk)
                if len(parts) * _CHUNK > WHOLE:
                    return _check_large(b"".join(parts), chunks, modality, folder)
            content = b"".join(parts)
    except UnreadableFile as error:
        return str(error)
    result = _inspect(BytesIO(content), modality, hashlib.sha256(content), len(content))
    if isinstance(result, ValidFile) and not os.path.exists(f"{folder}/{result.file}"):  # else it came before
        part = f"{folder}/{result.file}-{os.getpid()}-{threading.get_ident()}"
        with open(part, "xb") as file:
            file.write(content)
        os.replace(part, f"{folder}/{result.file}")  # whole or not at all, as this process may be killed meanwhile
    return result


def _check_large(begun: bytes, rest: Iterator[bytes], modality: Modality, folder: Path) -> ValidFile | str:
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
            result = _inspect(file, modality, digest, size)
        if isinstance(result, ValidFile):
            os.replace(path, folder / result.file)
        return result
    finally:
        Path(path).unlink(missing_ok=True)


def _inspect(file: BinaryIO, modality: Modality, digest, size: int) -> ValidFile | str:
    try:
        return ValidFile(digest.hexdigest(), size, *modality.validate(file))
    except UserError as error:
        return f"{error.title.lower()} ({error.detail.removeprefix(f'{modality.called(file)}: ')})"


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK):
        yield chunk
