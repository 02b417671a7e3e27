"""Uploaded names are from anyone: what they may do is to name a file under the folder that is meant."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tlcore.base.workspace as workspace
from tlcore.jobs.uploads import keep_uploads, safe_parts, save_uploads, upload_name


class Upload(io.BytesIO):
    def __init__(self, name: str, content: bytes = b"x"):
        super().__init__(content)
        self.name = name


@given(st.text())
def test_parts_of_any_name_stay_under_the_folder_and_fit_a_file_system(name):
    parts = safe_parts(name)
    assert parts
    path = Path("/base").joinpath(*parts)
    assert path.is_relative_to("/base") and ".." not in path.parts and path != Path("/base")
    assert all(0 < len(part.encode("utf-8", "surrogatepass")) <= 255 and "\0" not in part for part in parts)


def test_folders_of_an_upload_are_kept(tmp_path):
    files = [Upload("pets/cats/1.png", b"cat"), Upload("pets\\dogs\\1.png", b"dog")]
    assert save_uploads(files, tmp_path) == tmp_path
    assert (tmp_path / "pets/cats/1.png").read_bytes() == b"cat"
    assert (tmp_path / "pets/dogs/1.png").read_bytes() == b"dog"
    assert upload_name(files) == "pets"


def test_a_single_file_is_given_as_itself(tmp_path):
    assert save_uploads([Upload("ants.tar.gz", b"archive")], tmp_path) == tmp_path / "ants.tar.gz"
    assert upload_name([Upload("ants.tar.gz")]) == "ants"


def test_names_that_become_the_same_lose_no_file(tmp_path):
    save_uploads([Upload("a.png", b"1"), Upload("./a.png", b"2"), Upload("../a.png", b"3")], tmp_path)
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {b"1", b"2", b"3"}


@pytest.mark.parametrize("name", ["x" * 300 + ".png", "ü" * 300 + ".png"])
def test_long_names_are_cut_and_keep_their_suffix(tmp_path, name):
    path = save_uploads([Upload(name)], tmp_path)
    assert path.suffix == ".png" and path.read_bytes() == b"x"


def test_a_file_where_a_folder_should_be_loses_neither(tmp_path):
    save_uploads([Upload("a", b"file"), Upload("a/b.png", b"under")], tmp_path)
    assert {path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == {b"file", b"under"}


def test_kept_uploads_lie_in_the_workspace_until_they_are_forgotten(home):
    archive = keep_uploads([Upload("module.tar.gz", b"m")])
    folder = keep_uploads([Upload("module/saved_model.pb", b"m"), Upload("module/variables/x", b"v")])
    other = home / "runs" / "a-run"
    other.mkdir(parents=True)
    assert archive.is_relative_to(home) and archive.read_bytes() == b"m"
    for path in (archive, folder, other, home, Path("/")):
        workspace.forget_upload(path)
    assert not list((home / "tmp").iterdir()) and other.exists()


def test_an_upload_that_ends_half_way_leaves_nothing(home):
    class Broken(Upload):
        def seek(self, *place):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        keep_uploads([Upload("a.png"), Broken("b.png")])
    assert not list((home / "tmp").iterdir())
