"""Each part of a reading is changed on the page, and seen in the next proposal and in the dataset that is stored."""

import dataclasses
import json
import sys
import types
from itertools import product

import pytest

from pages.data.reading.changes import with_change
from pages.shared.media import items
from tests.pages.data.test_page import button, texts, work
from tests.pages.data.test_reading_form import by_key, proposal_of, select
from tests.pages.data.test_reading_form import upload as upload
from tlcore import jobs, modalities
from tlcore.datasets import list_datasets
from tlcore.datasets.importing.reading import Reading

REVIEW = {"upload-review": True}
FOLDERS = [f"{label}/{n}.png" for label in ("ants", "bees") for n in range(8)]
FLAT = [f"{n}.png" for n in range(24)]
SPLITS = [
    f"{part}/{label}/{n}.png" for part in ("train", "val", "test") for label in ("ants", "bees") for n in range(4)
]


def table(head: str, row, encoding: str = "utf-8") -> bytes:
    """A table with a row for each name of `FLAT`."""
    return "\n".join([head, *map(row, range(24))]).encode(encoding)


ROWS = table(
    "file,dx,kind,part", lambda n: f"{n}.png,{'pq'[n % 2]},{'xyz'[n // 2 % 3]},{('train', 'test')[n % 4 // 2]}"
)
CONTRADICTING = {
    "a.csv": table("file,dx", lambda n: f"{n}.png,{'pq'[n % 2]}"),
    "b.csv": table("file,dx", lambda n: f"{n}.png,{'pq'[(n + (n > 7)) % 2]}"),
}


def column(name: str) -> dict:
    return {"from": "column", "column": name}


def option(box, words: str) -> str:
    """What a list offers that contains some words."""
    return next(each for each in box.options if words in each)


def choose(page, label: str, words: str):
    box = select(page, label)
    return work(box.select(option(box, words)).run())


def type_in(box, text: str):
    """Types what a list does not offer."""
    box.options.append(text)
    return box.set_value(text)


def stored(page):
    """Imports the files as they are shown."""
    work(button(page, "Import").click().run())
    assert not page.error, page.error[0].value
    (dataset,) = list_datasets()
    return dataset


def labels_of(dataset) -> dict[str, str]:
    names = [dataset.class_names[label] for label in dataset.examples["label"]]
    return dict(zip(dataset.examples["source_name"], names, strict=True))


def split_of(dataset) -> dict[str, str]:
    return dict(zip(dataset.examples["source_name"], dataset.examples["split"], strict=True))


class Case:
    """A part of a reading: files, how a person changes it, and what becomes of it.

    `NAMES` are those of pictures, `OTHERS` further files, `BECOMES` the part of the next proposal.
    """

    NAMES: list = FOLDERS
    OTHERS: dict[str, bytes] = {}
    BECOMES: object = None

    def change(self, page):
        raise NotImplementedError

    def check(self, dataset):
        raise NotImplementedError


class Modality(Case):
    NAMES = [*FOLDERS, *(f"{name[:-4]}.toy" for name in FOLDERS[4:12])]
    BECOMES = "toy"

    def change(self, page):
        choose(page, "Kind of data", "Toy")

    def check(self, dataset):
        assert dataset.modality == "toy"
        assert len(dataset.examples) == 8


class Encoding(Case):
    NAMES = [f"{label}/{n}.png".encode("cp866") for label in ("пёс", "кот") for n in range(6)]
    BECOMES = "cp1251"

    def change(self, page):
        work(type_in(select(page, "Encoding of file names"), "cp1251").run())

    def check(self, dataset):
        assert set(dataset.class_names) == {name.encode("cp866").decode("cp1251") for name in ("пёс", "кот")}


class Tables(Case):
    NAMES = FLAT
    OTHERS = CONTRADICTING

    def change(self, page):
        by_key(page.checkbox, "-table-0").set_value(False)
        by_key(page.checkbox, "-table-1").set_value(True)
        work(by_key(page.button, "-read-tables").click().run())

    BECOMES = [
        {"path": "b.csv", "folder": "", "encoding": "utf-8", "delimiter": ",", "header": True, "file": "file",
         "columns": ["dx"]}
    ]  # fmt: skip

    def check(self, dataset):
        assert labels_of(dataset) == {f"{n}.png": "pq"[(n + (n > 7)) % 2] for n in range(24)}


class Label(Case):
    NAMES = FLAT
    OTHERS = {"t.csv": ROWS}
    BECOMES = column("kind")

    def change(self, page):
        choose(page, "Class", "Column “kind”")

    def check(self, dataset):
        assert dataset.class_names == ("x", "y", "z")


