"""What is proposed for files as people have them, from names and tables alone."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlcore.base.errors import UserError
from tlcore.datasets.importing.proposing.propose import propose
from tlcore.datasets.importing.reading import Column, Level, OneHot, Pattern, Reading


def flat(folder, *classes, count=4):
    return [f"{folder}/{label}{n}.jpg" for label in classes for n in range(count)]


def table(names, *columns, head=("filename", "label"), delimiter=","):
    """A table of names, with columns that are made from each name's number and class."""
    lines = [delimiter.join(head)] if head else []
    for number, name in enumerate(names):
        lines.append(delimiter.join([name, *(make(number, name) for make in columns)]))
    return "\n".join(lines).encode()


def label_of(number, name):
    return re.search("cat|dog|x|y", name.lower().rpartition("/")[2])[0]


def with_table(names, content, path="labels.csv"):
    return {**dict.fromkeys(names, b""), path: content}


CAT_AND_DOG = {"cat": 4, "dog": 4}
NAMES = flat("images", "cat", "dog")


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("labels.csv", table(NAMES, label_of)),
        ("labels.csv", table(NAMES, label_of, head=())),
        ("labels.csv", b"\xef\xbb\xbfsep=;\r\n" + table(NAMES, label_of, delimiter=";")),
        ("a.tsv", table(NAMES, label_of, head=("image", "class"), delimiter="\t")),
        ("a.tab", table(NAMES, label_of, head=("image", "class"), delimiter="\t")),
        ("list.txt", table(NAMES, label_of, head=(), delimiter=" ")),
        ("deep/in/labels.csv", table([f"../../{name}" for name in NAMES], label_of)),
        ("labels.csv", table([f"/content/drive/{name}" for name in NAMES], label_of)),
        ("labels.csv", table([f"C:\\Users\\me\\{name}".replace("/", "\\") for name in NAMES], label_of)),
        ("labels.csv", table([name[7:-4].upper() for name in NAMES], label_of, head=("id", "breed"))),
        ("labels.csv", table([name.replace("images", "img%20s") for name in NAMES], label_of)),
        ("train.csv", table(NAMES, lambda n, _: str(n), label_of, head=("image", "row", "diagnosis"))),
        ("metadata.jsonl", "\n".join(json.dumps({"file_name": n, "label": label_of(0, n)}) for n in NAMES).encode()),
        ("labels.json", json.dumps({name: label_of(0, name) for name in NAMES}).encode()),
        ("info.labels", json.dumps(
            {"files": [{"path": n, "name": "x", "label": {"type": "label", "label": label_of(0, n)}} for n in NAMES]}
        ).encode()),
        ("_classes.csv", "\n".join(
            ["filename, cat, dog", *(f"{n}, {int('cat' in n)}, {int('dog' in n)}" for n in NAMES)]
        ).encode()),
        ("labels.csv", table(NAMES, label_of).decode().encode("utf-16")),
    ],
)  # fmt: skip
def test_tables_of_many_forms_give_the_class(path, content, proposed, counts):
    proposal = proposed(with_table(NAMES, content, path))
    assert counts(proposal) == CAT_AND_DOG
    assert not proposal.doubts
    assert [each.path for each in proposal.reading.tables] == [path]


def test_a_table_wins_over_folders_and_says_of_which_column(proposed, counts):
    names = [*flat("part_1", "x", "y"), *flat("part_2", "x", "y")]
    content = table(
        [name.rpartition("/")[2][:-4] + ("" if n < 8 else "b") for n, name in enumerate(names)],
        label_of, lambda n, _: f"P{n // 2}", lambda n, _: str(20 + n), lambda n, _: ("m", "f")[n % 2],
        head=("image_id", "dx", "patient", "age", "sex"),
    )  # fmt: skip
    names = [name if n < 8 else name[:-4] + "b.jpg" for n, name in enumerate(names)]
    proposal = proposed(with_table(names, content.replace(b"b,xb", b"b,x").replace(b"b,yb", b"b,y"), "meta.csv"))
    assert proposal.reading.label == Column("dx")
    assert set(proposal.reading.metadata) == {"patient", "age", "sex"}
    assert proposal.outline["metadata"]["age"]["kind"] == "number"
    assert proposal.outline["metadata"]["sex"]["kind"] == "category"
    assert "“patient” looks like a group" in " ".join(proposal.doubts)
    assert proposal.options["groups"][0]["name"] == "patient"
    chosen = proposed(
        with_table(names, content.replace(b"b,xb", b"b,x").replace(b"b,yb", b"b,y"), "meta.csv"),
        group=Column("patient"),
    )
    assert not chosen.doubts
    assert chosen.outline["groups"]["name"] == "patient"


