"""Tables, columns and folders that say different things of the same files are in doubt, and what wins is said."""

import pytest

from tests.command_line import document, invoke
from tlcore.datasets import import_dataset
from tlcore.datasets.importing.reading import Column, Level, OneHot

FLAT = [f"images/{label}{n}.jpg" for label in ("cat", "dog") for n in range(6)]
IN_FOLDERS = [f"{label}/{label}{n}.jpg" for label in ("cat", "dog") for n in range(6)]


def is_dog(name):
    return "dog" in name


def label(name):
    return ("cat", "dog")[is_dog(name)]


def opposite(name):
    return ("dog", "cat")[is_dog(name)]


def table(names, **columns):
    """A table with a column for each function of a name."""
    lines = [",".join(["filename", *columns])]
    return "\n".join([*lines, *(",".join([name, *(str(make(name)) for make in columns.values())]) for name in names)])


@pytest.fixture
def read(proposed):
    def do(names, given=None, **tables):
        files = {f"{name}.csv": content.encode() for name, content in tables.items()}
        return proposed({**dict.fromkeys(names, b""), **files}, **(given or {}))

    return do


def test_a_table_against_the_folders(read, counts):
    proposal = read(IN_FOLDERS, labels=table(IN_FOLDERS, label=opposite))
    assert proposal.reading.label == Column("label")
    assert proposal.doubts == (
        "The column “label” of labels.csv and the folders disagree about the class of 12 of 12 files; for example, "
        "“cat/cat0.jpg” is “dog” in the former and “cat” in the latter. The former is used",
    )
    assert not read(IN_FOLDERS, labels=table(IN_FOLDERS, label=label)).doubts
    assert not read(IN_FOLDERS, {"label": Column("label")}, labels=table(IN_FOLDERS, label=opposite)).doubts
    few = read(IN_FOLDERS, labels=table(IN_FOLDERS[:3], label=opposite))
    assert few.reading.label == Level(0)
    assert "The folders and the column “label” of labels.csv disagree about the class of 3 of 3 files" in few.doubts[0]


def test_one_file_in_which_folders_and_codes_differ(read):
    def code(name):
        return int(is_dog(name)) if name != "cat/cat3.jpg" else 1

    (doubt,) = read(IN_FOLDERS, labels=table(IN_FOLDERS, label=code)).doubts
    assert "disagree about the class of 1 of 12 files; for example, “cat/cat3.jpg” is “1” in the former" in doubt


def test_a_table_that_says_more_than_the_folders_does_not_contradict_them(read):
    def breed(name):
        return f"{label(name)} {int(name[-5]) % 3}"

    assert not read(IN_FOLDERS, labels=table(IN_FOLDERS, breed=breed)).doubts
    halves = [f"part_{n % 2}/{name[7:]}" for n, name in enumerate(FLAT)]
    assert not read(halves, labels=table(halves, label=label)).doubts


def test_two_tables_with_columns_for_each_class(read):
    one = table(FLAT, cat=lambda n: int(not is_dog(n)), dog=lambda n: int(is_dog(n)))
    other = table(FLAT, cat=lambda n: int(is_dog(n)), dog=lambda n: int(not is_dog(n)))
    proposal = read(FLAT, a=one, b=other)
    assert isinstance(proposal.reading.label, OneHot)
    assert [each.path for each in proposal.reading.tables] == ["a.csv"]
    (doubt,) = proposal.doubts
    assert "the columns “cat”, “dog” of b.csv disagree about the class of 12 of 12 files" in doubt
    assert not read(FLAT, a=one, b=one).doubts


def test_rows_of_two_such_tables_that_differ_leave_their_file_out(read, counts):
    def cat(name):
        return int(not is_dog(name) and name != FLAT[0])

    one = table(FLAT, cat=lambda n: int(not is_dog(n)), dog=lambda n: int(is_dog(n)))
    proposal = read(FLAT, a=one, b=table(FLAT, cat=cat, dog=lambda n: 1 - cat(n)))
    assert counts(proposal) == {"cat": 5, "dog": 6}
    assert proposal.doubts == (
        "The tables give 1 of the files more than one class; for example, “images/cat0.jpg” has “cat” and “dog”. "
        "These files are left out",
    )


def test_two_tables_with_columns_of_other_names(read):
    (doubt,) = read(FLAT, a=table(FLAT, label=label), b=table(FLAT, **{"class": opposite})).doubts
    assert doubt.startswith("The column “label” of a.csv and the column “class” of b.csv disagree")
    assert not read(FLAT, a=table(FLAT, label=label), b=table(FLAT, **{"class": label})).doubts
    (doubt,) = read(FLAT, a=table(FLAT[:10], label=label), b=table(FLAT[10:], **{"class": label})).doubts
    assert "The column “class” of b.csv gives a class to 2 more files" in doubt