class Split(Label):
    OTHERS = {"t.csv": ROWS.replace(b"test", b"later").replace(b"train", b"early")}
    BECOMES = column("part")

    def change(self, page):
        choose(page, "Split", "Column “part”")
        for name, meaning in (("early", "train"), ("later", "test")):
            select(page, f"“{name}”, 12 files").set_value(meaning)
        work(by_key(page.button, "-use-meanings").click().run())

    def check(self, dataset):
        assert {name for name, split in split_of(dataset).items() if split == "test"} == {
            f"{n}.png" for n in range(24) if n % 4 // 2
        }


class Group(Label):
    def change(self, page):
        choose(page, "Group", "Column “kind”")

    def check(self, dataset):
        assert dataset.group_column == "kind"


class Metadata(Case):
    BECOMES = {"number": {"from": "pattern", "pattern": "([0-9]+)[.]png"}}

    def change(self, page):
        by_key(page.text_input, "-new-name").set_value("number").run()
        select(page, "Where its values come from").select("A pattern in the file path …").run()
        by_key(page.text_input, "-new-place-pattern").set_value("([0-9]+)[.]png").run()
        work(button(page, "Add the column").click().run())

    def check(self, dataset):
        assert dataset.examples["number"].tolist() == [int(name[5]) for name in dataset.examples["source_name"]]


class Splits(Case):
    NAMES = SPLITS
    BECOMES = {"train": "train", "val": "test", "test": "val"}

    def change(self, page):
        select(page, "“val”, 8 files").set_value("test")
        select(page, "“test”, 8 files").set_value("val")
        work(by_key(page.button, "-use-meanings").click().run())

    def check(self, dataset):
        assert split_of(dataset)["val/ants/0.png"] == "test"
        assert split_of(dataset)["test/ants/0.png"] == "val"


class Classes(Case):
    BECOMES = {"ants": "Formicidae"}

    def change(self, page):
        by_key(page.selectbox, "-rename").set_value("ants")
        type_in(by_key(page.selectbox, "-rename-to"), "Formicidae")
        work(by_key(page.button, "-use-names").click().run())

    def check(self, dataset):
        assert dataset.class_names == ("bees", "Formicidae")


class LeftOut(Case):
    BECOMES = [{"path": "bees/0.png", "reason": "Left out by hand"}]

    def change(self, page):
        by_key(page.multiselect, "-leave-out").set_value(["bees/0.png"])
        work(by_key(page.button, "-read-files").click().run())

    def check(self, dataset):
        assert sorted(dataset.examples["source_name"]) == sorted(set(FOLDERS) - {"bees/0.png"})


class Unlabelled(Case):
    NAMES = [*FOLDERS, "wasps/0.png", "wasps/1.png"]
    BECOMES = ["wasps"]

    def change(self, page):
        by_key(page.multiselect, "-unlabel").set_value(["wasps"])
        work(by_key(page.button, "-read-files").click().run())

    def check(self, dataset):
        assert dataset.class_names == ("ants", "bees")
        assert sorted(dataset.unlabelled["source_name"]) == ["wasps/0.png", "wasps/1.png"]


CASES = {
    "modality": Modality, "encoding": Encoding, "tables": Tables, "label": Label, "split": Split, "group": Group,
    "metadata": Metadata, "splits": Splits, "classes": Classes, "left_out": LeftOut, "unlabelled": Unlabelled,
}  # fmt: skip


@pytest.fixture
def toy(monkeypatch):
    """A second kind of data: pictures by another suffix."""
    usual = modalities.usual_modality()
    entry = type("Toy", (type(usual),), {"name": "toy", "suffixes": (".toy",), "unread_suffixes": ()})()
    entry.looks_like = lambda head: False
    module = types.ModuleType("toy")
    module.ENTRY = entry
    monkeypatch.setitem(sys.modules, "toy", module)
    monkeypatch.setattr(modalities, "_ENTRIES", {**modalities._ENTRIES, "toy": "toy"})
    monkeypatch.setattr(modalities, "MODALITIES", (*modalities.MODALITIES, "toy"))
    monkeypatch.setitem(items._DRAWN_BY, "toy", items._DRAWN_BY[usual.name])
    modalities.modality_of_file.cache_clear()
    yield
    modalities.modality_of_file.cache_clear()


def test_there_is_a_case_for_each_part():
    assert list(CASES) and {*CASES} == {each.name for each in dataclasses.fields(Reading)}


@pytest.mark.parametrize("part", CASES)
def test_a_part_is_changed_on_the_page_and_stored_so(part, upload, picture, request):
    case = CASES[part]()
    if part == "modality":
        request.getfixturevalue("toy")
    page = upload({**{name: picture(n) for n, name in enumerate(case.NAMES)}, **case.OTHERS}, **REVIEW)
    assert proposal_of(page)["reading"][part] != case.BECOMES
    case.change(page)
    assert not page.error, page.error[0].value
    assert proposal_of(page)["reading"][part] == case.BECOMES
    dataset = stored(page)
    assert dataset.reading[part] == case.BECOMES
    case.check(dataset)


