"""What a scan reads of a source, and what it says of tables that are too large."""

import json

import pytest

from tlcore.base.errors import UserError
from tlcore.datasets.importing import scan
from tlcore.datasets.importing.proposing.propose import propose_import


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
