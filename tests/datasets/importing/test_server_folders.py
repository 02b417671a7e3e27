"""People of the app read the folders that the server's owner allows, and no others."""

import pytest

from tlcore.base.errors import UserError
from tlcore.datasets import check_server_folder, import_dataset, server_folders


@pytest.fixture
def root(tmp_path, monkeypatch, two_classes, make_zip):
    root = tmp_path / "root"
    for place in ("flat", "nested/train", "nested/val", "scenes/seg_train", "scenes/seg_test"):
        for name, content in two_classes.items():
            (root / place / name).parent.mkdir(parents=True, exist_ok=True)
            (root / place / name).write_bytes(content)
    (root / "table").mkdir()
    (root / "table" / "HAM_metadata.tsv").write_text("image_id\tdx\n")
    (root / "empty" / "deep").mkdir(parents=True)
    (root / ".hidden" / "a").mkdir(parents=True)
    (root / ".hidden" / "a" / "1.png").write_bytes(b"x")
    make_zip(two_classes).rename(root / "data.zip")
    monkeypatch.setenv("TLCORE_DATA_ROOTS", str(root))
    return root


def test_folders_and_archives_that_look_like_datasets_are_listed(root):
    assert server_folders() == [root / name for name in ("data.zip", "flat", "nested", "scenes", "table")]
    assert import_dataset(check_server_folder(root / "data.zip")) == import_dataset(check_server_folder(root / "flat"))


def test_a_root_may_be_the_dataset_itself(root, monkeypatch):
    monkeypatch.setenv("TLCORE_DATA_ROOTS", str(root / "flat"))
    assert server_folders() == [root / "flat"]


def test_nothing_is_allowed_by_default(root, monkeypatch):
    monkeypatch.delenv("TLCORE_DATA_ROOTS")
    assert server_folders() == []
    with pytest.raises(UserError):
        check_server_folder(root)


@pytest.mark.parametrize(
    "path",
    ["{root}/..", "{root}-beside", "/etc", "{root}/flat/../../", "{root}/link", "{root}/gone", "a\0b", "x" * 5000],
)
def test_what_lies_outside_is_refused(root, path):
    (root.parent / "root-beside").mkdir()
    (root / "link").symlink_to("/etc")
    with pytest.raises(UserError, match="TLCORE_DATA_ROOTS"):
        check_server_folder(path.format(root=root))


def test_a_snapshot_whose_contents_lie_outside_is_refused_and_read_where_they_are_allowed(root, monkeypatch):
    """A cache of Hugging Face keeps contents beside its snapshots; links into it must not lead people further."""
    snapshot = root / "cache" / "snapshots" / "0a1b2c"
    (snapshot / "ants").mkdir(parents=True)
    (root / "cache" / "blobs").mkdir()
    assert check_server_folder(snapshot) == snapshot
    monkeypatch.setenv("TLCORE_DATA_ROOTS", str(root / "cache" / "snapshots"))
    with pytest.raises(UserError, match="TLCORE_DATA_ROOTS"):
        check_server_folder(snapshot)