def test_two_columns_named_as_labels(read):
    def breed(name):
        return f"b{int(name[-5]) % 3}"

    proposal = read(FLAT, labels=table(FLAT, species=label, breed=breed))
    assert proposal.reading.label == Column("species")
    assert proposal.doubts == (
        "The column “breed” of labels.csv could be the class too, but the class is taken from the column “species” of "
        "labels.csv. To use the other, choose “breed” as the class (`--label-column` on the command line)",
    )
    assert not read(FLAT, {"label": Column("breed")}, labels=table(FLAT, species=label, breed=breed)).doubts
    (doubt,) = read(FLAT, a=table(FLAT, species=label), b=table(FLAT, breed=breed)).doubts
    assert "“breed” of b.csv could be the class too" in doubt


@pytest.mark.parametrize(
    "columns",
    [
        {"label": label, "label_id": lambda name: int(is_dog(name))},  # codes of the same
        {"label": label, "species": lambda name: "pet"},  # has one value alone
        {"label": label, "type": lambda name: f"t{int(name[-5]) % 3}"},  # not certainly a label
    ],
)
def test_columns_that_are_no_other_labels(columns, read):
    assert not read(FLAT, labels=table(FLAT, **columns)).doubts


def split(name):
    return ("train", "test")[int(name[-5]) % 3 == 0]


def other_split(name):
    return ("test", "train")[int(name[-5]) % 3 == 0]


def finer(name):
    return "val" if name[-5] == "1" else split(name)


def test_two_split_columns(read):
    proposal = read(FLAT, labels=table(FLAT, label=label, split=split, set=other_split))
    assert proposal.reading.split == Column("split")
    (doubt,) = proposal.doubts
    assert "the column “set” disagree about the split of 12 of 12 files" in doubt
    assert not read(FLAT, labels=table(FLAT, label=label, split=split, set=split)).doubts
    assert not read(FLAT, labels=table(FLAT, label=label, split=finer, set=split)).doubts
    (doubt,) = read(FLAT, a=table(FLAT, label=label, split=split), b=table(FLAT, set=other_split)).doubts
    assert "about the split of 12 of 12 files" in doubt
    (doubt,) = read(FLAT, a=table(FLAT, label=label, split=split), b=table(FLAT, split=other_split)).doubts
    assert "more than one split" in doubt and "The first one is used" in doubt


def test_a_split_column_against_the_folders(read):
    names = [f"{split(name)}/{name[7:]}" for name in FLAT]
    (doubt,) = read(names, labels=table(names, label=label, split=other_split)).doubts
    assert doubt.startswith("The column “split” and the folders disagree about the split of 12 of 12 files")
    assert not read(names, labels=table(names, label=label, split=finer)).doubts


def test_a_split_column_with_one_split_gives_way_to_the_folders(read):
    names = [f"{split(name)}/{name[7:]}" for name in FLAT]
    proposal = read(names, labels=table(names, label=label, split=lambda name: "train"))
    assert proposal.reading.split == Level(0)
    assert proposal.outline["splits"] == {"train": 8, "test": 4}


def test_a_table_of_splits_alone_is_used(read):
    proposal = read(FLAT, labels=table(FLAT, label=label), parts=table(FLAT, split=split))
    assert proposal.outline["splits"] == {"train": 8, "test": 4}
    assert not proposal.doubts


def test_two_tables_with_other_groups(read):
    def patient(name):
        return f"p{label(name)}{int(name[-5]) // 2}"

    one = table(FLAT, label=label, patient=patient)
    other = table(FLAT, patient=lambda name: "x" if name == FLAT[0] else patient(name))
    doubts = read(FLAT, {"group": Column("patient")}, a=one, b=other).doubts
    assert doubts == (
        "The tables give 1 of the files more than one “patient”; for example, “images/cat0.jpg” has “pcat0” and “x”. "
        "The first one is used",
    )
    assert any("more than one “patient”" in each for each in read(FLAT, a=one, b=other).doubts)


def test_a_contradiction_is_said_on_every_face(make_folder, picture):
    files = {name: picture(n) for n, name in enumerate(IN_FOLDERS)}
    source = make_folder({**files, "labels.csv": table(IN_FOLDERS, label=opposite).encode()})
    words = "disagree about the class of 12 of 12 files"
    (problem,) = [each for each in import_dataset(source).problems if each.kind == "reading"]
    assert words in problem.action
    assert words in invoke("import", source).stdout
    assert words in document("import", source, "--dry-run")["doubts"][0]
    assert words in document("import", source)["problems"][0]["action"]
