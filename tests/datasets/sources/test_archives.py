"""Archives from anyone are read, or refused in words, and write nothing under their own names."""

import gzip
import io
import re
import struct
import tarfile
import zipfile
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tlcore.base.errors import UserError
from tlcore.datasets.sources.archives import UnreadableFile, read_archive

FILES = {"ants/1.png": b"one" * 1000, "bees/2.png": b"two" * 1000, "notes.txt": b""}


def contents(path):
    return {found.name: found.stream.read() for found in read_archive(path)}


def refusal(path):
    with pytest.raises(UserError) as caught:
        contents(path)
    assert path.name in caught.value.detail or "called" in caught.value.detail
    assert caught.value.hint
    return caught.value


def test_zips_are_read(make_zip):
    assert contents(make_zip(FILES)) == FILES


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_tars_are_read_however_they_are_packed_and_called(make_tar, mode):
    assert contents(make_tar(FILES, "data.bin", mode)) == FILES


def test_files_that_are_not_read_may_be_passed_over(make_tar, make_zip):
    for path in (make_tar(FILES, mode="w:gz"), make_zip(FILES)):
        found = [each.name for each in read_archive(path)]
        assert found == list(FILES)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"\0" * 10240, "nothing"),
        (b"<!doctype html>", "web page"),
        (b"Rar!\x1a\x07\0" + bytes(100), "RAR"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(100), "7-Zip"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
        (b"plain text, nothing else", "neither zip nor tar"),
        (gzip.compress(b"a text that is no tar" * 100, mtime=0), "no tar"),
        (b"\x1f\x8b" + bytes(100), "data.zip"),
        (b"PK\x03\x04" + bytes(100), "cut off"),
    ],
)
def test_what_is_no_archive_is_refused(tmp_path, content, word):
    path = tmp_path / "data.zip"
    path.write_bytes(content)
    assert word in str(refusal(path))


def left_out(path):
    """What has a fault, and why; the others are read."""
    faults = {}
    for found in read_archive(path):
        if found.fault:
            faults[found.name] = found.fault
            with pytest.raises(UnreadableFile, match=re.escape(found.fault)):
                found.stream.read()
        else:
            assert found.stream.read() == FILES[found.name]
    return faults


@pytest.mark.parametrize(
    "name", ["../up.png", "a/../../up.png", "/etc/up.png", "..\\up.png", "C:\\up.png", "\\\\s\\up.png", "a/.."]
)
def test_names_that_point_outside_are_left_out_and_do_no_harm(make_zip, make_tar, name):
    for path in (make_zip({**FILES, name: b"x"}), make_tar({**FILES, name: b"x"}, mode="w:gz")):
        ((harmless, fault),) = left_out(path).items()
        assert "outside" in fault and name in fault
        assert not harmless.startswith("/") and ":" not in harmless and ".." not in harmless.split("/")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_a_tar_are_left_out(make_tar, kind):
    path = make_tar(FILES)
    with tarfile.open(path, "a") as archive:
        entry = tarfile.TarInfo("ants/9.png")
        entry.type, entry.linkname = kind, "/etc/passwd"
        archive.addfile(entry)
    assert "link" in left_out(path)["ants/9.png"] or "not a regular file" in left_out(path)["ants/9.png"]


def test_links_in_a_zip_are_left_out(make_zip):
    path = make_zip(FILES)
    with zipfile.ZipFile(path, "a") as archive:
        entry = zipfile.ZipInfo("ants/9.png")
        entry.create_system, entry.external_attr = 3, 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    assert left_out(path) == {"ants/9.png": "it is a link or device, not a file"}


@pytest.mark.parametrize(("place", "value", "word"), [(8, 1, "encrypted"), (10, 97, "method 97"), (10, 9, "Deflate64")])
def test_encrypted_files_and_unknown_methods_are_left_out_and_refused_where_there_is_nothing_else(
    make_zip, place, value, word
):
    path = make_zip(FILES)
    content = bytearray(path.read_bytes())
    first = content.index(b"PK\x01\x02")
    content[first + place] |= value
    path.write_bytes(content)
    assert word in left_out(path)["ants/1.png"]
    while first >= 0:
        content[first + place] |= value
        first = content.find(b"PK\x01\x02", first + 4)
    path.write_bytes(content)
    with pytest.raises(UserError, match=word) as caught:
        list(read_archive(path))
    assert caught.value.title == "Nothing in this archive can be read"


