"""What a scan reads of a source, and what it says of tables that are too large."""

import json
import random
import tarfile

import pytest

from tlcore.base.errors import UserError
from tlcore.datasets import import_dataset, propose_import
from tlcore.datasets.importing import scan
from tlcore.datasets.importing.tables import formats
from tlcore.datasets.importing.tables.matching import FileNames
from tlcore.datasets.sources import decompression, tars, zips
from tlcore.datasets.sources.source import OpenSource


@pytest.fixture
def calls(monkeypatch):
    """How often a function of a module, or a method of a class, is called."""

    def count(place, name) -> list:
        made, function = [], getattr(place, name)
        monkeypatch.setattr(place, name, lambda *args, **more: made.append(args) or function(*args, **more))
        return made

    return count


@pytest.fixture
def labelled(picture):
    files = {f"images/{n}.png": picture(n) for n in range(8)}
    rows = [f"{name},{('cat', 'dog')[n % 2]}" for n, name in enumerate(files)]
    return {"labels.csv": "\n".join(["filename,label", *rows]).encode(), **files}


def test_the_directory_of_a_zip_is_read_once(calls, make_zip, labelled):
    directories = calls(zips, "read_zip")
    path = make_zip({"inner.zip": make_zip(labelled, "inner.zip").read_bytes()})
    propose_import(path)
    assert len(directories) == 2  # that of the inner one too
    assert len(import_dataset(path).examples) == 8
    assert len(directories) == 4


def test_files_are_joined_with_a_table_once(calls, make_zip, labelled):
    joined, tables = calls(FileNames, "find"), calls(formats, "_parted")
    propose_import(make_zip(labelled))
    assert (len(joined), len(tables)) == (1, 1)


def test_a_packed_tar_is_unpacked_once_to_list_it_and_then_as_far_as_its_tables_reach(
    calls, make_tar, labelled, monkeypatch
):
    labelled["large/0.png"] = random.Random(0).randbytes(1 << 20)
    path = make_tar(labelled, "data.tar.gz", "w:gz")
    passes, read = calls(tars, "read_tar"), []
    piece = decompression.Unpacked.read
    monkeypatch.setattr(decompression.Unpacked, "read", lambda *args: read.append(piece(*args)) or read[-1])
    propose_import(path)
    assert len(passes) == 2
    assert 1 << 20 < sum(map(len, read)) < 1.5 * (1 << 20)
    assert len(import_dataset(path).examples) == 8
    assert len(passes) == 2 + 3


def test_names_in_a_packed_tar_are_decided_on_in_one_pass(calls, tmp_path):
    with tarfile.open(tmp_path / "data.tar.gz", "w:gz", encoding="gbk", format=tarfile.GNU_FORMAT) as archive:
        for name in ("猫/0.jpg", "狗/照片1.jpg"):
            archive.addfile(tarfile.TarInfo(name))
    passes = calls(tars, "read_tar")
    source = OpenSource(tmp_path / "data.tar.gz")
    source.list()
    before = len(passes)
    assert [found.name for found in source.read()] == ["猫/0.jpg", "狗/照片1.jpg"]
    assert len(passes) == before + 1


def coco(count: int, **more) -> bytes:
    """A file in COCO's format."""
    images = [{"id": n, "file_name": f"{n}.jpg"} for n in range(count)]
    annotations = [{"image_id": n, "category_id": 0, **more} for n in range(count)]
    return json.dumps({"info": {}, "images": images, "annotations": annotations, "categories": []}).encode()


@pytest.fixture
def small_tables(monkeypatch):
    monkeypatch.setattr(scan, "LARGEST", 4_000)


def test_a_large_file_of_boxes_is_known_by_its_beginning(small_tables, make_zip):
    content = coco(40, bbox=[1, 2, 3, 4], segmentation=[[1] * 300])
    path = make_zip({**{f"images/{n}.jpg": b"" for n in range(40)}, "annotations/instances.json": content})
    with pytest.raises(UserError, match="boxes in COCO format .annotations/instances.json") as caught:
        propose_import(path)
    assert "class" in caught.value.hint


def test_a_large_file_of_boxes_beside_class_folders_is_named(small_tables, make_zip):
    content = coco(40, bbox=[1, 2, 3, 4], segmentation=[[1] * 300])
    path = make_zip({**{f"{'ab'[n % 2]}/{n}.jpg": b"" for n in range(40)}, "instances.json": content})
    proposal = propose_import(path)
    assert set(proposal.outline["classes"]) == {"a", "b"}
    assert proposal.options["tables"][0]["problem"] == "it gives boxes for each file, not one class"


def test_a_table_that_is_too_large_is_named(small_tables, make_zip):
    content = b"filename,label\n" + b"".join(b"%d.jpg,a\n" % n for n in range(1000))
    proposal = propose_import(make_zip({**{f"{'ab'[n % 2]}/{n}.jpg": b"" for n in range(4)}, "labels.csv": content}))
    assert "more than 4,000 bytes" in proposal.options["tables"][0]["problem"]
