"""Every file that is given to predict on is answered for, by the rules of import."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from tlcore.base.progress import Progress
from tlcore.evaluation.new_files import find_new_files


@pytest.fixture
def given(tmp_path) -> Path:
    folder = tmp_path / "given"
    folder.mkdir()
    return folder


def find(given: list[Path], tmp_path: Path):
    return find_new_files(given, tmp_path / "files", Progress())


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_files_of_a_folder_stay_where_they_lie_and_what_is_left_out_has_a_reason(given, tmp_path):
    for name in ("a.png", "sub/b.jpg", ".hidden.png", ".ipynb_checkpoints/a.png", "Thumbs.db", "raw.cr2"):
        (given / name).parent.mkdir(exist_ok=True)
        (given / name).write_bytes(b"x")
    files = {file.name: file for file in find([given], tmp_path)}
    assert {name: file.path for name, file in files.items() if file.path} == {
        "a.png": given / "a.png",
        "sub/b.jpg": given / "sub" / "b.jpg",
    }
    assert {name for name, file in files.items() if "hidden" in file.problem} == {
        ".hidden.png",
        ".ipynb_checkpoints/a.png",
        "Thumbs.db",
    }
    assert "raw format" in files["raw.cr2"].problem and len(files) == 6
    assert files["sub/b.jpg"].origin == str(given / "sub" / "b.jpg")


def test_what_an_archive_holds_is_written_under_harmless_names(given, tmp_path):
    archive = zipped(given / "all.zip", {"x/<b>.png": b"1", "con.png": b"2", ".DS_Store": b"3"})
    files = find([archive], tmp_path)
    assert [file.name for file in files if file.path] == ["x/<b>.png", "con.png"]
    assert [file.path.read_bytes() for file in files if file.path] == [b"1", b"2"]
    assert {file.path.parent for file in files if file.path} == {tmp_path / "files"}
    assert [file.origin for file in files][0] == str(archive / "x/<b>.png")


def test_a_hostile_or_broken_archive_is_a_file_with_a_problem(given, tmp_path):
    evil = zipped(given / "evil.zip", {"../../evil.png": b"3"})
    broken = given / "broken.tar.gz"
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        entry = tarfile.TarInfo("a.png")
        entry.size = 100_000
        archive.addfile(entry, io.BytesIO(bytes(range(256)) * 391))
    broken.write_bytes(content.getvalue()[:-200])
    before = set(tmp_path.rglob("*"))
    files = find([evil, broken, given / "evil.zip"], tmp_path)
    assert {file.origin.removeprefix(f"{given}/").split("/")[0] for file in files if file.problem} == {
        "evil.zip",
        "broken.tar.gz",
    }
    written = {path for path in set(tmp_path.rglob("*")) - before if path.is_file()}
    assert all(path.parent == tmp_path / "files" for path in written)


def test_parts_of_a_cut_archive_are_one(given, tmp_path):
    content = zipped(given / "all.zip", {"a.png": bytes(1000), "b.png": b"2"}).read_bytes()
    (given / "all.zip").unlink()
    parts = [given / "all.zip.001", given / "all.zip.002"]
    for part, piece in zip(parts, (content[:600], content[600:]), strict=True):
        part.write_bytes(piece)
    assert [(file.name, file.path.read_bytes()) for file in find(parts, tmp_path)] == [
        ("a.png", bytes(1000)),
        ("b.png", b"2"),
    ]


def test_a_file_is_given_by_its_own_name(given, tmp_path):
    (given / "no suffix").write_bytes(b"x")
    (file,) = find([given / "no suffix"], tmp_path)
    assert (file.name, file.path, file.origin) == ("no suffix", given / "no suffix", str(given / "no suffix"))


def test_a_path_at_which_there_is_nothing_is_answered_for_too(given, tmp_path):
    (given / "a.png").write_bytes(b"x")
    files = find([given / "nowhere.png", given / "a.png", "\0"], tmp_path)
    assert [(file.path, file.problem) for file in files] == [
        (None, "There is no such file"),
        (given / "a.png", ""),
        (None, "There is no such file"),
    ]


@pytest.mark.parametrize("way", ["folder", "folders", "files", "zip"])
def test_masks_are_left_out_as_on_import(way, given, tmp_path):
    contents = {f"{folder}/{n}.png": bytes([n]) for folder in ("images", "masks") for n in range(2)}
    for name, content in contents.items():
        (given / name).parent.mkdir(exist_ok=True)
        (given / name).write_bytes(content)
    found = find(
        {
            "folder": [given],
            "folders": [given / "images", given / "masks"],
            "files": sorted(given.rglob("*.png")),
            "zip": [zipped(tmp_path / "all.zip", contents)],
        }[way],
        tmp_path,
    )
    assert [bool(file.path) for file in found] == [True, True, False, False]
    assert {file.problem for file in found if not file.path} == {"It is a mask of another file"}


def test_a_folder_of_a_masks_name_alone_is_no_mask(given, tmp_path):
    (given / "masks").mkdir()
    (given / "masks" / "a.png").write_bytes(b"x")
    assert [file.problem for file in find([given / "masks"], tmp_path)] == [""]


def test_a_link_out_of_a_folder_is_not_followed(given, tmp_path):
    (tmp_path / "secret.png").write_bytes(b"secret")
    (given / "link.png").symlink_to(tmp_path / "secret.png")
    (given / "a.png").write_bytes(b"x")
    by_name = {file.name: file for file in find([given], tmp_path)}
    assert by_name["link.png"].path is None and "link" in by_name["link.png"].problem
