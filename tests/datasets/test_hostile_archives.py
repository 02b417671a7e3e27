"""No archive takes more memory or work than the settings allow, whatever it claims: it is read, or refused in words."""

import io
import json
import re
import subprocess
import sys
import tarfile
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.datasets import hostile
from tests.root import ROOT
from tlcore.base.errors import UserError
from tlcore.datasets.sources.members import UnreadableFile
from tlcore.datasets.sources.source import list_source, read_source

_MEMORY = 300 << 20  # bytes beside what the interpreter and libraries take; a dictionary may take 128 MiB
_SECONDS = 60  # of the processor, for all of them; what is quadratic in its input takes many minutes

# run in a process of its own, which the system ends where it goes beyond its bounds
READ = """
import json, resource, sys
from tlcore.datasets.sources.members import UnreadableFile
from tlcore.datasets.sources.source import list_source, read_source
from tlcore.base.errors import UserError

taken = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
memory, seconds = map(int, sys.argv[1:3])
resource.setrlimit(resource.RLIMIT_AS, (taken + memory, taken + memory))
resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))

def read(path):
    good, faults, refused = {}, [], ""
    try:
        for found in read_source(path):
            try:
                size = sum(map(len, iter(lambda: found.stream.read(1 << 18), b"")))
                good[found.name] = size
            except UnreadableFile as error:
                faults.append(str(error))
    except UserError as error:
        refused = str(error)
    try:
        listed = [entry.name for entry in list_source(path).entries]
    except UserError as error:
        listed = str(error)
    return {"good": good, "faults": faults, "refused": refused, "listed": listed}

for path in sys.argv[3:]:
    print(json.dumps(read(path)), flush=True)
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """What comes of each hostile archive, all read in one process whose memory and processor time are bounded."""
    folder = tmp_path_factory.mktemp("hostile")
    names = list(hostile.ARCHIVES)
    paths = [folder / f"{number}.bin" for number in range(len(names))]
    for path, name in zip(paths, names, strict=True):
        path.write_bytes(hostile.ARCHIVES[name][0])
    environment = {
        "TLCORE_HOME": str(folder / "home"),
        "TLCORE_MAX_FILES": "1000",
        "TLCORE_MAX_BYTES": "100000000",
        "PATH": "",
        "OPENBLAS_NUM_THREADS": "1",
    }
    root = ROOT
    command = [sys.executable, "-c", READ, str(_MEMORY), str(_SECONDS), *map(str, paths)]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    lines = done.stdout.splitlines()
    assert len(lines) == len(names), f"{names[len(lines)]}: {done.returncode} {done.stderr[-2000:]}"
    return dict(zip(names, map(json.loads, lines), strict=True))


@pytest.mark.skipif(sys.platform != "linux", reason="the process's size is read from Linux's /proc")
@pytest.mark.parametrize("name", hostile.ARCHIVES)
def test_it_takes_no_more_than_is_allowed_and_says_what_it_is(outcomes, name):
    outcome, word = outcomes[name], hostile.ARCHIVES[name][1]
    text = " ".join([*outcome["faults"], outcome["refused"]])
    assert bool(text) == bool(word)
    assert re.search(word, text)
    if not outcome["refused"]:
        assert "ants/1.png" in outcome["good"]
        assert sum(outcome["good"].values()) < 2000
        assert "ants/1.png" in outcome["listed"]


def packed_archives() -> list[bytes]:
    files = {"ants/1.png": b"one" * 200, "bees/猫.png": b"two" * 20, "n" * 150 + "/labels.csv": b"a,b"}
    made = []
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", method) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
            archive.comment = b"a comment"
        made.append(buffer.getvalue())
    for format in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT):
        for mode in ("w", "w:gz", "w:bz2", "w:xz"):
            buffer = io.BytesIO()
            with tarfile.open(fileobj=buffer, mode=mode, format=format) as archive:
                for name, content in files.items():
                    entry = tarfile.TarInfo(name)
                    entry.size = len(content)
                    archive.addfile(entry, io.BytesIO(content))
            made.append(buffer.getvalue())
    made += [hostile.zstd.compress(made[4]), hostile.quine(), hostile.sparse() + hostile.GOOD, hostile.wide(4, 44)]
    return made


ARCHIVES = packed_archives()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_ends_in_words_and_within_bounds(tmp_path, monkeypatch, data):
    monkeypatch.setenv("TLCORE_MAX_BYTES", "100000")
    monkeypatch.setenv("TLCORE_MAX_FILES", "50")
    content = bytearray(data.draw(st.sampled_from(ARCHIVES)))
    for _ in range(data.draw(st.integers(0, 5))):
        place = data.draw(st.integers(0, len(content) - 1))
        change = data.draw(st.sampled_from(["set", "cut", "repeat", "insert"]))
        if change == "set":
            content[place] = data.draw(st.sampled_from([0, 0xFF, 0x7F, 0x80, 0x30, 0x2F, content[place] ^ 1]))
        elif change == "cut":
            del content[place : place + data.draw(st.integers(1, 40))]
        elif change == "repeat":
            length = data.draw(st.integers(1, 600))
            content[place:place] = content[place : place + length]
        else:
            content[place:place] = data.draw(st.binary(max_size=8))
        if not content:
            break
    path = tmp_path / "damaged.bin"
    path.write_bytes(content)
    total, names = 0, []
    for read in (lambda: read_source(path), lambda: list_source(path).entries):
        try:
            for found in read():
                names.append(found.name)
                if hasattr(found, "stream"):
                    try:
                        while chunk := found.stream.read(4096):
                            total += len(chunk)
                            assert len(chunk) <= 4096
                    except UnreadableFile as error:
                        assert str(error)
        except UserError as error:
            assert error.title and error.detail and error.hint
    assert total <= 100_000
    for name in names:
        assert name and not name.startswith("/") and ".." not in name.split("/") and len(name) < 2500
        name.encode("utf-8")


def test_reading_in_small_pieces_gives_the_same_as_at_once(tmp_path):
    for number, content in enumerate(ARCHIVES[:-3]):
        path = tmp_path / f"{number}.bin"
        path.write_bytes(content)
        whole = {found.name: found.stream.read() for found in read_source(path)}
        pieces = {found.name: b"".join(iter(lambda f=found: f.stream.read(7), b"")) for found in read_source(path)}
        assert whole == pieces
        assert whole["ants/1.png"] == b"one" * 200