def overlapping_zip(path):
    """Two entries of the directory lead to the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/1.png", bytes(10_000))
        archive.writestr("b/1.png", b"x")
    content = bytearray(buffer.getvalue())
    second = content.index(b"PK\x01\x02", content.index(b"PK\x01\x02") + 4)
    content[second + 42 : second + 46] = struct.pack("<I", 0)
    path.write_bytes(content)


def test_overlapping_entries_are_refused(tmp_path):
    overlapping_zip(tmp_path / "data.zip")
    assert "overlap" in refusal(tmp_path / "data.zip").title


def test_archives_that_unpack_beyond_the_limits_are_refused(make_zip, make_tar, monkeypatch):
    paths = (make_zip(FILES), make_tar(FILES, mode="w:gz"))
    monkeypatch.setenv("TLCORE_MAX_BYTES", "5999")
    for path in paths:
        assert "5,999 bytes" in refusal(path).detail
    monkeypatch.setenv("TLCORE_MAX_BYTES", "6000")
    monkeypatch.setenv("TLCORE_MAX_FILES", "2")
    for path in paths:
        assert "2 files" in refusal(path).detail
    monkeypatch.setenv("TLCORE_MAX_FILES", "3")
    for path in paths:
        assert contents(path) == FILES


def test_an_archive_cannot_unpack_to_more_than_it_says(make_zip):
    path = make_zip({"a/1.png": bytes(100_000)})
    content = path.read_bytes().replace(struct.pack("<I", 100_000), struct.pack("<I", 10))
    path.write_bytes(content)
    with pytest.raises((UnreadableFile, UserError)):
        contents(path)


def test_one_damaged_entry_of_a_zip_leaves_the_others(make_zip):
    path = make_zip(FILES)
    path.write_bytes(path.read_bytes().replace(b"twotwo", b"tw0two", 1))
    read = {}
    for found in read_archive(path):
        try:
            read[found.name] = found.stream.read()
        except UnreadableFile as error:
            read[found.name] = str(error)
    assert read["ants/1.png"] == FILES["ants/1.png"]
    assert "damaged" in read["bees/2.png"]


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz", "w:bz2"])
def test_of_a_truncated_tar_what_came_before_the_cut_is_read_and_the_cut_is_said(make_tar, mode):
    random = Random(0)
    files = {f"a/{n}.png": random.randbytes(60_000) for n in range(40)}
    path = make_tar(files, mode=mode)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2 + 100])
    read, faults = {}, {}
    for found in read_archive(path):
        try:
            read[found.name] = found.stream.read()
        except UnreadableFile as error:
            faults[found.name] = str(error)
    assert 5 < len(read) < 25
    assert read == dict(list(files.items())[: len(read)])
    assert "cut off" in faults.pop(f"a/{len(read)}.png")
    ((name, fault),) = faults.items()
    assert name == path.name and f"everything after “a/{len(read)}.png” is lost" in fault


def test_a_zip_that_is_cut_off_is_refused_and_says_so(make_zip):
    path = make_zip(FILES)
    path.write_bytes(path.read_bytes()[:-200])
    assert "cut off" in refusal(path).title


def test_names_are_read_in_the_letters_they_were_written_in(make_zip, tmp_path):
    path = tmp_path / "old.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Kafer/1.png", b"x")
        archive.writestr("🐝/2.png", b"x")
    content = path.read_bytes().replace(b"Kafer/", "Käfe/".encode())  # UTF-8 that is not said to be
    path.write_bytes(content)
    assert set(contents(path)) == {"Käfe/1.png", "🐝/2.png"}
    windows = make_zip({"train\\ants\\1.png": b"x", "o\N{COMBINING DIAERESIS}.png": b"x"})
    assert set(contents(windows)) == {"train/ants/1.png", "ö.png"}


hostile_names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=300).filter(
    lambda name: not name.endswith("/") and name.encode("utf-8")
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(hostile_names, min_size=1, max_size=4, unique=True))
def test_any_names_are_read_as_clean_paths_or_refused(make_zip, make_tar, names):
    files = {name: b"x" for name in names}
    for path in (make_zip(files), make_tar(files)):
        try:
            found = [each.name for each in read_archive(path)]
        except UserError:
            continue
        for name in found:
            assert not name.startswith("/")
            assert ".." not in name.split("/")
            assert not set(name) & {"\0", "\n", "\x1b", "\u202e"}
            name.encode("utf-8")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_ends_in_words(make_zip, make_tar, tmp_path, data):
    whole = data.draw(
        st.sampled_from([make_zip(FILES), make_tar(FILES), make_tar(FILES, "z.tgz", "w:gz")])
    ).read_bytes()
    content = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged.bin"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        for found in read_archive(path):
            try:
                found.stream.read()
            except UnreadableFile:
                continue
    except UserError as error:
        assert error.title


def test_what_can_not_be_opened_is_refused(tmp_path):
    assert str(tmp_path) in refusal(tmp_path).detail
