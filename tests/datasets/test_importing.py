"""Whatever people give becomes a dataset, with every problem said, or is refused in words."""

import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tlcore.base import workspace
from tlcore.base.errors import UserError
from tlcore.base.progress import Cancelled, Progress
from tlcore.datasets import import_dataset, list_datasets, open_dataset


def by_kind(dataset):
    found = {}
    for problem in dataset.problems:
        found.setdefault(problem.kind, []).extend(problem.files)
    return found


def nothing_is_left():
    return not list_datasets() and not any(workspace.place("tmp").iterdir())


def test_an_archive_becomes_a_dataset(make_zip, two_classes, picture):
    path = make_zip({f"pets/{name}": content for name, content in two_classes.items()}, "my pets.zip")
    dataset = import_dataset(path, owner="ada", description="little", licence_note="CC0")
    assert (dataset.name, dataset.modality, dataset.class_names) == ("my pets", "image", ("ants", "bees"))
    assert (dataset.owner, dataset.description, dataset.licence_note) == ("ada", "little", "CC0")
    assert not dataset.problems
    assert not dataset.splits_given
    assert sum(dataset.splits.values()) == 10
    assert all(dataset.splits.values())
    rows = dataset.examples
    assert rows["id"].is_unique
    assert rows["source_name"].tolist() == sorted(f"pets/{name}" for name in two_classes)
    assert (rows["width"].unique().tolist(), rows["height"].unique().tolist()) == ([12], [9])
    for fact in ("brightness", "contrast", "sharpness"):
        assert rows[fact].between(0, 1).all()
        assert rows[fact].nunique() > 1
    for row in rows.itertuples():
        content = dataset.file(row.id).read_bytes()
        assert content == two_classes[row.source_name.removeprefix("pets/")]
        assert dataset.class_names[row.label] == row.source_name.split("/")[1]
        assert row.size == len(content)
        assert Path(row.file).name == f"{row.sha256}.png"
    stored = {path.relative_to(dataset.folder).as_posix() for path in dataset.folder.rglob("*") if path.is_file()}
    assert stored == {"dataset.json", "examples.parquet", *rows["file"]}
    assert open_dataset(dataset.id) == dataset


def test_every_way_in_gives_the_same_dataset(make_zip, make_tar, make_folder, two_classes):
    folder = make_folder(two_classes)
    first = import_dataset(make_zip(two_classes))
    for source in (
        make_tar(two_classes, mode="w:xz"),
        folder,
        str(folder),
        [make_zip(two_classes, "again.zip")],
        sorted(folder.rglob("*.png")),
        [folder / "ants", folder / "bees"],
        make_zip({name.replace("/", "/deep/"): content for name, content in two_classes.items()}, "renamed.zip"),
    ):
        assert import_dataset(source, name="another name").id == first.id
    assert len(list_datasets()) == 1
    assert import_dataset(folder, seed=1).id != first.id


def test_several_archives_are_a_folder_each(make_zip, make_tar, picture):
    ants = make_zip({f"{n}.png": picture(n) for n in range(3)}, "ants.zip")
    bees = make_tar({f"{n}.png": picture(9 + n) for n in range(3)}, "bees.tar.gz", "w:gz")
    assert import_dataset([ants, bees]).class_names == ("ants", "bees")


def test_several_archives_share_one_limit(make_zip, two_classes, monkeypatch):
    paths = [make_zip(two_classes, f"{n}.zip") for n in range(2)]
    monkeypatch.setenv("TLCORE_MAX_FILES", "19")
    with pytest.raises(UserError, match=r"1\.zip unpacks to more than 19 files"):
        import_dataset(paths)
    monkeypatch.setenv("TLCORE_MAX_FILES", "20")
    monkeypatch.setenv("TLCORE_MAX_BYTES", str(2 * sum(map(len, two_classes.values())) - 1))
    with pytest.raises(UserError, match=r"1\.zip unpacks to more than .* bytes"):
        import_dataset(paths)


