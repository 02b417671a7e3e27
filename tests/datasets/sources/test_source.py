"""Whatever is given, an archive, a folder, files, is listed and read under the same names."""

import gzip
import io
import itertools
import os
import pickle
import re
import sys
import tarfile
import zipfile
import zlib

import pytest

from tlcore.base.errors import UserError
from tlcore.datasets.sources.members import UnreadableFile
from tlcore.datasets.sources.source import OpenSource, list_source, read_source, source_name

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FILES = {"ants/1.png": b"one" * 500, "bees/2.png": b"two", "labels.csv": b"filename,label\n"}


def contents(source, **options):
    """What can be read, by name; of all else, why it can't."""
    read = {}
    for found in read_source(source, **options):
        try:
            read[found.name] = found.stream.read()
        except UnreadableFile as error:
            read[found.name] = str(error)
    return read


def zipped(files, method=zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.fixture
def sources(make_zip, make_tar, make_folder, tmp_path):
    packed = make_tar(FILES, "c.tar.zst")
    packed.write_bytes(zstd.compress(packed.read_bytes()))
    tars = [make_tar(FILES, f"{mode[2:]}.tar", mode) for mode in ("w", "w:gz", "w:bz2", "w:xz")]
    return [make_zip(FILES), *tars, packed, make_folder(FILES)]


def test_a_listing_names_what_is_read_and_its_size(sources):
    for source in sources:
        listing = list_source(source)
        assert {entry.name: entry.size for entry in listing.entries} == {n: len(c) for n, c in FILES.items()}
        assert contents(source) == FILES
        assert not listing.problems and not listing.encodings and listing.encoding == "utf-8"


def test_only_what_is_wanted_is_read(sources):
    for source in sources:
        assert contents(source, only=lambda name: "csv" in name) == {"labels.csv": FILES["labels.csv"]}


def test_a_source_may_be_gone_through_again(sources):
    for source in sources:
        opened = OpenSource(source)
        for _ in range(2):
            assert {entry.name for entry in opened.list().entries} == set(FILES)
            assert {found.name: found.stream.read() for found in opened.read()} == FILES


def test_archives_of_one_name_in_an_archive_are_told_apart(tmp_path):
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive, pytest.warns(UserWarning):
        for name in ("1.png", "2.png"):
            archive.writestr("inner.zip", zipped({name: name.encode()}))
    opened = OpenSource(tmp_path / "data.zip")
    assert [entry.name for entry in opened.list().entries] == ["inner/1.png", "inner/2.png"]
    assert [found.stream.read() for found in opened.read()] == [b"1.png", b"2.png"]


def test_what_can_be_read_elsewhere_is_the_same_there(sources):
    for source in sources:
        for found in [found for found in read_source(source) if found.portable]:
            assert pickle.loads(pickle.dumps(found)).stream.read() == FILES[found.name]


def test_a_table_alone_is_a_source(tmp_path):
    (tmp_path / "labels.csv").write_bytes(FILES["labels.csv"])
    assert contents(tmp_path / "labels.csv") == {"labels.csv": FILES["labels.csv"]}


# Names


def old_zip(path, names, encoding, unicode_field=False):
    """A zip whose names are in a code page, as Windows' own packer writes them."""
    with zipfile.ZipFile(path, "w") as archive:
        for number, name in enumerate(names):
            raw = name.encode(encoding)
            entry = zipfile.ZipInfo(f"{number:04}{'x' * (len(raw) - 4)}")
            assert len(entry.filename) == len(raw)
            if unicode_field:
                content = b"\x01" + zlib.crc32(raw).to_bytes(4, "little") + name.encode()
                entry.extra = b"\x75\x70" + len(content).to_bytes(2, "little") + content
            archive.writestr(entry, b"x")
    content = path.read_bytes()
    for number, name in enumerate(names):
        raw = name.encode(encoding)
        content = content.replace(f"{number:04}{'x' * (len(raw) - 4)}".encode(), raw)
    path.write_bytes(content)
    return path


GBK = ["猫/0.jpg", "猫/照片1.jpg", "狗/0.jpg", "狗/照片1.jpg"]


def test_names_in_an_old_encoding_are_decided_once_for_all(tmp_path):
    """The bytes of 猫 are also valid UTF-8, for one other letter: decided name by name, one class becomes two."""
    path = old_zip(tmp_path / "data.zip", GBK, "gbk")
    listing = list_source(path)
    assert [entry.name for entry in listing.entries] == list(contents(path)) == GBK
    assert listing.encoding == "gb18030" and "Chinese" in listing.encoding_reason
    assert listing.encodings["gb18030"].startswith("猫, 狗") and len(listing.encodings) > 1


def test_another_encoding_can_be_chosen(tmp_path):
    path = old_zip(tmp_path / "data.zip", GBK, "gbk")
    listing = list_source(path, encoding="EUC-KR")
    assert listing.encoding == "euc_kr" and listing.encoding_reason == "This encoding was chosen."
    assert [entry.name for entry in listing.entries] == list(contents(path, encoding="euc_kr"))
    assert listing.entries[0].name == "猫/0.jpg".encode("gbk").decode("euc_kr")
    with pytest.raises(UserError, match="encoding can't be used"):
        list_source(path, encoding="klingon")


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_names_in_a_tar_are_decided_likewise(tmp_path, mode):
    with tarfile.open(tmp_path / "data.tar", mode, encoding="gbk", format=tarfile.GNU_FORMAT) as archive:
        for name in ["plain/0.jpg", *GBK]:
            archive.addfile(tarfile.TarInfo(name))
    listing = list_source(tmp_path / "data.tar")
    assert [entry.name for entry in listing.entries] == list(contents(tmp_path / "data.tar")) == ["plain/0.jpg", *GBK]
    assert listing.encoding == "gb18030"


def test_names_that_are_given_in_unicode_too_are_believed(tmp_path):
    path = old_zip(tmp_path / "data.zip", GBK, "gbk", unicode_field=True)
    assert list(contents(path)) == GBK
    assert "says" in list_source(path).encoding_reason and not list_source(path).encodings


def test_a_unicode_name_of_another_name_is_not_believed(tmp_path):
    path = old_zip(tmp_path / "data.zip", GBK, "gbk", unicode_field=True)
    content = path.read_bytes()
    for name in GBK:
        content = content.replace(zlib.crc32(name.encode("gbk")).to_bytes(4, "little"), bytes(4))
    path.write_bytes(content)
    assert list(contents(path)) == GBK


# Archives in archives, and archives in parts


def test_archives_in_an_archive_are_read_as_folders(tmp_path, make_zip, make_tar):
    inner = {
        "train.zip": zipped(FILES),
        "stored/test.zip": zipped(FILES),
        "more.tar.gz": make_tar(FILES, "inner", "w:gz").read_bytes(),
        "notes.txt": b"n",
    }
    expected = {"notes.txt": b"n"}
    for folder in ("train", "stored/test", "more"):
        expected |= {f"{folder}/{name}": content for name, content in FILES.items()}
    for path in (make_zip(inner), make_tar(inner), make_tar(inner, "data.tgz", "w:gz")):
        assert contents(path) == expected
        assert {entry.name: entry.size for entry in list_source(path).entries} == {
            name: len(content) for name, content in expected.items()
        }
    assert contents(make_zip({"all.zip": zipped(inner)}))["all/notes.txt"] == b"n"


def test_a_packed_archive_in_an_archive_leaves_nothing_behind(make_zip, tmp_path, monkeypatch):
    monkeypatch.setenv("TLCORE_HOME", str(tmp_path / "home"))
    with zipfile.ZipFile(tmp_path / "data.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("train.zip", zipped(FILES, zipfile.ZIP_STORED))
    found = list(read_source(tmp_path / "data.zip"))
    assert {each.name: each.stream.read() for each in found} == {f"train/{n}": c for n, c in FILES.items()}
    assert len(list((tmp_path / "home/tmp").iterdir())) == 1
    del found
    assert not list((tmp_path / "home/tmp").iterdir())


def test_a_bad_archive_in_an_archive_is_left_out_alone(make_zip):
    path = make_zip({"a.zip": zipped(FILES), "b.zip": b"PK\x03\x04", "c.rar": b"Rar!\x1a\x07\0", "d.zip": b""})
    read = contents(path)
    assert read["a/ants/1.png"] == FILES["ants/1.png"]
    assert "cut off" in read["b.zip"] and "RAR" in read["c.rar"] and "empty" in read["d.zip"]
    assert {file for problem in list_source(path).problems for file in problem.files} == {"b.zip", "c.rar", "d.zip"}


def test_an_archive_in_an_archive_counts_once(make_zip, monkeypatch):
    path = make_zip({"a.zip": zipped({"a/1.png": bytes(5000)}, zipfile.ZIP_STORED)})
    monkeypatch.setenv("TLCORE_MAX_BYTES", str(path.stat().st_size))
    assert contents(path) == {"a/a/1.png": bytes(5000)}
    monkeypatch.setenv("TLCORE_MAX_BYTES", "4999")
    with pytest.raises(UserError, match="4,999 bytes"):
        contents(path)


def test_zips_that_were_joined_are_read_from_the_last_on_and_it_is_said(make_zip):
    path = make_zip(FILES)
    first = zipped({"first.png": b"x"})
    path.write_bytes(first + path.read_bytes())
    read = contents(path)
    assert f"first {len(first)} bytes" in read.pop("data.zip")
    assert read == FILES


def test_limits_are_of_all_archives_together(make_zip, tmp_path, monkeypatch):
    path = make_zip({"a.zip": zipped(FILES), "b.zip": zipped(FILES)})
    monkeypatch.setenv("TLCORE_MAX_FILES", "7")
    with pytest.raises(UserError, match="more than 7 files"):
        contents(path)
    monkeypatch.setenv("TLCORE_MAX_FILES", "8")
    assert len(contents(path)) == 6


def cut(content, folder, names):
    length = -(-len(content) // len(names))
    for number, name in enumerate(names):
        (folder / name).write_bytes(content[number * length : (number + 1) * length])
    return [folder / name for name in names]


@pytest.mark.parametrize(
    "names",
    [
        ("data.zip.001", "data.zip.002", "data.zip.003"),
        ("data.zip.aa", "data.zip.ab", "data.zip.ac"),
        ("data.zip.part1", "data.zip.part2"),
        ("data.zip_00", "data.zip_01"),
        ("data.zip.001",),
    ],
)
def test_an_archive_that_was_cut_is_read_from_its_parts(tmp_path, names):
    folder = tmp_path / "data"
    folder.mkdir()
    parts = cut(zipped(FILES), folder, names)
    for source in (folder, parts, parts[::-1], parts[0], parts[-1]):
        assert contents(source) == FILES
    assert source_name(parts[0]) == "data"


def test_a_tar_that_was_cut_is_read_from_its_parts(tmp_path, make_tar):
    for mode in ("w", "w:gz"):
        parts = cut(make_tar(FILES, mode=mode).read_bytes(), tmp_path, ("data.tar.gz.aa", "data.tar.gz.ab"))
        assert contents(parts) == FILES


def test_parts_that_are_missing_are_named(tmp_path):
    parts = cut(zipped(FILES), tmp_path, ("data.zip.001", "data.zip.002", "data.zip.003"))
    parts[2].unlink()
    with pytest.raises(UserError, match="part 2 of a multi-part archive") as caught:
        contents(parts[0])
    assert "all parts" in caught.value.hint
    parts[0].unlink()
    with pytest.raises(UserError, match="data.zip.002 is part 2 of a multi-part archive; part 1 is missing"):
        contents(parts[1])


@pytest.mark.parametrize("way", ["damaged", "too large", "overlapping", "7z", "unknown"])
def test_only_a_joined_archive_that_is_cut_off_misses_parts(way, tmp_path, monkeypatch):
    content, names = zipped(FILES), ("data.zip.001", "data.zip.002")
    if way == "damaged":
        content = content.replace(b"PK\x01\x02", b"PK??")
    elif way == "too large":
        monkeypatch.setenv("TLCORE_MAX_FILES", "1")
    elif way == "overlapping":
        first, second = (place.start() for place in itertools.islice(re.finditer(b"PK\x01\x02", content), 2))
        content = content[: second + 42] + content[first + 42 : first + 46] + content[second + 46 :]
    elif way == "7z":
        content, names = b"7z\xbc\xaf\x27\x1c" + bytes(1000), ("data.7z.001", "data.7z.002")
    elif way == "unknown":
        content = bytes(range(1, 200)) * 10
    words = {"damaged": "is damaged", "overlapping": "overlap", "7z": "7-Zip", "unknown": "neither"}
    with pytest.raises(UserError, match=words.get(way, way)) as caught:
        contents(cut(content, tmp_path, names))
    assert "missing" not in str(caught.value)


@pytest.mark.parametrize("name", ["data.z01", "data.part1.rar", "data.r00"])
def test_parts_that_can_not_be_joined_are_named(tmp_path, name):
    (tmp_path / name).write_bytes(b"PK\x07\x08" + bytes(100))
    with pytest.raises(UserError, match="multi-part archive") as caught:
        contents(tmp_path / name)
    assert "folder" in caught.value.hint


def test_the_last_part_of_a_cut_zip_is_named(make_zip):
    path = make_zip(FILES)
    content = bytearray(path.read_bytes())
    content[content.rindex(b"PK\x05\x06") + 4] = 2
    path.write_bytes(content)
    with pytest.raises(UserError, match="the last of 3 parts"):
        contents(path)


def test_several_archives_are_folders_and_a_bad_one_is_left_out(tmp_path, make_zip, make_tar):
    paths = [make_zip(FILES, "a.zip"), make_tar(FILES, "b.tar"), make_zip({}, "c.zip")]
    paths[2].write_bytes(b"PK\x03\x04 and no more")
    read = contents(paths)
    assert read["a/ants/1.png"] == read["b/ants/1.png"] == FILES["ants/1.png"]
    assert "cut off" in read["c.zip"]


def test_a_bad_archive_among_several_does_not_keep_the_others_from_being_listed(tmp_path, make_zip):
    paths = [make_zip(FILES, "a.zip"), tmp_path / "b.tgz", tmp_path / "c.tgz"]
    paths[1].write_bytes(gzip.compress(b"a text that is no tar" * 100))
    paths[2].write_bytes(gzip.compress(b"another")[:-9])
    listing = list_source(paths)
    assert {entry.name for entry in listing.entries} == {f"a/{name}" for name in FILES}
    assert {file for problem in listing.problems for file in problem.files} == {"b.tgz", "c.tgz"}
    assert listing.encoding == "utf-8"


# Folders


def hub_cache(folder):
    """A dataset as Hugging Face's cache keeps it: names that are links to contents."""
    root = folder / "datasets--me--pets"
    (root / "blobs").mkdir(parents=True)
    snapshot = root / "snapshots" / "0a1b2c"
    for name, content in FILES.items():
        (snapshot / name).parent.mkdir(parents=True, exist_ok=True)
        blob = f"{zlib.crc32(content):08x}"
        (root / "blobs" / blob).write_bytes(content)
        (snapshot / name).symlink_to(os.path.relpath(root / "blobs" / blob, (snapshot / name).parent))
    return root


def test_links_of_a_cache_are_followed_to_its_contents(tmp_path):
    root = hub_cache(tmp_path)
    assert contents(root / "snapshots" / "0a1b2c") == FILES
    assert {entry.size for entry in list_source(root / "snapshots" / "0a1b2c").entries} == set(map(len, FILES.values()))
    assert contents(root) == {f"snapshots/0a1b2c/{name}": content for name, content in FILES.items()}


def test_links_that_lead_elsewhere_are_left_out_and_listed(make_folder, tmp_path):
    folder = make_folder(FILES)
    (tmp_path / "secret.png").write_bytes(b"secret")
    (folder / "out.png").symlink_to(tmp_path / "secret.png")
    (folder / "gone.png").symlink_to("nowhere")
    (folder / "round.png").symlink_to("round.png")
    (folder / "loop").symlink_to(".")
    (folder / "in.png").symlink_to("ants/1.png")
    read = contents(folder)
    assert read.pop("in.png") == FILES["ants/1.png"]
    for name in ("out.png", "gone.png", "round.png", "loop"):
        assert "link" in read.pop(name)
    assert read == FILES
    ((problem),) = list_source(folder).problems
    assert problem.kind == "unreadable" and len(problem.files) == 4


def test_folders_that_may_not_be_looked_into_are_listed(make_folder, monkeypatch):
    folder = make_folder(FILES)
    scandir = os.scandir

    def scan(path):
        if path.endswith("bees"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", scan)
    assert "Permission denied" in contents(folder)["bees"]
    ((problem),) = list_source(folder).problems
    assert problem.files == ("bees",) and "Permission denied" in problem.action


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names that are any bytes")
def test_names_on_the_disk_that_are_not_utf8_are_decided_once_for_all(tmp_path):
    for name in GBK:
        path = os.path.join(os.fsencode(tmp_path / "data"), name.encode("gbk"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(name.encode())
    assert contents(tmp_path / "data") == {name: name.encode() for name in GBK}
    listing = list_source(tmp_path / "data")
    assert listing.encoding == "gb18030" and listing.encodings["gb18030"]
    assert list_source(tmp_path / "data", encoding="euc_kr").entries[0].name not in GBK