def test_the_encoding_of_names_is_changed_after_a_doubt(upload, picture):
    names = [
        f"{variant}/{label}/{n}.png" for variant in ("цвет", "серый") for label in ("кот", "пёс") for n in range(4)
    ]
    page = upload({name.encode("cp866"): picture(n) for n, name in enumerate(names)})
    assert page.warning
    work(type_in(select(page, "Encoding of file names"), "cp1251").run())
    assert not page.error
    assert "кот".encode("cp866").decode("cp1251") in proposal_of(page)["outline"]["classes"]
    choose(page, "Encoding of file names", "cp866")
    assert set(stored(page).class_names) == {"кот", "пёс"}


def test_a_split_of_unknown_words_asks_what_they_mean(upload, picture):
    rows = table("file,dx,fold", lambda n: f"{n}.png,{'pq'[n % 2]},{'abcd'[n // 2 % 4]}")
    page = upload({**{name: picture(n) for n, name in enumerate(FLAT)}, "t.csv": rows}, **REVIEW)
    choose(page, "Split", "Column “fold”")
    assert not page.error
    assert any("unknown meaning" in each.value for each in page.warning)
    assert button(page, "Import").disabled
    assert "Choose what each value of the split means." in texts(page)
    for name, meaning in zip("abcd", ("train", "val", "test", "unlabelled"), strict=True):
        select(page, f"“{name}”, 6 files").set_value(meaning)
    work(by_key(page.button, "-use-meanings").click().run())
    assert not button(page, "Import").disabled
    dataset = stored(page)
    assert dataset.splits == {"train": 6, "val": 6, "test": 6}
    assert len(dataset.unlabelled) == 6


def test_two_parts_of_file_names_are_offered_as_groups(upload, picture):
    speakers = ("jackson", "theo", "lucas", "nicolas", "yweweler", "george")
    rooms = ("hall", "kitchen", "garden", "studio", "office", "street")
    parts = product(range(2), speakers, rooms, range(2))
    names = [f"{digit}_{speaker}_{room}_{n}.png" for digit, speaker, room, n in parts]
    page = upload({name: picture(n) for n, name in enumerate(names)}, **REVIEW)
    offered = [each.label for each in page.button if each.label.endswith("as the group")]
    assert len(offered) == len(set(offered)) == 2
    work(button(page, next(each for each in offered if "jackson" in each)).click().run())
    dataset = stored(page)
    assert set(dataset.examples[dataset.group_column]) == set(speakers)


def test_masks_can_be_left_in(upload, picture):
    names = [f"{label}/{kind}/{n}.png" for label in ("ants", "bees") for kind in ("images", "masks") for n in range(6)]
    page = upload({name: picture(n) for n, name in enumerate(names)}, **REVIEW)
    box = by_key(page.checkbox, "-left-out-0")
    assert box.value and box.label.startswith("Masks of other files (12 files)")
    box.set_value(False)
    work(by_key(page.button, "-read-files").click().run())
    assert sum(each["files"] for each in proposal_of(page)["outline"]["classes"].values()) == 24
    assert not by_key(page.checkbox, "-left-out-0").value  # they can still be left out again
    assert len(stored(page).examples) == 24


def test_a_table_that_contradicts_another_is_used_when_a_person_says_so(upload, picture):
    page = upload({**{name: picture(n) for n, name in enumerate(FLAT)}, **CONTRADICTING})
    assert "b.csv disagree" in page.warning[0].value.replace("\\", "")
    by_key(page.checkbox, "-table-1").set_value(True)
    work(by_key(page.button, "-read-tables").click().run())
    proposal = proposal_of(page)
    assert [each["path"] for each in proposal["reading"]["tables"]] == ["a.csv", "b.csv"]
    assert not any("is not used" in doubt for doubt in proposal["doubts"])
    dataset = stored(page)
    assert len(dataset.examples) == 8  # those of which both say the same
    assert any(each.kind == "conflicting labels" for each in dataset.problems)