def test_a_folder_that_holds_but_an_archive_is_that_archive(make_zip, two_classes, tmp_path):
    make_zip(two_classes)
    (tmp_path / "README.txt").write_text("unpack me")
    dataset = import_dataset(tmp_path)
    assert dataset.class_names == ("ants", "bees")
    assert by_kind(dataset) == {"ignored": ["README.txt"]}


def test_given_splits_are_kept(make_folder, picture):
    files = {
        f"{split}/{label}/{n}.png": picture(100 * k + 10 * j + n)
        for k, split in enumerate(("train", "valid", "test"))
        for j, label in enumerate("ab")
        for n in range(3)
    }
    dataset = import_dataset(make_folder(files))
    assert dataset.splits_given
    rows = dataset.examples
    assert rows["split"].tolist() == [
        {"train": "train", "valid": "val", "test": "test"}[name.split("/")[0]] for name in rows["source_name"]
    ]


@pytest.mark.parametrize("other", ["val", "test", "dev"])
def test_of_two_given_splits_the_other_is_test(make_folder, picture, other):
    files = {
        f"{split}/{label}/{n}.png": picture(1000 * k + 100 * j + n)
        for k, split in enumerate(("train", other))
        for j, label in enumerate("ab")
        for n in range(10)
    }
    dataset = import_dataset(make_folder(files))
    assert dataset.splits_given
    assert dataset.splits == {"train": 16, "val": 4, "test": 20}
    for row in dataset.examples.itertuples():
        assert (row.split == "test") == row.source_name.startswith(other)
    assert "splits" in {problem.kind for problem in dataset.problems}


def test_a_table_gives_labels_and_splits(make_folder, picture):
    files = {f"img/{n}.png": picture(n) for n in range(12)}
    lines = [f"{n}.png;{'Käfer' if n % 2 else 'Biene'};{('train', 'val', 'test')[n % 3]}" for n in range(12)]
    folder = make_folder({**files, "labels.csv": "\n".join(["filename;label;split", *lines]).encode("cp1252")})
    dataset = import_dataset(folder)
    assert dataset.class_names == ("Biene", "Käfer")
    assert dataset.splits_given
    assert dataset.splits == {"train": 4, "val": 4, "test": 4}


def test_exact_duplicates_lie_on_one_side_and_under_one_label(make_folder, picture):
    files = {
        f"{split}/{label}/{n}.png": picture(100 * k + 10 * j + n)
        for k, split in enumerate(("train", "val", "test"))
        for j, label in enumerate("ab")
        for n in range(4)
    }
    files["train/a/again.png"] = files["train/a/0.png"]
    files["train/a/leak.png"] = files["test/a/0.png"]
    files["val/b/leak.png"] = files["test/b/1.png"]
    files["train/a/odd.png"] = files["train/b/odd.png"] = picture(10**7)
    dataset = import_dataset(make_folder(files))
    assert [problem.kind for problem in dataset.problems][:3] == ["conflicting duplicates", "duplicates", "duplicates"]
    assert by_kind(dataset)["conflicting duplicates"] == ["train/a/odd.png", "train/b/odd.png"]
    assert sorted(by_kind(dataset)["duplicates"]) == ["train/a/again.png", "train/a/leak.png", "val/b/leak.png"]
    assert dataset.examples["sha256"].is_unique
    assert {"test/a/0.png", "test/b/1.png"} <= set(dataset.examples["source_name"])
    assert dataset.splits == {"train": 8, "val": 8, "test": 8}


def test_bad_pictures_are_listed_and_the_rest_is_kept(make_zip, two_classes, picture):
    bad = {
        "ants/cut.jpg": picture(50, "JPEG", (300, 300))[:3000],
        "ants/text.png": b"I am a text",
        "bees/empty.gif": b"",
        "bees/phone.heic": b"\0\0\0\x18ftypheic",
    }
    dataset = import_dataset(make_zip({**two_classes, **bad}))
    assert sorted(by_kind(dataset)["unreadable"]) == sorted(bad)
    actions = {problem.files: problem.action for problem in dataset.problems}
    assert "text" in actions["ants/text.png",]
    assert "empty" in actions["bees/empty.gif",]
    assert "header is damaged" in actions["bees/phone.heic",]
    assert len(dataset.examples) == 10


