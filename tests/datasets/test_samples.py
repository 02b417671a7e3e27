"""The samples are whole, alike, and say whose they are."""

import zipfile

import pytest

from tlcore.base.errors import UserError
from tlcore.datasets import import_sample, samples


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)
def test_a_sample_is_six_classes_in_three_splits(sample):
    dataset = import_sample(sample.name, owner="ada")
    assert dataset.class_names == ("animals", "faces", "food", "people", "places", "vehicles")
    assert dataset.examples["label"].value_counts().between(50, 60).all()
    assert dataset.splits == {"train": 246, "val": 53, "test": 53}
    assert (dataset.licence_note, dataset.owner) == (sample.licence, "ada")
    assert [(problem.kind, problem.files) for problem in dataset.problems] == [("ignored", ("LICENSE.txt",))]
    assert str(len(dataset.examples)) in sample.description
    assert import_sample(sample.name).id == dataset.id


def test_both_samples_show_the_same_things():
    google, twitter = (zipfile.ZipFile(sample.path).namelist() for sample in samples())
    assert google == twitter


@pytest.mark.parametrize(
    ("sample", "words"), list(zip(samples(), ("Apache License", "Attribution 4.0 International"), strict=True))
)
def test_the_licence_lies_inside_and_beside(sample, words):
    inside = zipfile.ZipFile(sample.path).read("LICENSE.txt")
    assert inside == (sample.path.parent / f"LICENSE-{sample.name}.txt").read_bytes()
    assert words in inside.decode()


def test_an_unknown_sample_is_refused():
    with pytest.raises(UserError, match="emoji-google"):
        import_sample("emoji-apple")
