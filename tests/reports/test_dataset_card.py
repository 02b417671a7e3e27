"""A dataset in a notebook: its classes by split, what was found at import, a few pictures, and what was mended."""

import base64
import io

import pytest
from PIL import Image

import tlcore.reports.cards  # noqa: F401 - as `tlcore.api` does
from tests.drawn import HOSTILE, Drawn
from tlcore.datasets import describe_dataset, import_dataset, open_dataset
from tlcore.datasets.editing.edits import correct_label, leave_out, undo
from tlcore.reports.dataset_card import class_counts, picture_of


@pytest.fixture
def dataset(make_images, tmp_path):
    folder = make_images(tmp_path / "zoo", {"ants": 10, "bees": 12, "cats": 8}, size=300)
    (folder / "notes.txt").write_text("no picture")
    return import_dataset(folder, name="zoo", licence_note="CC BY 4.0")


def test_it_shows_each_class_by_split_and_the_sums(dataset):
    drawn = Drawn(dataset._repr_html_())
    assert drawn.is_whole and not drawn.runs
    counts = class_counts(dataset.examples, dataset.class_names)
    expected = [[row[0], *map(str, row[1:])] for row in counts.to_numpy().tolist()]
    assert drawn.rows[1:-1] == expected
    assert drawn.rows[-1] == ["All", *(str(count) for count in dataset.splits.values()), "30"]
    assert "CC BY 4.0" in drawn.text and "ignored (1 file)" in drawn.text and "0, as imported" in drawn.text


def test_its_pictures_lie_in_the_page_and_are_small(dataset):
    drawn = Drawn(dataset._repr_html_())
    assert len(drawn.loads) == 3
    for address in drawn.loads:
        assert address.startswith("data:image/jpeg;base64,")
        picture = Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))
        assert max(picture.size) <= 128


def test_a_picture_whose_file_is_gone_is_said_to_be(dataset):
    id = dataset.examples["id"][0]
    dataset.file(id).unlink()
    assert picture_of(dataset, id, "ants") == ("", "", ("ants", "The picture is gone"))


def test_what_was_mended_is_listed_and_what_was_undone(dataset):
    ids = dataset.examples["id"].tolist()
    mended = leave_out(correct_label(dataset, ids[:2], "bees", by="Ada"), ids[5:6], by="Ada")
    drawn = Drawn(undo(mended, 2)._repr_html_())
    assert "Label of 2 examples corrected from “ants” to “bees” by Ada" in drawn.text
    assert drawn.text.count("undone since") == 1
    assert [row[1:] for row in drawn.rows if row[0] == "All"][-1][-1] == "30"


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_text(name, make_images, tmp_path):
    made = make_images(tmp_path / "zoo", {"ants": 6, "bees": 6})
    dataset = correct_label(import_dataset(made), import_dataset(made).examples["id"].tolist()[:3], name)
    describe_dataset(dataset.id, name, name)
    drawn = Drawn(open_dataset(dataset.id)._repr_html_())
    assert drawn.is_whole and not drawn.runs
    assert all(address.startswith("data:image/") for address in drawn.loads)
    assert " ".join(name.split()) in [row[0] for row in drawn.rows]