def test_what_computers_leave_behind_is_ignored_and_said_to_be(make_zip, two_classes):
    junk = dict.fromkeys(
        ("__MACOSX/ants/._0.png", ".DS_Store", "ants/Thumbs.db", "ants/.hidden.png", "bees/desktop.ini"), b"x"
    )
    dataset = import_dataset(make_zip({**junk, **two_classes, "LICENSE.txt": b"free", "bees/film.mp4": b"x"}))
    assert sorted(by_kind(dataset)["ignored"]) == sorted([*junk, "LICENSE.txt", "bees/film.mp4"])
    assert len(dataset.examples) == 10


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_files_of_one_name_the_last_counts(tmp_path, two_classes, picture):
    path = tmp_path / "twice.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in [("ants/0.png", picture(55)), *two_classes.items()]:
            archive.writestr(name, content)
    dataset = import_dataset(path)
    assert by_kind(dataset) == {"ignored": ["ants/0.png"]}
    assert dataset.file(dataset.examples["id"].iloc[0]).read_bytes() == two_classes["ants/0.png"]


def test_pictures_are_known_without_their_suffix(make_zip, two_classes, picture):
    dataset = import_dataset(
        make_zip({**two_classes, "ants/ant": picture(77, "JPEG"), "ants/ant photos.JPG": picture(78)})
    )
    assert not dataset.problems
    rows = dataset.examples.set_index("source_name")
    assert rows.loc["ants/ant", "file"].endswith(".jpg")
    assert rows.loc["ants/ant photos.JPG", "file"].endswith(".png")


def test_small_classes_and_imbalance_are_said(make_zip, two_classes, picture):
    few = {f"wasps/{n}.png": picture(900 + n) for n in range(2)}
    many = {f"ants/more{n}.png": picture(700 + n) for n in range(5)}
    dataset = import_dataset(make_zip({**two_classes, **few, **many}))
    assert by_kind(dataset)["small class"] == sorted(few)
    assert by_kind(dataset)["imbalance"] == []
    wasps = dataset.examples[dataset.examples["label"] == dataset.class_names.index("wasps")]
    assert sorted(wasps["split"]) == ["test", "train"]


@pytest.mark.parametrize("split", ["", "train/", "test/"])
def test_the_only_picture_of_a_class_is_left_out_and_named(make_zip, two_classes, picture, split):
    splits = ("train/", "val/", "test/") if split else ("",)
    files = {
        f"{each}{name}": picture(k * 1000 + n) for k, each in enumerate(splits) for n, name in enumerate(two_classes)
    }
    dataset = import_dataset(make_zip({**files, f"{split}wasps/1.png": picture(9000)}))
    assert dataset.class_names == ("ants", "bees")
    assert by_kind(dataset)["small class"] == [f"{split}wasps/1.png"]
    assert set(dataset.examples["source_name"]) == set(files)


NAMES = ['<script>alert("x")</script>', "it's “quoted”", "🐜🐝", "x" * 300, "a_b*c|d", "10", "9", "=1+1", "Ärger"]


def test_hostile_names_are_kept_as_they_are(make_zip, picture):
    files = {f"{label}/{label[:60]} {n}.png": picture(10 * k + n) for k, label in enumerate(NAMES) for n in range(3)}
    files = {name.replace("</", "<"): content for name, content in files.items()}
    dataset = import_dataset(make_zip(files), name='<script>"')
    assert sorted(dataset.class_names) == sorted(name.replace("</", "<") for name in NAMES)
    assert dataset.class_names.index("9") < dataset.class_names.index("10")
    assert set(dataset.examples["source_name"]) == set(files)
    assert workspace.is_id(dataset.id)


