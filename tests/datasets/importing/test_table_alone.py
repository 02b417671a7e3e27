"""A table given alone stands for the files in its folder that it names, on every face but the page."""

import json

import pytest

from tests.command_line import document, invoke
from tlcore.base.errors import UserError
from tlcore.datasets import check_server_folder, import_dataset, propose_import


@pytest.fixture
def pets(make_folder, picture):
    """A folder of pictures with a table that names them; around it lies another folder, with pictures too."""
    files = {f"images/{n}.png": picture(n) for n in range(8)}
    rows = [f"images/{n}.png,{('cat', 'dog')[n % 2]}" for n in range(8)]
    make_folder({"secret.png": picture(99), "secrets/98.png": picture(98)}, "around")
    return make_folder(
        {
            **files,
            "images/unnamed.png": picture(50),
            "notes.txt": b"x",
            "other.csv": b"filename,label\nimages/unnamed.png,cow\n",
            "labels.csv": "\n".join(["filename,label", *rows]).encode(),
        },
        "around/pets",
    )


def rewrite(pets, **changes):
    table = pets / "labels.csv"
    text = table.read_text()
    for old, new in changes.values():
        text = text.replace(old, new)
    table.write_text(text)
    return table


def counts(proposal):
    return {name: each["files"] for name, each in proposal.outline["classes"].items()}


def test_the_files_that_it_names_are_the_dataset(pets):
    proposal = propose_import(pets / "labels.csv")
    assert counts(proposal) == {"cat": 4, "dog": 4}
    assert proposal.outline["files"] == 8
    assert not proposal.outline["unlabelled"] and not proposal.outline["left_out"] and not proposal.doubts
    dataset = import_dataset(pets / "labels.csv")
    assert (dataset.name, len(dataset.examples), len(dataset.unlabelled)) == ("pets", 8, 0)
    assert set(dataset.examples["source_name"]) == {f"images/{n}.png" for n in range(8)}


@pytest.mark.parametrize("form", ["images/", "", "/home/me/pets/images/", "..\\images\\", "./images/"])
@pytest.mark.parametrize("ending", [".png", ""])
def test_paths_are_found_however_they_are_written(pets, form, ending):
    table = rewrite(pets, folder=("images/", form), ending=(".png", ending))
    assert counts(propose_import(table)) == {"cat": 4, "dog": 4}


def test_the_command_line_says_the_same(pets):
    table = pets / "labels.csv"
    assert set(json.loads(invoke("import", table, "--dry-run", "--json").stdout)["outline"]["classes"]) == {
        "cat", "dog"
    }  # fmt: skip
    assert document("import", table)["class_names"] == ["cat", "dog"]
    result = invoke("import", table)
    assert result.exit_code == 0 and "cat" in result.stdout


def test_nothing_out_of_its_folder_is_read(pets):
    (pets / "link.png").symlink_to(pets.parent / "secret.png")
    (pets / "linked").symlink_to(pets.parent / "secrets")
    with (pets / "labels.csv").open("a") as file:
        file.write(f"\n../secret.png,cat\n{pets.parent}/secret.png,dog\nlink.png,cat\nlinked/98.png,dog\n")
    dataset = import_dataset(pets / "labels.csv")
    assert set(dataset.examples["source_name"]) == {f"images/{n}.png" for n in range(8)}
    (missing,) = [each for each in dataset.problems if each.kind == "missing"]
    assert len(missing.files) == 4


def test_a_table_that_names_none_of_its_neighbours_is_refused(pets, tmp_path):
    (tmp_path / "labels.csv").write_text("filename,label\na.png,cat\nb.png,dog\n")
    with pytest.raises(UserError, match="The table's files were not found") as caught:
        propose_import(tmp_path / "labels.csv")
    assert "“a.png”" in caught.value.detail and "folder" in caught.value.hint
    (pets / "labels.csv").write_text("{")
    with pytest.raises(UserError, match="The table"):
        propose_import(pets / "labels.csv")


def test_a_link_to_a_table_stands_for_the_folder_that_the_link_lies_in(pets, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "labels.csv").symlink_to(pets / "labels.csv")
    with pytest.raises(UserError, match="not found"):
        propose_import(tmp_path / "elsewhere" / "labels.csv")


def test_a_table_that_may_be_read_on_a_server_opens_no_folder_around_it(pets, monkeypatch):
    monkeypatch.setenv("TLCORE_DATA_ROOTS", str(pets / "labels.csv"))
    with pytest.raises(UserError, match="TLCORE_DATA_ROOTS"):
        check_server_folder(pets / "labels.csv")
    monkeypatch.setenv("TLCORE_DATA_ROOTS", str(pets))
    assert check_server_folder(pets / "labels.csv") == pets / "labels.csv"