def test_flat_pictures_that_the_table_does_not_label_are_kept_without_a_label(proposed, counts):
    names = flat("train", "cat", "dog")
    tests = [f"test/u{n}.jpg" for n in range(3)]
    files = with_table([*names, *tests], table([n[6:-4] for n in names], label_of, head=("id", "label")), "train.csv")
    files["sample_submission.csv"] = b"id,label\nu0,cat\nu1,cat\nu2,cat\n"
    proposal = proposed(files)
    assert counts(proposal) == CAT_AND_DOG
    assert proposal.reading.unlabelled == ("test",)
    assert proposal.outline["unlabelled"] == 3
    assert proposal.reading.split is None
    assert not proposal.doubts


def test_the_same_ids_in_train_and_test_are_told_apart_by_the_table_s_name(proposed, counts):
    names = [f"{split}/{n}.jpg" for split in ("train", "test") for n in range(8)]
    content = b"id,label\n" + b"".join(b"%d,%s\n" % (n, b"ab"[n % 2 : n % 2 + 1]) for n in range(8))
    proposal = proposed(with_table(names, content, "train.csv"))
    assert counts(proposal) == {"a": 4, "b": 4}
    assert all(each.startswith("train") for each in proposal.outline["classes"]["a"]["examples"])


def test_tables_called_as_splits_give_the_split(proposed):
    names = flat("all", "cat", "dog", count=9)
    parts = {"train.csv": [], "val.csv": [], "test_labels.csv": []}
    for number, name in enumerate(names):
        parts[list(parts)[number % 3]].append(name)
    proposal = proposed({**dict.fromkeys(names, b""), **{p: table(its, label_of) for p, its in parts.items()}})
    assert proposal.outline["splits"] == {"train": 6, "val": 6, "test": 6}


def test_a_split_column_is_known_by_its_content(proposed):
    content = table(NAMES, label_of, lambda n, _: ("Training", "PublicTest")[n % 2], head=("file", "label", "Usage"))
    assert proposed(with_table(NAMES, content)).outline["splits"] == {"train": 4, "test": 4}
    content = table(NAMES, label_of, lambda n, _: f"fold{n % 2}", head=("file", "label", "fold"))
    proposal = proposed(with_table(NAMES, content))
    assert proposal.reading.split is None
    assert "fold" in proposal.reading.metadata


def test_integer_labels_take_their_names_from_a_list_or_a_table_of_codes(proposed, counts):
    numbers = table(NAMES, lambda n, name: str(int("dog" in name)))
    for path, names in (
        ("classes.txt", b"cat\ndog\n"),
        ("labels.txt", b"0 cat\n1 dog\n"),
        ("names.csv", b"ClassId,Name\n0,cat\n1,dog\n"),
    ):
        proposal = proposed({**with_table(NAMES, numbers, "train.csv"), path: names})
        assert counts(proposal) == CAT_AND_DOG, path
        assert path in proposal.reasons["classes"]
    proposal = proposed({**dict.fromkeys(flat("n01", "x") + flat("n02", "y"), b""), "map.csv": b"n01,cat\nn02,dog\n"})
    assert counts(proposal) == CAT_AND_DOG