@pytest.mark.parametrize(
    ("files", "word"),
    [
        ({}, "No pictures.*data: it is empty"),
        ({"a/1.txt": b"x", "b/2.wav": b"x"}, "1 with .txt, 1 with .wav"),
        ({"a/1.png": b"text", "b/2.png": b"text"}, "None of the pictures can be read"),
        ({"1.png": 1, "2.png": 2}, "fewer than two classes.*labels.csv"),
        ({"a/1.png": 1, "a/2.png": 2}, "data: “a” is the only class"),
        ({"a/1.png": 1, "b/2.png": 2}, "at least two examples.*“a”, “b”"),
        ({"a/1.png": 1, "b/2.png": 2, "b/3.png": 3}, "at least two examples.*“a”"),
        ({"a/1.png": 1, "a/2.png": 2, "b/3.png": 3, "b/4.png": 3}, "“b”.*duplicates: 1"),
        ({f"{s}/{c}/{n}.png": 100 * ord(s[1]) + ord(c) + n for s, c, n in
          [("train", "a", 1), ("train", "a", 2), ("test", "a", 3), ("test", "b", 4), ("test", "b", 9)]},
         "no examples to learn from.*“b”"),
        ({"labels.csv": b"filename,label\nx.png,a\n", "1.png": 1}, "“x.png”"),
        ({"labels.csv": b"file,label\nx.png,a\ny.png,b\n", "1.png": 1}, "labels.csv.*none of the files.*“1.png”"),
    ],
)  # fmt: skip
def test_what_nothing_can_be_learned_from_is_refused(make_zip, picture, files, word):
    files = {name: picture(what) if isinstance(what, int) else what for name, what in files.items()}
    with pytest.raises(UserError, match=f"(?s){word}") as caught:
        import_dataset(make_zip(files))
    assert caught.value.hint
    assert nothing_is_left()


def test_what_is_not_there_is_refused(tmp_path):
    for source in (tmp_path / "gone.zip", [], [tmp_path / "gone.jpg"], "x" * 5000, "a\0b"):
        with pytest.raises(UserError):
            import_dataset(source)
    with pytest.raises(UserError, match="modality"):
        import_dataset(tmp_path, modality="audio")


def test_links_that_leave_a_folder_are_not_followed(make_folder, two_classes, tmp_path, picture):
    folder = make_folder(two_classes)
    (tmp_path / "secret.png").write_bytes(picture(500))
    (folder / "ants" / "secret.png").symlink_to(tmp_path / "secret.png")
    (folder / "ants" / "gone.png").symlink_to(folder / "gone")
    (folder / "ants" / "circle.png").symlink_to(folder / "ants" / "circle.png")
    (folder / "wasps").symlink_to(folder / "bees")
    (folder / "ants" / "mine.png").symlink_to(folder / "bees" / "0.png")
    dataset = import_dataset(folder)
    assert len(dataset.examples) == 9  # less the one whose link gives it two labels
    assert sorted(by_kind(dataset)["unreadable"]) == ["ants/circle.png", "ants/gone.png", "ants/secret.png", "wasps"]


def test_archives_behind_links_that_leave_a_folder_are_not_opened(make_folder, make_zip, two_classes, tmp_path):
    make_zip(two_classes, "secret.zip")
    folder = make_folder({"readme.txt": b"x"})
    (folder / "data.zip").symlink_to(tmp_path / "secret.zip")
    with pytest.raises(UserError, match="data.zip.*it is a link"):
        import_dataset(folder)
    (tmp_path / "secret.zip").rename(folder / "own")
    (folder / "data.zip").unlink()
    (folder / "data.zip").symlink_to(folder / "own")
    assert import_dataset(folder).class_names == ("ants", "bees")


