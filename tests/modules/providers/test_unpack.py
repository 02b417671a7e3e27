"""Archives of modules are unpacked as if each were made to do harm."""

import io
import stat
import tarfile
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.modules.providers.unpack import unpack
from tlcore.modules.savedmodel.files import check_saved_model, find_saved_model, fingerprint


def write_tar(path, entries, mode="w:gz"):
    """`entries`: names with bytes, or whole TarInfos."""
    with tarfile.open(path, mode) as tar:
        for name, content in entries:
            if isinstance(name, tarfile.TarInfo):
                tar.addfile(name, io.BytesIO(content) if content else None)
            else:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    return path


def odd(name, type, link=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = type, link
    return info


@pytest.fixture
def into(tmp_path):
    folder = tmp_path / "deep" / "into"
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_a_tar_is_unpacked_with_its_folders(tmp_path, into, mode):
    archive = write_tar(tmp_path / "m", [("./saved_model.pb", b"graph"), ("./variables/variables.index", b"i")], mode)
    unpack(archive, into, "m", Progress())
    assert (into / "saved_model.pb").read_bytes() == b"graph"
    assert (into / "variables" / "variables.index").read_bytes() == b"i"


@pytest.mark.parametrize(
    "entry",
    [
        ("../out", b"x"),
        ("a/../../out", b"x"),
        ("/tmp/out", b"x"),
        ("..\\out", b"x"),
        ("C:/out", b"x"),
        (odd("link", tarfile.SYMTYPE, "/etc/passwd"), b""),
        (odd("link", tarfile.SYMTYPE, "saved_model.pb"), b""),
        (odd("link", tarfile.LNKTYPE, "saved_model.pb"), b""),
        (odd("device", tarfile.CHRTYPE), b""),
        (odd("pipe", tarfile.FIFOTYPE), b""),
    ],
)
def test_a_tar_that_reaches_outside_or_links_is_refused(tmp_path, into, entry):
    archive = write_tar(tmp_path / "m.tar.gz", [("saved_model.pb", b"x"), entry])
    with pytest.raises(UserError, match=r"m\.tar\.gz") as caught:
        unpack(archive, into, "m.tar.gz", Progress())
    assert caught.value.hint
    assert {path.name for path in tmp_path.rglob("*")} <= {"deep", "into", "m.tar.gz", "saved_model.pb", "a"}


def test_what_unpacks_beyond_the_limits_is_refused_before_it_is_written(tmp_path, into, monkeypatch):
    monkeypatch.setenv("TLCORE_MAX_BYTES", "1000")
    archive = write_tar(tmp_path / "m.tar.gz", [("saved_model.pb", b"0" * 900), ("big", b"0" * 101)])
    with pytest.raises(UserError, match="TLCORE_MAX_BYTES"):
        unpack(archive, into, "m", Progress())
    assert not (into / "big").exists()
    monkeypatch.setenv("TLCORE_MAX_FILES", "1")
    archive = write_tar(tmp_path / "m.tar.gz", [("a", b""), ("b", b"")])
    with pytest.raises(UserError, match="TLCORE_MAX_FILES"):
        unpack(archive, into, "m", Progress())


def test_a_zip_is_unpacked_and_a_bad_one_refused(tmp_path, into):
    path = tmp_path / "m.zip"
    with zipfile.ZipFile(path, "w") as zip:
        zip.writestr("tiny/saved_model.pb", b"graph")
    unpack(path, into, "m", Progress())
    assert find_saved_model(into, "m") == into / "tiny"
    link = zipfile.ZipInfo("tiny/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    for name in ("../x", "/x", link):
        with zipfile.ZipFile(path, "w") as zip:
            zip.writestr(name, b"/etc/passwd")
        with pytest.raises(UserError, match="m: "):
            unpack(path, into, "m", Progress())


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "is empty"),
        (b"\n<!DOCTYPE html><html>Not here</html>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
        (b"hello", "neither zip nor tar"),
    ],
)
def test_a_file_that_is_no_archive_says_what_it_is(tmp_path, into, content, word):
    (tmp_path / "m").write_bytes(content)
    with pytest.raises(UserError, match="https://tfhub.dev/a/1: ") as caught:
        unpack(tmp_path / "m", into, "https://tfhub.dev/a/1", Progress())
    assert word in caught.value.detail


