"""Archives from anyone, read file by file; nothing is ever written under a name that one of them gives."""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from tlcore.base.errors import UserError
from tlcore.datasets.filenames import clean, clean_path, is_archive, is_plain, points_outside
from tlcore.datasets.sources import tars, zips
from tlcore.datasets.sources.encodings import CODE_PAGES, Encoding, check_encoding, choose_encoding, decide_code_page
from tlcore.datasets.sources.members import Broken, Member, SourceFile, Span, UnreadableFile, read_exactly

__all__ = ["Archive", "Broken", "UnreadableFile", "SourceFile", "read_archive"]

_HEAD = 512


def read_archive(path: Path, encoding: str | None = None) -> Iterator[SourceFile]:
    """Every file of a zip or tar (plain, gz, bz2, xz, zstd), in the archive's order.

    What can't be read comes too, with its `fault`, and reading it raises `UnreadableFile`: links and devices, files
    that are encrypted, that are packed in a way which is not known, or whose names point outside; the place where the
    archive is cut off or damaged, under the archive's own name.

    Args:
        path: the file.
        encoding: what names are decoded as where the archive doesn't say it; None finds out.

    Raises:
        UserError: it is no archive; can't be opened; nothing in it can be read; it is larger than the settings allow;
            or its files overlap.
    """
    return iter(Archive(_span_of(path), path.name, encoding))


class Archive:
    """An archive, to be listed or read."""

    def __init__(self, span: Span, name: str, encoding: str | None = None):
        """The archive that lies in a span and is called `name`.

        Raises:
            UserError: it is none, can't be read, or there is no such encoding.
        """
        self._span = span
        self._name = name
        self._chosen = check_encoding(encoding) if encoding else None
        self._members: list[Member] | None = None
        try:
            self._head = read_exactly(span.open(), _HEAD)
        except UnreadableFile as error:
            raise UserError(
                "The archive can't be read", f"{span.files.paths[0]}: {error}", "Check the file's permissions"
            ) from None
        self._is_zip = self._head.startswith(zips.STARTS)
        if not (self._is_zip or tars.unpacker(self._head) or tars.is_tar(self._head)):
            what = _what(self._head)
            raise UserError(
                "This is not an archive that can be read", f"{name}: {what}", "Give a zip or tar, or a folder"
            )
        if self._is_zip:
            self._members = zips.read_zip(span, name)

    def __iter__(self) -> Iterator[SourceFile]:
        """Its files; those of a packed tar can be read only until the next one is asked for."""
        return self._files(self._go_through())

    def list(self) -> Iterator[SourceFile]:
        """Its files, with what is wrong with their bytes where these must be gone through anyway.

        Only archives inside it can be read.
        """
        return self._files(self._go_through(listed=True), listed=True)

    @cached_property
    def encoding(self) -> Encoding:
        """What its names are decoded as, where it doesn't say so itself; for a tar, it may have to be gone through."""
        if self._members is None:
            for _ in self._go_through(listed=True):
                pass
        decided = _decide(self._members)
        return choose_encoding(decided, self._chosen) if self._chosen else decided

    def _go_through(self, listed: bool = False) -> Iterator[Member]:
        if self._is_zip:
            yield from self._members
            return
        members = []
        for member in tars.read_tar(self._span, self._name, self._head, listed):
            members.append(member._replace(stream=None))
            yield member
        self._members = members

    def _files(self, members: Iterable[Member], listed: bool = False) -> Iterator[SourceFile]:
        good, first = 0, None
        for member in members:
            name, fault = self._path(member)
            if name is None:
                continue
            if fault or not (member.stream or (member.open and (is_archive(name) or not listed))):
                stream = Broken(fault)
            else:
                stream = member.stream or member.open()
            total = len(self._members) if self._is_zip else None
            found = SourceFile(name, stream, total, member.size, member.lasting, member.lasting, fault)
            good += not fault
            first = first or found
            yield found
        if first and not good:
            raise UserError(
                "Nothing in this archive can be read",
                f"{self._name}: “{first.name[:200]}”: {first.fault}",
                "Pack the files again, as a zip",
            )

    def _path(self, member: Member) -> tuple[str | None, str]:
        """A member's path, cleaned, and what is wrong with it; None where it is a folder."""
        if not member.raw:
            return clean_path(self._name), member.fault
        text = member.text
        if text is None:
            name = "ascii" if member.raw.isascii() else self._chosen or self.encoding.name
            text = member.raw.decode(name, "replace")
        if is_plain(text):
            return text, member.fault
        slashed = text.replace("\\", "/")
        if slashed.endswith("/"):
            return None, ""
        fault = member.fault
        if points_outside(slashed):  # nor must its name do harm to whoever writes under it
            fault = fault or f"its name points outside the archive (“{clean(text)[:200]}”)"
            slashed = re.sub("^[A-Za-z]:", "", "/".join(part for part in slashed.split("/") if part != ".."))
        path = clean_path(slashed)
        return (path, fault) if path else (clean_path(self._name), fault or "it has no name")


def _span_of(path: Path) -> Span:
    try:
        return Span([path])
    except OSError as error:
        raise UserError(
            "The archive can't be read", f"{path}: {error.strerror}", "Check the file's permissions"
        ) from None


def _decide(members: Iterable[Member]) -> Encoding:
    """One encoding for all names that don't say theirs."""
    members = list(members)
    undecided = [member.raw for member in members if member.text is None and not member.raw.isascii()]
    if undecided:
        folders = dict.fromkeys(folder for raw in undecided for folder in raw.split(b"/")[:-1])
        decided = decide_code_page(b"\n".join([*folders, *undecided]))
        if decided.name == "utf-8":
            return decided._replace(reason="The file names are valid UTF-8.")
        return decided._replace(
            reason=f"The file names are not valid UTF-8, and most likely {CODE_PAGES[decided.name][0]}."
        )
    if all(member.text is None or member.text.isascii() for member in members):
        return Encoding("utf-8", "All file names are ASCII.", {})
    return Encoding("utf-8", "The archive says that its file names are UTF-8.", {})


def _what(head: bytes) -> str:
    if not head:
        return "the file is empty"
    if head.startswith(b"Rar!"):
        return "a RAR archive, which is not supported; unpack it and give the folder, or pack it as a zip"
    # py7zr would bring seven more packages, five of them native decoders; it gives LZMA any dictionary that the archive
    # asks for, up to 4 GiB, and hands files out only by writing all of them, where those of other archives are read.
    if head.startswith(b"7z\xbc\xaf\x27\x1c"):
        return "a 7-Zip archive, which is not supported; unpack it and give the folder, or pack it as a zip"
    if head.startswith(b"version https://git-lfs"):
        return "a Git LFS pointer; fetch the file with `git lfs pull`"
    if head.startswith(b"\x89HDF\r\n"):
        return "an HDF5 file, such as a Keras model"
    if not head.strip(b"\0"):
        return "it begins with nothing but zeros"
    if head.lstrip()[:1] == b"<":
        return "a web page; the download may have failed"
    return "neither zip nor tar"