def test_a_table_is_read_in_another_encoding_with_another_separator_and_header(upload, picture):
    rows = table("file;вид", lambda n: f"{n}.png;{('кот', 'пёс')[n % 2]}", "cp1251")
    page = upload({**{name: picture(n) for n, name in enumerate(FLAT)}, "t.csv": rows}, **REVIEW)
    assert by_key(page.selectbox, "-table-0-encoding").value == "cp1251"
    type_in(by_key(page.selectbox, "-table-0-encoding"), "koi8-r")
    work(by_key(page.button, "-read-tables").click().run())
    assert "кот".encode("cp1251").decode("koi8-r") in proposal_of(page)["outline"]["classes"]
    box = by_key(page.selectbox, "-table-0-encoding")
    box.select(option(box, "cp1251"))
    by_key(page.selectbox, "-table-0-header").set_value(False)
    work(by_key(page.button, "-read-tables").click().run())
    assert not page.error
    assert proposal_of(page)["reading"]["label"] == column("column 2")
    by_key(page.selectbox, "-table-0-header").set_value(True)
    work(by_key(page.button, "-read-tables").click().run())
    assert set(stored(page).class_names) == {"кот", "пёс"}


def test_a_table_that_is_read_wrong_at_first_is_read_right_with_its_separator(upload, picture):
    rows = table("file#dx", lambda n: f"{n}.png#{'pq'[n % 2]}")
    files = {f"all/{name}": picture(n) for n, name in enumerate(FLAT)}
    page = upload({**files, "t.csv": rows}, **REVIEW)
    assert button(page, "Import").disabled
    by_key(page.checkbox, "-table-0").set_value(True)
    type_in(by_key(page.selectbox, "-table-0-delimiter"), "#")
    work(by_key(page.button, "-read-tables").click().run())
    assert not page.error
    assert stored(page).class_names == ("p", "q")


def test_one_hot_columns_can_be_chosen_for_the_class(upload, picture):
    rows = table("file,dx,red,green", lambda n: f"{n}.png,{'pq'[n % 2]},{n // 2 % 2},{1 - n // 2 % 2}")
    page = upload({**{name: picture(n) for n, name in enumerate(FLAT)}, "t.csv": rows}, **REVIEW)
    select(page, "Class").select("Columns that hold 1 or 0 …").run()
    by_key(page.multiselect, "-label-columns").set_value(["red", "green"]).run()
    work(by_key(page.button, "-use-columns").click().run())
    assert stored(page).class_names == ("green", "red")


def test_pictures_of_many_classes_are_shown_page_by_page(upload, picture):
    names = [f"class {label:02}/{n}.png" for label in range(20) for n in range(2)]
    page = upload({name: picture(n) for n, name in enumerate(names)}, **REVIEW)
    assert len(jobs.open_job(page.query_params["import"]).result["thumbnails"]) == 40

    def shown() -> list[str]:
        return [each.value for each in page.markdown if each.value.startswith("class ")]

    assert shown() == [f"class {label:02}" for label in range(8)]
    (pages,) = [each for each in page.get("pagination") if each.key.endswith("-pictures")]
    pages.set_value(3).run()
    assert shown() == [f"class {label:02}" for label in range(16, 20)]


def test_a_column_that_every_dataset_has_is_kept_under_another_name(upload, picture):
    page = upload({name: picture(n) for n, name in enumerate(FOLDERS)}, **REVIEW)
    select(page, "Class").select("A pattern in the file path …").run()
    by_key(page.text_input, "-label-pattern").set_value("(.)[.]png").run()
    work(page)
    by_key(page.text_input, "-new-name").set_value("width").run()
    box = select(page, "Where its values come from")
    box.select(option(box, "Folder 1")).run()
    work(button(page, "Add the column").click().run())
    assert "width (table)" in stored(page).metadata


def proposal(*tables: dict, used: list[str], label: dict) -> dict:
    return {
        "reading": {"tables": [{"path": path} for path in used], "label": label},
        "options": {"tables": list(tables)},
    }


def test_what_comes_from_columns_that_are_gone_is_proposed_anew():
    shown = proposal(
        {"path": "a", "columns": {"file": [], "dx": []}}, {"path": "b", "columns": {"file": [], "who": []}},
        used=["a", "b"], label=column("dx"),
    )  # fmt: skip
    chosen = {"group": column("who"), "metadata": {"w": column("who")}, "classes": {"x": "y"}}
    whole = {"path": "a", "file": "file"}
    assert with_change(chosen, {"tables": [whole]}, shown) == {
        "classes": {"x": "y"}, "metadata": {}, "label": column("dx"), "tables": [whole],
    }  # fmt: skip
    again = with_change({"label": column("dx"), "classes": {"x": "y"}}, {"tables": [{"path": "a"}]}, shown)
    assert again == {"tables": [{"path": "a"}]}


def test_another_encoding_keeps_what_does_not_depend_on_names():
    chosen = {"label": {"from": "level", "level": 1}, "left_out": [{"path": "цвет"}], "group": column("who")}
    kept = with_change(chosen, {"encoding": "cp1251"}, proposal(used=[], label=None))
    assert json.dumps(kept) == json.dumps({"label": chosen["label"], "group": column("who"), "encoding": "cp1251"})