@pytest.mark.parametrize(
    ("path", "content", "name"),
    [
        ("classes.txt", b"polar bear\ncat\n", "polar bear"),
        ("class_names.txt", b"bear, Ursus\ncat, Felis\n", "bear, Ursus"),
        ("ClassNames.csv", b"name\nbear\ncat\n", "bear"),
        ("synset_words.txt", b"0 polar bear\n1 cat\n", "polar bear"),
        ("labels.txt", b"0: bear\n1: cat\n", "bear"),
        ("categories.txt", b"polar bear 0\ncat 1\n", "polar bear"),
        ("codes.csv", b"0,bear\n1,cat\n", "bear"),
        ("details.csv", b"code,species\n0,bear\n1,cat\n", "bear"),
    ],
)
def test_names_of_classes_are_taken_as_they_are_written(path, content, name, proposed, counts):
    proposal = proposed({**dict.fromkeys(flat("0", "x") + flat("1", "x"), b""), path: content})
    assert counts(proposal) == {name: 4, "cat" if "," not in name else "cat, Felis": 4}
    assert not proposal.doubts


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("README.txt", b"These are pictures of animals.\nThey were taken in 2019.\n"),
        ("readme_classes.txt", b"Taken by me\nAnd by others\n"),
        ("README.txt", b"0 stands for bears\n1 stands for cats\n"),
        ("notes.csv", b"Taken by me\nAnd by others\n"),
        ("labels.txt", b"The first class has all the pictures of bears that were taken in the north of the country in "
                       b"the year 2019.\nThe second has cats.\n"),
        ("classes.txt", b"bear\ncat\ndog\n"),
    ],
)  # fmt: skip
def test_other_texts_name_no_classes(path, content, proposed, counts):
    proposal = proposed({**dict.fromkeys(flat("0", "x") + flat("1", "x"), b""), path: content})
    assert counts(proposal) == {"0": 4, "1": 4}
    assert not proposal.doubts


def test_names_that_a_table_may_mean_otherwise_are_in_doubt(proposed, counts):
    files = {
        **dict.fromkeys(flat("0", "x") + flat("1", "x"), b""),
        "info.csv": b"id,place,animal\n0,Rome,bear\n1,Oslo,cat",
    }
    proposal = proposed(files)
    assert counts(proposal) == {"Rome": 4, "Oslo": 4}
    assert "info.csv, which may not be a list of classes: “0” is named “Rome”" in proposal.doubts[0]
    assert not proposed({**files, "classes.txt": b"bear\ncat\n", "info.csv": b""}).doubts
    assert not proposed(files, classes={}).doubts


def test_codes_that_are_names_of_files_too_name_the_classes(proposed, counts):
    names = [f"{c}/{n}.jpg" for c in "01" for n in range(4)]
    proposal = proposed({**dict.fromkeys(names, b""), "classes.csv": b"id,name\n0,bear\n1,cat\n"})
    assert counts(proposal) == {"bear": 4, "cat": 4}
    assert not proposal.reading.tables
    rows = b"".join(b"%d,site %d\n" % (n, n) for n in range(4))
    proposal = proposed({**dict.fromkeys(names[:4] + ["1/x.jpg"], b""), "more.csv": b"id,place\n" + rows})
    assert counts(proposal) == {"0": 4, "1": 1}


def test_labels_that_differ_by_capitals_are_merged_and_it_is_said(proposed, counts):
    content = table(NAMES, lambda n, name: label_of(n, name).title() if n % 4 == 0 else label_of(n, name))
    proposal = proposed(with_table(NAMES, content))
    assert counts(proposal) == CAT_AND_DOG
    assert proposal.reading.classes == {"Cat": "cat", "Dog": "dog"}
    assert "“Cat” (1) and “cat” (3)" in proposal.doubts[0]
    assert counts(proposed(with_table(NAMES, content), classes={})) == {"Cat": 1, "cat": 3, "Dog": 1, "dog": 3}


def test_letters_in_capitals_stay_classes_of_their_own(proposed, counts):
    assert counts(proposed(flat("A", "x") + flat("a", "x"))) == {"A": 4, "a": 4}


def test_a_class_in_the_names_is_proposed_with_an_example(proposed, counts):
    proposal = proposed([f"train/{c}.{n}.jpg" for c in ("cat", "dog") for n in range(5)] + ["test/1.jpg", "test/2.jpg"])
    assert counts(proposal) == {"cat": 5, "dog": 5}
    assert proposal.outline["unlabelled"] == 2
    assert "“cat.0.jpg” has the class “cat”" in proposal.doubts[0]
    names = [f"{digit}_{who}_{n}.png" for digit in range(3) for who in ("jackson", "theo") for n in range(5)]
    proposal = proposed(names)
    assert counts(proposal) == {"0": 10, "1": 10, "2": 10}
    assert counts(proposed([f"great_pyrenees_{n}.jpg" for n in range(4)] + [f"pug_{n}.jpg" for n in range(4)])) == {
        "great_pyrenees": 4, "pug": 4
    }  # fmt: skip