def test_two_entries_of_one_name_are_refused(tmp_path, into):
    archive = write_tar(tmp_path / "m.tar.gz", [("saved_model.pb", b"1"), ("./saved_model.pb", b"2")])
    with pytest.raises(UserError, match="m.tar.gz: File exists"):
        unpack(archive, into, "m.tar.gz", Progress())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_archive_is_a_user_error_and_writes_nothing_outside(tmp_path, data):
    kind = data.draw(st.sampled_from(["tar", "gz", "zip"]))
    path = tmp_path / "m"
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zip:
            zip.writestr("variables/variables.index", b"index" * 20)
    else:
        write_tar(path, [("variables/variables.index", b"index" * 20)], "w" if kind == "tar" else "w:gz")
    content = bytearray(path.read_bytes())
    for place, value in data.draw(
        st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), max_size=4)
    ):
        content[place] = value
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    into = tmp_path / "into"
    into.mkdir(exist_ok=True)
    before = {file for file in tmp_path.rglob("*") if into not in file.parents}
    try:
        unpack(path, into, "m", Progress())
    except UserError as error:
        assert error.hint
    assert {file for file in tmp_path.rglob("*") if into not in file.parents} == before


def test_several_saved_models_in_one_archive_are_named(tmp_path):
    for name in ("a", "b", "__MACOSX"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "saved_model.pb").write_bytes(b"x")
    with pytest.raises(UserError, match="a, b"):
        find_saved_model(tmp_path, "m")


def spoiled(folder, **files):
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_at_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


@pytest.mark.parametrize(
    ("files", "word"),
    [
        ({}, "it is empty"),
        ({"model_at_h5": b"x"}, "model.h5, which is a Keras file"),
        ({"saved_model_at_pb": b""}, "no saved_model.pb"),
        ({"saved_model_at_pb": b"version https://git-lfs.github.com/spec/v1\n"}, "git lfs pull"),
        (
            {
                "saved_model_at_pb": b"graph",
                "variables__variables_at_index": b"version https://git-lfs.github.com/spec",
            },
            "variables/variables.index only says",
        ),
        ({"saved_model_at_pb": b"..VarHandleOp.."}, "there is no variables/variables.index"),
        ({"saved_model_at_pb": b"graph", "variables__notes": b""}, "there is no variables/variables.index"),
        (
            {"saved_model_at_pb": b"graph", "variables__variables_at_index": b"i"},
            "there is no variables/variables.data-00000-of-00001",
        ),
        (
            {
                "saved_model_at_pb": b"graph",
                "variables__variables_at_index": b"i",
                "variables__variables_at_data-00000-of-00002": b"d",
            },
            "there is no variables/variables.data-00001-of-00002",
        ),
    ],
)
def test_a_folder_that_is_no_whole_saved_model_says_which_file_and_what_to_do(tmp_path, files, word):
    with pytest.raises(UserError) as caught:
        check_saved_model(spoiled(tmp_path, **files), "here/tiny")
    assert word in str(caught.value)
    assert "here/tiny" in caught.value.detail
    assert caught.value.hint


def test_the_fingerprint_changes_with_any_file_of_the_module_and_with_no_other(tmp_path):
    spoiled(tmp_path, saved_model_at_pb=b"graph", variables__variables_at_index=b"i")
    first = fingerprint(tmp_path)
    spoiled(tmp_path, README_at_md=b"words")
    assert fingerprint(tmp_path) == first
    spoiled(tmp_path, variables__variables_at_index=b"j")
    assert fingerprint(tmp_path) != first
