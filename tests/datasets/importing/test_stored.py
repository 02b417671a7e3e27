"""What is stored is what the reading says: columns with their kinds, groups, files without a label, what is gone."""

import json
import shlex
import unicodedata

import pytest

from tests.command_line import document, invoke
from tlcore.base.errors import UserError
from tlcore.datasets import Reading, import_dataset, open_dataset, propose_import


@pytest.fixture
def patients(make_folder, picture):
    """Twelve pictures of two classes, two of each patient, with a table."""

    def make(*more, split=False):
        lines = ["file,dx,patient,age,seen,site"]
        lines += [
            f"{n}.png,{'ab'[n % 4 // 2]},P{n // 2},{20 + n if n else ''},2020-01-{n + 1:02d},{'left' if n % 3 else ''}"
            for n in range(24)
        ]
        files = {f"{('train', 'test')[n % 2] if split else 'all'}/{n}.png": picture(n) for n in range(24)}
        return make_folder({**files, "meta.csv": "\n".join([*lines, *more]).encode()})

    return make


def kinds(dataset):
    return [problem.kind for problem in dataset.problems]


def test_columns_are_kept_as_what_they_are(patients):
    dataset = import_dataset(patients())
    assert dataset.metadata == ("patient", "age", "seen", "site")
    rows = open_dataset(dataset.id).examples.set_index("source_name")
    assert rows["age"].dtype == "float64"
    assert rows["age"].isna().sum() == 1
    assert rows["seen"].dtype.kind == "M"
    assert rows.loc["all/3.png", "seen"].isoformat() == "2020-01-04T00:00:00"
    assert rows["site"].isna().sum() == 8
    assert rows.loc["all/1.png", "patient"] == "P0"
    assert Reading.from_dict(dataset.reading).label == propose_import(patients()).reading.label


def test_columns_that_are_not_kept_or_not_as_they_seem_are_named(make_folder, picture):
    formats = ("2020-01-{0:02d}", "{0:02d}.01.2020", "Jan {0:02d}, 2020")
    lines = [f'{n}.png,{"ab"[n % 2]},"{formats[n % 3].format(n + 1)}",text {n} of many' for n in range(24)]
    files = {f"{n}.png": picture(n) for n in range(24)}
    table = "\n".join(["file,label,seen,notes", *lines]).encode()
    dataset = import_dataset(make_folder({**files, "meta.csv": table}))
    listed = " ".join(problem.action for problem in dataset.problems if problem.kind == "columns")
    assert "Columns not kept:" in listed
    assert "“notes”" in listed
    assert "several formats" in listed


def test_a_group_is_in_one_split_and_no_longer_in_doubt(patients):
    assert "reading" in kinds(import_dataset(patients()))
    dataset = import_dataset(patients(), group_column="patient")
    assert dataset.group_column == "patient"
    assert dataset.examples.groupby("patient")["split"].nunique().max() == 1
    assert "reading" not in kinds(dataset)


def test_a_group_from_a_pattern_becomes_a_column(make_folder, picture):
    files = {f"{c}/s{n // 2}_{n}.png": picture(100 * ord(c) + n) for c in "ab" for n in range(16)}
    dataset = import_dataset(make_folder(files), group_pattern="/(s[0-9]+)_")
    assert dataset.group_column == "group"
    assert dataset.examples["group"].nunique() == 8
    assert dataset.examples.groupby("group")["split"].nunique().max() == 1


def test_groups_that_straddle_given_splits_are_leaks(patients):
    dataset = import_dataset(patients(split=True), group_column="patient")
    assert dataset.splits_given
    (leak,) = [problem for problem in dataset.problems if problem.kind == "group leak"]
    assert len(leak.files) == 24
    assert "12 of 12 groups by “patient”" in leak.action


def test_a_group_of_one_value_or_of_as_many_as_examples_is_said(patients):
    with pytest.raises(UserError, match="All examples are in one group"):
        import_dataset(patients(), group_pattern="(all)/")
    dataset = import_dataset(patients(), group_pattern="/([0-9]+)")
    assert "its own value" in next(each.action for each in dataset.problems if each.kind == "group")


def test_of_duplicates_the_kept_one_is_named(make_folder, picture):
    files = {f"{c}/{n}.png": picture(100 * ord(c) + n) for c in "ab" for n in range(3)}
    files["a/again.png"] = files["a/1.png"]
    (problem,) = [each for each in import_dataset(make_folder(files)).problems if each.kind == "duplicates"]
    assert (problem.files, problem.kept) == (("a/again.png",), ("a/1.png",))


def test_classes_that_are_gone_are_named_first(make_folder, picture):
    files = {f"{c}/{n}.png": picture(100 * ord(c) + n) for c in "ab" for n in range(3)}
    files |= {f"c/{n}.png": b"broken" for n in range(2)} | {"d/1.png": picture(1)}
    dataset = import_dataset(make_folder(files))
    assert dataset.class_names == ("a", "b")
    assert dataset.problems[0].kind == "lost class"
    assert "“c” (2), “d” (1)" in dataset.problems[0].action