def test_too_many_files_are_refused(make_folder, two_classes, monkeypatch):
    monkeypatch.setenv("TLCORE_MAX_FILES", "9")
    with pytest.raises(UserError, match="TLCORE_MAX_FILES"):
        import_dataset(make_folder(two_classes))


class Listener(Progress):
    def __init__(self, cancel_at=None):
        self.events = []
        self.cancel_at = cancel_at

    def event(self, kind, **fields):
        self.events.append((kind, fields))

    def request(self):
        return "cancel" if len(self.events) == self.cancel_at else ""


def test_progress_is_told_as_it_goes(make_zip, picture):
    progress = Listener()
    import_dataset(make_zip({f"{'ab'[n % 2]}/{n}.png": picture(n) for n in range(50)}), progress=progress)
    assert progress.events[0] == ("stage", {"name": "import"})
    steps = [fields for kind, fields in progress.events if kind == "step"]
    done = [step["done"] for step in steps]
    assert done == sorted(done)
    assert len(steps) >= 6
    assert (done[-1], steps[-1]["total"]) == (50, 50)


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_cancelled_import_leaves_nothing(make_zip, two_classes, at):
    with pytest.raises(Cancelled):
        import_dataset(make_zip(two_classes), progress=Listener(cancel_at=at))
    assert nothing_is_left()


def test_names_are_made_different(make_zip, two_classes):
    path = make_zip(two_classes)
    assert [import_dataset(path, seed=seed).name for seed in range(3)] == ["data", "data (2)", "data (3)"]


def test_the_record_is_plain_json(make_zip, two_classes):
    dataset = import_dataset(make_zip(two_classes))
    record = json.loads((dataset.folder / "dataset.json").read_text())
    assert {"name", "modality", "class_names", "fingerprint", "owner", "licence_note", "problems"} <= set(record)
    assert str(dataset.folder) not in json.dumps(record)


def test_nothing_here_imports_tensorflow_or_streamlit():
    code = "import sys, tlcore.datasets; print([m for m in ('tensorflow', 'streamlit', 'sklearn') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


@pytest.mark.real_data
def test_ants_and_bees(real_data):
    dataset = import_dataset(real_data / "data" / "ants-bees.zip")
    assert dataset.class_names == ("ants", "bees")
    assert dataset.splits == {"train": 196, "val": 49, "test": 153}
    assert by_kind(dataset)["ignored"] == ["hymenoptera/train/.DS_Store", "hymenoptera/val/.DS_Store"]
    rows = dataset.examples.set_index("source_name")
    assert rows.loc["hymenoptera/train/ants/imageNotFound.gif", "file"].endswith(".gif")
    assert all(rows["split"].eq("test") == rows.index.str.startswith("hymenoptera/val/"))
    assert np.asarray(Image.open(dataset.file(rows["id"].iloc[0]))).ndim == 3


def test_an_import_that_is_known_tells_of_the_problems_of_these_files(make_images, tmp_path):
    folder = make_images(tmp_path / "pictures")
    first = import_dataset(folder)
    (folder / "a" / "broken.png").write_bytes(b"no picture")
    again = import_dataset(folder)
    assert again.id == first.id
    assert [problem.kind for problem in again.problems] == ["unreadable", *(each.kind for each in first.problems)]


def test_links_and_bad_archives_in_an_archive_are_problems_and_no_pictures(two_classes, make_tar):
    path = make_tar({**two_classes, "more.zip": b"PK\x03\x04"})
    with tarfile.open(path, "a") as archive:
        link = tarfile.TarInfo("latest")
        link.type, link.linkname = tarfile.SYMTYPE, "ants"
        archive.addfile(link)
    dataset = import_dataset(path)
    assert dataset.class_names == ("ants", "bees") and len(dataset.examples) == 10
    kinds = {file: (problem.kind, problem.action) for problem in dataset.problems for file in problem.files}
    assert kinds["latest"][0] == kinds["more.zip"][0] == "unreadable"
    assert "link" in kinds["latest"][1] and "cut off" in kinds["more.zip"][1]
