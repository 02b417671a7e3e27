"""Archives listed and read, against Python's zipfile; a reading proposed for one with a table; memory."""

import random
import re
import tarfile
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from benchmarks.measuring import NotMeasured, Row, benchmark, take_turns
from benchmarks.running import in_own_process

_LISTED = 100_000
_READ = 5_000
_SIZE = 20_000  # bytes of a file that is read
_CHUNK = 1 << 18
_STATUS = Path("/proc/self/status")


@benchmark("archives", minutes=1)
def archives() -> Iterator[Row]:
    """A zip of 100,000 files listed and proposed for, archives of 5,000 read, against zipfile and tarfile; memory."""
    import tlcore.base.workspace as workspace

    with workspace.scratch() as folder:
        many = _zip(folder / "many.zip", _LISTED, 10, zipfile.ZIP_STORED)
        turns = take_turns({"ours": lambda turn: _list(many), "peer": lambda turn: _infolist(many)})
        assert {*turns.results["ours"], *turns.results["peer"]} == {_LISTED}
        data = f"a zip of {_LISTED:,} files in 50 folders"
        note = "ours also decides on the names' encoding, cleans them, and looks for links, lies and overlaps"
        yield turns.row("list an archive", data, against="zipfile.ZipFile(path).infolist()", target=0.5, note=note)
        yield Row(
            "list an archive, memory", data, in_own_process(_memory_of_listing, many), "MB", target=120, at_most=True
        )
        with_table = _zip_with_table(folder / "table.zip", _LISTED)
        turns = take_turns({"ours": lambda turn: _propose(with_table)}, turns=3)
        assert set(turns.results["ours"]) == {_LISTED - 1}
        data = f"a zip of {_LISTED:,} entries with a table"
        yield turns.row("proposal of a reading", data, target=10.0, at_most=True)
        for kind, method in (("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED)):
            path = _zip(folder / f"{kind}.zip", _READ, _SIZE, method)
            yield _reading(path, f"a zip of {_READ:,} files of {_SIZE // 1000} kB, {kind}", _read_zip, "zipfile")
        path = _tar(folder / "packed.tar.gz")
        yield _reading(path, f"a tar.gz of {_READ:,} files of {_SIZE // 1000} kB", _read_tar, "tarfile")


def _reading(path: Path, data: str, peer, library: str) -> Row:
    turns = take_turns({"ours": lambda turn: _read(path), "peer": lambda turn: peer(path)})
    assert {*turns.results["ours"], *turns.results["peer"]} == {_READ * _SIZE}
    return turns.row("read an archive", data, against=f"{library}, every file opened and read", target=0.95)


def _contents(count: int, size: int) -> Iterator[tuple[str, bytes]]:
    """Names and contents that pack to about half."""
    numbers = random.Random(0)
    for number in range(count):
        half = numbers.randbytes(size // 2)
        yield f"data/class_{number % 50:02}/picture_{number:06}.jpg", half + half


def _zip(path: Path, count: int, size: int, method: int) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in _contents(count, size):
            archive.writestr(name, content)
    return path


def _zip_with_table(path: Path, count: int) -> Path:
    rows = ["filename,label,site"]
    with zipfile.ZipFile(path, "w") as archive:
        for number, (name, content) in enumerate(_contents(count - 1, 10)):
            archive.writestr(name, content)
            rows.append(f"{name.rpartition('/')[2]},label_{number % 7},site_{number % 13}")
        archive.writestr("data/labels.csv", "\n".join(rows))
    return path


def _tar(path: Path) -> Path:
    with tarfile.open(path, "w:gz", compresslevel=6) as archive:
        for name, content in _contents(_READ, _SIZE):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, BytesIO(content))
    return path


def _list(path: Path) -> int:
    from tlcore.datasets.sources.source import list_source

    return len(list_source(path).entries)


def _propose(path: Path) -> int:
    from tlcore.datasets import propose_import

    proposal = propose_import(path)
    assert len(proposal.outline["classes"]) == 7
    return sum(each["files"] for each in proposal.outline["classes"].values())


def _infolist(path: Path) -> int:
    with zipfile.ZipFile(path) as archive:
        return len(archive.infolist())


def _read(path: Path) -> int:
    from tlcore.datasets.sources.source import read_source

    total = 0
    for found in read_source(path):
        while chunk := found.stream.read(_CHUNK):
            total += len(chunk)
    return total


def _read_zip(path: Path) -> int:
    with zipfile.ZipFile(path) as archive:
        return sum(len(archive.read(entry)) for entry in archive.infolist())


def _read_tar(path: Path) -> int:
    with tarfile.open(path) as archive:
        return sum(len(archive.extractfile(entry).read()) for entry in archive)


def _memory_of_listing(path: Path) -> float:
    """How many MB a fresh process takes more at most for listing an archive."""
    if not _STATUS.exists():
        raise NotMeasured("the highest memory of a process is read from Linux's /proc")
    from tlcore.datasets.sources import source

    before = _highest()
    source.list_source(path)
    return _highest() - before


def _highest() -> float:
    return int(re.search(r"VmHWM:\s+(\d+) kB", _STATUS.read_text())[1]) * 1024 / 1e6