def test_a_class_that_is_not_in_train_is_left_out(make_folder, picture):
    files = {
        f"{split}/{c}/{n}.png": picture(1000 * k + 100 * ord(c) + n)
        for k, split in enumerate(("train", "test")) for c in "abc" for n in range(6) if (split, c) != ("train", "c")
    }  # fmt: skip
    dataset = import_dataset(make_folder(files))
    assert dataset.class_names == ("a", "b")
    assert "untrained class" in kinds(dataset)


def test_files_without_a_label_are_kept_each_once(make_folder, picture):
    files = {f"train/{c}/{n}.png": picture(100 * ord(c) + n) for c in "ab" for n in range(6)}
    files |= {"test/1.png": picture(1), "test/2.png": picture(1), "test/3.png": files["train/a/0.png"]}
    dataset = import_dataset(make_folder(files))
    assert dataset.unlabelled["source_name"].tolist() == ["test/1.png"]
    assert dataset.file is not None
    assert (dataset.folder / dataset.unlabelled["file"].iloc[0]).exists()


def test_a_reading_is_printed_and_given_back(patients, tmp_path):
    folder = patients()
    printed = document("import", folder, "--dry-run", "--group-column", "patient")
    assert printed["reading"]["group"] == {"from": "column", "column": "patient"}
    path = tmp_path / "reading.json"
    path.write_text(json.dumps(printed))
    imported = document("import", folder, "--reading", path)
    assert (imported["group_column"], imported["metadata"]) == ("patient", ["patient", "age", "seen", "site"])
    path.write_text(json.dumps({"label": {"from": "column", "column": "patient"}}))
    assert document("import", folder, "--reading", path)["class_names"] == [f"P{n}" for n in range(12)]


def test_a_dry_run_is_said_in_words_and_stores_nothing(patients):
    printed = invoke("import", patients(), "--dry-run").stdout
    for words in (
        "nothing is stored",
        "the column “dx”",
        "file names in the column “file”",
        "looks like a group",
        "2 classes, 24 examples",
    ):
        assert words in printed
    assert "No datasets" in invoke("datasets").stdout


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        (("--label-column", "breed"), 1, "“breed”"),
        (("--split-column", "fold"), 1, "Columns found: dx, patient"),
        (("--group-pattern", "("), 1, "can't be used"),
        (("--label-column", "a", "--label-pattern", "b"), 2, "not both"),
        (("--reading", "gone.json"), 1, "gone.json"),
    ],
)
def test_wrong_options_are_refused_in_words(options, status, words, patients):
    result = invoke("import", patients(), *options)
    assert result.exit_code == status
    assert words in result.stderr


@pytest.mark.parametrize("given", ["NFC", "NFD"])
def test_names_and_columns_with_accents_are_found_however_they_are_written(given, make_zip, picture):
    names = [f"{label}{n}.png" for label in ("äpfel", "öl") for n in range(4)]
    lines = ["datei,größe", *(f"{name},{name[:-5]}" for name in names)]
    files = {unicodedata.normalize("NFD", f"bilder/{name}"): picture(n) for n, name in enumerate(names)}
    source = make_zip({**files, "liste.csv": unicodedata.normalize("NFD", "\n".join(lines)).encode()})
    dataset = import_dataset(source, label_column=unicodedata.normalize(given, "größe"))
    assert dataset.class_names == ("äpfel", "öl")
    assert sum(dataset.splits.values()) == 8


def test_an_unused_table_is_said_to_be_one_with_its_reason(make_folder, picture):
    files = {f"{c}/{n}.png": picture(100 * ord(c) + n) for c in "ab" for n in range(3)}
    source = make_folder({**files, "prices.csv": b"item,price\ntea,3\n", "old.xls": b"x", "README.txt": b"Hello."})
    found = import_dataset(source).problems
    assert {each.files: each.action for each in found if each.kind == "table"} == {
        ("old.xls",): "Not used: .xls files are not supported; save it as .xlsx",
        ("prices.csv",): "Not used: none of its columns contains file names",
    }
    assert [each.files for each in found if "not pictures" in each.action] == [("README.txt",)]
    planned = invoke("import", source, "--dry-run").stdout
    assert "Tables that are not used:\n  prices.csv: none of its columns contains file names.\n  old.xls: " in planned
    printed = invoke("import", source).stdout
    assert "Not used: none of its columns contains file names.\n  prices.csv" in printed


def test_a_dry_run_prints_the_option_for_each_possible_group(make_folder, picture, tmp_path):
    def options(files):
        printed = invoke("import", make_folder(files, name=f"data{len(files)}"), "--dry-run").stdout
        found = [line.rpartition(": ")[2].rstrip(".") for line in printed.splitlines() if "--group-" in line]
        planned = document("import", tmp_path / f"data{len(files)}", "--dry-run", *shlex.split(found[0]))
        assert planned["outline"]["groups"]["count"] == 12
        return found

    files = {f"{c}/patient{c}{p}/x{c}{p}{n % 2}.{n}.png": picture(p) for c in "ab" for p in range(6) for n in range(4)}
    (option,) = options(files)
    assert option == "--group-pattern '^(?:[^/]+/){1}([^/]+)/'"
    (option,) = options({f"{c}/{c}p{p}_{n}.png": picture(p) for c in "ab" for p in range(6) for n in range(6)})
    assert option == "--group-pattern '(?:^|/)([^/_]+)_[^/_]*$'"
