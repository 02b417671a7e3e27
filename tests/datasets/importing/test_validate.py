"""A file is read once: what is kept is what was hashed and could be decoded, large or small, wherever it lay."""

import hashlib
import io

import pytest

from tlcore.datasets import import_dataset
from tlcore.datasets.importing import ingest, validate
from tlcore.datasets.importing.validate import ValidFile, check
from tlcore.datasets.sources.archives import SourceFile, UnreadableFile, read_archive
from tlcore.modalities.image.entry import ENTRY as IMAGE


@pytest.fixture(params=["whole", "large"])
def any_size(request, monkeypatch):
    """Files held in memory, and files too large for that."""
    if request.param == "large":
        monkeypatch.setattr(validate, "WHOLE", 1000)
        monkeypatch.setattr(validate, "_CHUNK", 400)
        monkeypatch.setattr(ingest, "WHOLE", 1000)
    return request.param


def found(name, content):
    return SourceFile(name, io.BytesIO(content), None, len(content), lasting=True)


def test_a_picture_lies_under_its_hash(tmp_path, picture, any_size):
    content = picture(1, "JPEG", (200, 100))
    sha256 = hashlib.sha256(content).hexdigest()
    for name in ("a.png", "again.jpg", "without suffix"):
        kept = check(found(name, content), IMAGE, tmp_path)
        assert kept == ValidFile(sha256, len(content), ".jpg", kept.facts)
        assert (kept.facts["width"], kept.facts["height"]) == (200, 100)
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [(f"{sha256}.jpg", content)]


def test_what_can_not_be_kept_leaves_nothing(tmp_path, picture, any_size):
    cut = picture(1, "JPEG", (200, 200))[:5000]
    assert check(found("a.jpg", cut), IMAGE, tmp_path).startswith("the picture is damaged (image file is truncated")
    assert "it is a text file" in check(found("a.jpg", b"text" * 2000), IMAGE, tmp_path)
    assert check(found("film.mp4", b"text" * 2000), IMAGE, tmp_path) is None
    assert not list(tmp_path.iterdir())


class Breaking(io.BytesIO):
    def read(self, size=-1):
        if self.tell() > 1500:
            raise UnreadableFile("it ends here")
        return super().read(size)


def test_a_file_that_breaks_off_while_it_is_read_leaves_nothing(tmp_path, picture, any_size):
    broken = SourceFile("a.png", Breaking(picture(1, "PNG", (200, 200))), None, 0, lasting=True)
    if any_size == "whole":
        broken.stream.seek(1501)
    assert check(broken, IMAGE, tmp_path) == "it ends here"
    assert not list(tmp_path.iterdir())


def test_large_files_of_every_source_are_read(make_zip, make_tar, make_folder, picture, any_size):
    files = {f"{'ab'[n % 2]}/{n}.png": picture(n, size=(40, 30)) for n in range(30)}
    files |= {"a/cut.jpg": picture(99, "JPEG", (90, 90))[:3000], "a/film.mp4": b"film" * 2000}
    first = import_dataset(make_folder(files))
    assert {problem.kind for problem in first.problems} == {"unreadable", "ignored"}
    for row in first.examples.itertuples():
        assert first.file(row.id).read_bytes() == files[row.source_name]
    for source in (make_zip(files), make_tar(files), make_tar(files, "data.tgz", "w:gz")):
        again = import_dataset(source)
        assert (again.id, again.problems) == (first.id, first.problems)


def test_files_of_a_tar_wait_in_bounded_memory(make_tar, picture, monkeypatch):
    monkeypatch.setattr(ingest, "_MOST_HELD", 10_000)
    files = {f"{'ab'[n % 2]}/{n}.png": picture(n, size=(40, 30)) for n in range(30)}
    assert len(import_dataset(make_tar(files)).examples) == 30


def test_entries_of_a_zip_can_be_read_after_all_were_named(make_zip, two_classes):
    entries = list(read_archive(make_zip(two_classes)))
    assert all(entry.lasting for entry in entries)
    assert {entry.name: entry.stream.read() for entry in reversed(entries)} == two_classes