def test_a_class_may_stand_beside_the_split_in_a_folder_s_name(proposed, counts):
    proposal = proposed(
        [f"{c}_{split}/{n}.jpg" for c in ("cat", "dog") for split in ("train", "test") for n in range(3)]
    )
    assert counts(proposal) == {"cat": 6, "dog": 6}
    assert proposal.outline["splits"] == {"train": 6, "test": 6}
    assert counts(proposed([f"{split}{c}/{n}.jpg" for c in "AB" for split in ("train", "test") for n in range(3)])) == {
        "A": 6, "B": 6
    }  # fmt: skip


def test_several_labels_a_file_are_not_taken_for_one(proposed):
    content = table(NAMES, lambda n, _: "1", lambda n, _: str(n % 2), lambda n, _: str(n // 4), head=("file", *"abc"))
    proposal = proposed(with_table(NAMES, content))
    assert proposal.reading.label is None or proposal.reading.label != Column("b")
    assert "several labels" in proposal.options["tables"][0]["problem"]


def test_of_a_table_about_few_pictures_and_folders_of_many_the_folders_are_taken(proposed, counts):
    names = [f"train/{c}/{n}.jpg" for c in ("cat", "dog") for n in range(20)]
    vals = [f"val/v{n}.jpg" for n in range(4)]
    proposal = proposed(with_table([*names, *vals], table(vals, lambda n, _: "cx"[n % 2]), "val.csv"))
    assert counts(proposal) == {"cat": 20, "dog": 20}


def test_flat_splits_beside_another_folder_are_no_classes_but_names_and_tables_may_give_them(proposed, counts):
    folders = ("train", "test", "extra")
    proposal = proposed([f"{folder}/{n}.jpg" for folder in folders for n in range(4)])
    assert not counts(proposal)
    assert "the folders “train”, “test” are splits" in proposal.doubts[0]
    names = [f"{folder}/{c}.{n}.jpg" for folder in folders for c in ("cat", "dog") for n in range(4)]
    assert counts(proposed(names)) == {"cat": 12, "dog": 12}
    proposal = proposed(with_table(names, table(names, label_of)))
    assert counts(proposal) == {"cat": 12, "dog": 12}
    assert not proposal.doubts


def test_camera_numbers_are_no_class(proposed):
    proposal = proposed([f"IMG_{n}.jpg" for n in range(9)])
    assert proposal.reading.label is None
    assert "No class was found" in proposal.doubts[0]


def test_a_part_of_the_names_is_offered_as_a_group(proposed):
    names = [f"{label}/p{n // 2}_{n}_x.jpg" for label in ("a", "b") for n in range(24)]
    options = proposed(names).options["groups"]
    assert options[0]["count"] == 12
    assert options[0]["where"]["from"] == "pattern"


def test_masks_are_left_out_only_where_they_are_masks(proposed, counts):
    names = [f"{c}/{kind}/{n}.png" for c in ("covid", "normal") for kind in ("images", "masks") for n in range(4)]
    proposal = proposed(names)
    assert counts(proposal) == {"covid": 4, "normal": 4}
    assert proposal.outline["left_out"] == [
        {"reason": "Masks of other files", "files": 8,
         "examples": ["covid/masks/0.png", "covid/masks/1.png", "covid/masks/2.png"]}
    ]  # fmt: skip
    assert counts(proposed(flat("mask", "x") + flat("no_mask", "x"))) == {"mask": 4, "no_mask": 4}
    both = [f"{c}/{n}{end}.png" for c in ("benign", "malign") for n in range(4) for end in ("", "_mask")]
    assert counts(proposed(both)) == {"benign": 4, "malign": 4}


@pytest.mark.parametrize(
    ("pictures", "masks"),
    [
        ("{c}/{n}.png", "{c}/masks/{n}.png"), ("{c}/{n}.jpg", "{c}/mask/{n}_mask.png"),
        ("images/{c}/{n}.png", "annotations/{c}/{n}.png"), ("images/{c}/{n}.png", "Trimaps/{c}/{n}.png"),
        ("train_images/{c}/{n}.png", "train_masks/{c}/{n}.png"), ("train/{c}/{n}.png", "train_masks/{c}/{n}.gif"),
        ("JPEGImages/{c}/{n}.jpg", "SegmentationObject/{c}/{n}.png"), ("{c}/original/{n}.png", "{c}/labels/{n}.png"),
        ("{c}/{n}.png", "{c}/gt/{n}.png"), ("{c}/{n}.jpg", "segs/{c}_{n}_seg.png"),
    ],
)  # fmt: skip
def test_masks_are_known_by_their_folders_and_names(pictures, masks, proposed, counts):
    names = [form.format(c=c, n=f"{c}{n}") for form in (pictures, masks) for c in ("cat", "dog") for n in range(4)]
    if "segs" in masks:
        names = [name.replace("segs/cat_", "segs/").replace("segs/dog_", "segs/") for name in names]
    proposal = proposed(names)
    assert counts(proposal) == CAT_AND_DOG
    assert [(each["reason"], each["files"]) for each in proposal.outline["left_out"]] == [("Masks of other files", 8)]
    assert not proposal.doubts


@pytest.mark.parametrize(
    "folders", [("label_0", "label_1"), ("mask", "no_mask"), ("gt", "suv"), ("seg", "other"), ("0", "1", "mask")]
)
def test_classes_may_be_called_as_masks_are(folders, proposed, counts):
    assert counts(proposed([f"{folder}/{n}.png" for folder in folders for n in range(4)])) == dict.fromkeys(folders, 4)


def test_letters_beside_a_split_are_no_masks(proposed, counts):
    assert counts(proposed([f"{folder}/{n}.png" for folder in ("alpha", "beta", "test") for n in range(4)])) == {
        "alpha": 4, "beta": 4
    }  # fmt: skip


def test_a_class_that_is_called_as_masks_perhaps_are_keeps_its_pictures_beside_masks(proposed, counts):
    names = [f"{c}/{n}{end}.png" for c in ("label", "other") for n in range(4) for end in ("", "_mask")]
    assert counts(proposed(names)) == {"label": 4, "other": 4}


def voc(**more):
    """The folders of VOC2012, with lists of which pictures show a class."""
    root = "VOCdevkit/VOC2012"
    xml = b"<annotation><object><name>cat</name><bndbox></bndbox></object></annotation>"
    names = [f"2007_00{n:04}" for n in range(12)]
    return {
        **{f"{root}/JPEGImages/{name}.jpg": b"" for name in names},
        **{f"{root}/Annotations/{name}.xml": xml for name in names},
        **{f"{root}/Segmentation{kind}/{name}.png": b"" for kind in ("Class", "Object") for name in names[:6]},
        **{f"{root}/ImageSets/Main/{c}_{split}.txt": "".join(f"{name} {1 if n % 2 else -1:2}\n" for n, name in
           enumerate(names)).encode() for c in ("cat", "dog") for split in ("train", "val")},
        **{f"{root}/ImageSets/Segmentation/{split}.txt": "\n".join(names[:6]).encode() for split in ("train", "val")},
        **more,
    }  # fmt: skip


def yolo(folder, first=0):
    """Pictures in a folder, each with boxes in a file; the files of the first pictures are empty."""
    return {f"{folder}/{n:03}.{end}": b"" if n < first or end == "jpg" else b"0 .5 .5 .1 .1\n"
            for n in range(20) for end in ("jpg", "txt")}  # fmt: skip


@pytest.mark.parametrize(
    ("files", "word"),
    [
        (voc(), "Pascal VOC"),
        (yolo("pictures", first=15), "YOLO"),
        ({**yolo("cam1"), **yolo("cam2")}, "YOLO"),
        ({**yolo("images 1"), **yolo("batch_2")}, "YOLO"),
        ({**{f"{split}/images/{n}.jpg": b"" for split in ("train", "valid") for n in range(4)},
          "data.yaml": b"train: ../train/images\nval: ../valid/images\nnc: 2\nnames: ['cat', 'dog']\n"},
         "YOLO format .described in data.yaml"),
        ({f"{kind}/{n}.{end}": b"Car 0.00 0 -1.58 587.01 173.33 614.12 200.12 1.65 1.67 3.64 -0.65 1.71 46.70 -1.59\n"
          for kind, end in (("image_2", "jpg"), ("label_2", "txt")) for n in range(4)}, "KITTI"),
        ({f"{kind}/{n}.{end}": b"1.0 2.0 3 2 3 4 1 4 small-vehicle 0\n"
          for kind, end in (("images", "jpg"), ("labelTxt", "txt")) for n in range(4)}, "DOTA"),
        ({f"{kind}/train/{n}.{end}": b"0 .5 .5 .1 .1\n" for kind, end in (("images", "jpg"), ("labels", "txt"))
          for n in range(4)}, "YOLO"),
        ({**{f"JPEGImages/{n}.jpg": b"" for n in range(4)},
          **{f"Annotations/{n}.xml": b"<annotation><object><bndbox></bndbox></object></annotation>" for n in range(4)}},
         "Pascal VOC"),
        ({**{f"train/{n}.jpg": b"" for n in range(4)}, "instances.json": json.dumps(
            {"images": [{"id": n, "file_name": f"{n}.jpg"} for n in range(4)],
             "annotations": [{"image_id": n // 2, "category_id": n % 2, "bbox": [1, 2, 3, 4]} for n in range(8)],
             "categories": [{"id": 0, "name": "a"}, {"id": 1, "name": "b"}]}).encode()}, "boxes .instances.json"),
        ({**{f"{n}.jpg": b"" for n in range(4)},
          "boxes.csv": b"filename,xmin,ymin,xmax,ymax,class\n" + b"".join(
              b"%d.jpg,1,2,3,4,%s\n" % (n // 2, b"ab"[n % 2 : n % 2 + 1]) for n in range(8))}, "boxes .boxes.csv"),
    ],
)  # fmt: skip
def test_boxes_are_refused_as_what_they_are(files, word, proposed):
    with pytest.raises(UserError, match=word) as caught:
        proposed(files)
    assert "class" in caught.value.hint


def test_boxes_beside_class_folders_do_no_harm(proposed, counts):
    assert counts(proposed({**yolo("cat"), **yolo("dog")})) == {"cat": 20, "dog": 20}
    assert counts(proposed({**yolo("0"), **yolo("1")})) == {"0": 20, "1": 20}
    table_of = table([f"{n:03}.jpg" for n in range(20)], lambda n, _: "ab"[n % 2])
    assert counts(proposed({**yolo("images"), "labels.csv": table_of})) == {"a": 10, "b": 10}
    files = {f"{c}/{n}.{end}": b"0 .5 .5 .1 .1\n" for c in ("a", "b") for n in range(4) for end in ("jpg", "txt")}
    assert counts(proposed(files)) == {"a": 4, "b": 4}


def test_a_coco_file_with_one_class_a_picture_is_a_table(proposed, counts):
    content = json.dumps(
        {"images": [{"id": n, "file_name": f"{n}.jpg", "location": n // 3} for n in range(12)],
         "annotations": [{"image_id": n, "category_id": n % 2} for n in range(12)],
         "categories": [{"id": 0, "name": "hare"}, {"id": 1, "name": "fox"}]}
    ).encode()  # fmt: skip
    proposal = proposed({**{f"{n}.jpg": b"" for n in range(12)}, "x.json": content})
    assert counts(proposal) == {"fox": 6, "hare": 6}
    assert "location" in proposal.reading.metadata


def test_a_table_whose_every_row_is_wrong_is_named_and_folders_are_used(proposed, counts):
    names = [f"{label}/{n}.jpg" for label in ("a", "b") for n in range(4)]
    proposal = proposed(with_table(names, b"filename,label\nx1.jpg,cat\nx2.jpg,dog\n"))
    assert counts(proposal) == {"a": 4, "b": 4}
    (entry,) = proposal.options["tables"]
    assert not entry["used"]
    assert "names none of the files" in entry["problem"]
    assert "“x1.jpg”" in entry["problem"]


FOLDERS = [f"{label}/{label}{n}.jpg" for label in ("cat", "dog") for n in range(4)]


@pytest.mark.parametrize(
    ("path", "content", "why"),
    [
        ("prices.csv", b"item,price\ntea,3\nrice,4\n", "none of its columns contains file names"),
        ("all.csv", table(FOLDERS, head=("filename",)), "no column besides the file names"),
        ("list.txt", table(FOLDERS, head=()), "no column besides the file names"),
        ("other.csv", b"filename\nx.jpg\ny.jpg\n", "names none of the files"),
        ("one.csv", table(FOLDERS, lambda n, _: "x"), "“label” has only one value"),
        ("sample_submission.csv", table(FOLDERS, label_of), "a form for submissions"),
        ("some.csv", table(FOLDERS[:1] + FOLDERS[-1:], label_of), "the class is taken from the folders"),
        ("labels.xls", b"x", ".xls files are not supported; save it as .xlsx"),
        ("labels.ods", b"x", "save it as .xlsx"),
    ],
)
def test_a_table_that_is_not_used_is_named_with_the_reason(path, content, why, proposed, counts):
    proposal = proposed(with_table(FOLDERS, content, path))
    assert counts(proposal) == CAT_AND_DOG
    (entry,) = proposal.options["tables"]
    assert not entry["used"]
    assert why in entry["problem"]
    assert not proposal.outline["left_out"]
    assert not proposal.doubts


def test_of_tables_that_are_chosen_the_others_say_so(proposed):
    more = table(NAMES, label_of, lambda n, _: str(n % 2), head=("file", "label", "sex"))
    files = {**with_table(NAMES, table(NAMES, label_of), "a.csv"), "b.csv": more}
    both = proposed(files).reading.tables
    first, second = proposed(files, tables=both[:1]).options["tables"]
    assert (first["used"], first["problem"]) == (True, "")
    assert (second["used"], second["problem"]) == (False, "the chosen tables do not include it")


def test_a_table_that_names_the_classes_is_used_and_a_text_without_file_names_is_no_table(proposed):
    numbers = table(NAMES, lambda n, name: str(int("dog" in name)))
    proposal = proposed({**with_table(NAMES, numbers), "classes.txt": b"cat\ndog\n", "README.txt": b"Thank you.\n"})
    assert {each["path"]: each["used"] for each in proposal.options["tables"]} == {
        "labels.csv": True, "classes.txt": True, "README.txt": False
    }  # fmt: skip
    assert proposal.outline["left_out"] == [{"reason": "They are not pictures", "files": 1, "examples": ["README.txt"]}]


def test_a_table_that_can_not_be_read_is_named(proposed):
    names = [f"{label}/{n}.jpg" for label in ("a", "b") for n in range(4)]
    proposal = proposed(with_table(names, b"PK\x03\x04 nonsense", "labels.xlsx"))
    assert "workbook" in proposal.options["tables"][0]["problem"]


def test_tables_that_contradict_each_other(proposed, counts):
    other = table(NAMES, lambda n, name: "dog" if "cat" in name else "cat")
    proposal = proposed({**with_table(NAMES, table(NAMES, label_of), "a.csv"), "b.csv": other})
    assert counts(proposal) == CAT_AND_DOG
    assert [each.path for each in proposal.reading.tables] == ["a.csv"]
    assert proposal.doubts == (
        "The column “label” of a.csv and the column “label” of b.csv disagree about the class of 8 of 8 files; for "
        "example, “images/cat0.jpg” is “cat” in the former and “dog” in the latter. The former is used",
    )
    assert "contradicts another table for 8 of 8 files" in proposal.options["tables"][1]["problem"]


def test_rows_that_contradict_each_other_leave_their_file_out(proposed, counts):
    content = table(NAMES, label_of) + b"\nimages/cat0.jpg,dog"
    assert counts(proposed(with_table(NAMES, content))) == {"cat": 3, "dog": 4}


def test_of_two_hundred_columns_some_are_kept_and_the_others_named(proposed):
    head = ("file", "label", *(f"m{k}" for k in range(200)))
    content = table(NAMES, label_of, *(lambda n, _, k=k: str((n + k) % 3) for k in range(200)), head=head)
    proposal = proposed(with_table(NAMES, content))
    assert len(proposal.reading.metadata) == 50
    assert "50 columns are kept" in " ".join(proposal.reasons.values())


def test_a_column_of_long_texts_is_not_kept(proposed):
    content = table(NAMES, label_of, lambda n, _: "x" * 10**6, head=("file", "label", "note"))
    proposal = proposed(with_table(NAMES, content))
    assert "note" not in proposal.reading.metadata
    assert len(json.dumps(proposal.to_dict())) < 20_000


def test_columns_never_take_a_name_that_examples_have(proposed):
    content = table(NAMES, label_of, lambda n, _: str(n % 2), head=("file", "label", "width"))
    assert set(proposed(with_table(NAMES, content)).reading.metadata) == {"width (table)"}


def test_variants_and_a_choice_of_the_other_level(proposed, counts):
    names = [f"d/{v}/{c}/{n}.jpg" for v in ("color", "gray") for c in ("scab", "rust") for n in range(3)]
    proposal = proposed(names)
    assert counts(proposal) == {"rust": 6, "scab": 6}
    other = proposed(names, label=Level(1))
    assert counts(other) == {"color": 6, "gray": 6}
    assert other.reading.metadata == {"folder": Level(2)}
    assert not other.doubts


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"label": Level(7)}, "level 7.*Levels are 0 to 0"),
        ({"label": Column("breed")}, "“breed”.*Columns found: label"),
        ({"split": Column("fold")}, "“fold”"),
        ({"label": Pattern("(")}, "The pattern can't be used"),
        ({"label": Pattern("cat")}, "no group"),
        ({"label": Pattern("(?<=a)(b)")}, "can't be used"),
        ({"group": OneHot(("a", "b"))}, "“a”"),
    ],
)
def test_what_is_not_there_is_refused_and_what_is_there_named(given, word, proposed):
    with pytest.raises(UserError, match=f"(?s){word}"):
        proposed(with_table(NAMES, table(NAMES, label_of)), **given)


def test_a_hostile_pattern_takes_no_time(proposed):
    names = [f"{'a' * 200}{n}.jpg" for n in range(200)]
    proposal = proposed(names, label=Pattern("((a+)+)+$"))
    assert not proposal.outline["classes"]


segments = st.sampled_from(
    [
        "train",
        "test",
        "a",
        "b",
        "images",
        "masks",
        "labels",
        "x-001",
        "color",
        "猫",
        "",
        " ",
        "..",
        "unknown",
        "1",
        "%20",
    ]
)
endings = st.sampled_from([".jpg", ".png", ".csv", ".txt", ".xml", ".json", "", ".JPG", "_mask.png", ".jsonl", ".xlsx"])
paths = st.builds(
    lambda folders, stem, end: "/".join([*(f for f in folders if f not in ("", "..")), f"{stem}{end}"]),
    st.lists(segments, max_size=4), st.sampled_from(["0", "cat.1", "3_jackson_2", "IMG_1", "labels", "x"]), endings,
)  # fmt: skip
LINES = ["file,label", "0.jpg,a", "x.jpg,b", "cat.1,c", '{"a": 1}', "0 1 2 3 4", ";;"]
contents = st.one_of(
    st.binary(max_size=80),
    st.lists(st.sampled_from(LINES), max_size=6).map(lambda lines: "\n".join(lines).encode()),
)


@settings(deadline=None)
@given(st.dictionaries(paths, contents, max_size=12))
def test_any_tree_of_names_is_proposed_for_or_refused(scanned, files):
    try:
        proposal = propose(scanned(files), {})
    except UserError:
        return
    written = json.loads(json.dumps(proposal.to_dict()))
    assert Reading.from_dict(written["reading"]) == proposal.reading
    again = propose(scanned(files), {name: getattr(proposal.reading, name) for name in written["reading"]})
    assert again.outline == proposal.outline
