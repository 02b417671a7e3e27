"""What the splits lack of what was asked is said, from what was really done; what a group makes impossible, before."""

import pytest

from tests.command_line import document, invoke
from tlcore.datasets import import_dataset, propose_import


@pytest.fixture
def sites(make_folder, picture):
    """Eight pictures of each class, with the site that a function gives each by its class's number and its own."""

    def make(classes, site_of, split_of=None):
        names = [f"{split_of(k, n)}/{k}-{n}.png" if split_of else f"{k}-{n}.png" for k in range(classes)
                 for n in range(8)]  # fmt: skip
        lines = [f"{n},class {n.rpartition('/')[2][0]},{site_of(*map(int, n.rpartition('/')[2][:-4].split('-')))}"
                 for n in names]  # fmt: skip
        table = "\n".join(["file,label,site", *lines]).encode()
        return make_folder({**{name: picture(row) for row, name in enumerate(names)}, "labels.csv": table})

    return make


def said(dataset, kind):
    return [each.action for each in dataset.problems if each.kind == kind]


def about_splits(proposal):
    return [each for each in proposal.doubts if "as the group" in each]


def test_a_group_that_is_the_class_is_in_doubt_before_and_a_problem_after(sites):
    source = sites(8, lambda k, n: f"s{k}")
    (doubt,) = about_splits(propose_import(source, group_column="site"))
    assert "“site” as the group, there will be no examples in val and test" in doubt
    assert "“class 0”, “class 1”" in doubt
    dataset = import_dataset(source, group_column="site")
    assert dataset.splits == {"train": 64, "val": 0, "test": 0}
    (problem,) = said(dataset, "empty split")
    assert "there are no examples in val and test: all examples of each of the classes “class 0”, “class 1”" in problem
    assert not said(dataset, "reading")
    printed = invoke("import", source, "--group-column", "site").stdout
    assert "Empty split\n  With “site” as the group, there are no examples in val and test" in printed
    printed = document("import", source, "--group-column", "site", "--dry-run")
    assert doubt in printed["doubts"]


def test_of_two_classes_in_a_group_each_it_is_not_said_that_test_is_split_by_group(sites):
    source = sites(2, lambda k, n: f"s{k}")
    (doubt,) = about_splits(propose_import(source, group_column="site"))
    assert "there will be no examples in test:" in doubt
    dataset = import_dataset(source, group_column="site")
    assert dataset.splits["test"] == 0 < dataset.splits["val"]
    assert "there are no examples in test" in said(dataset, "empty split")[0]
    (few,) = said(dataset, "group")
    assert few == "There are only 2 groups by “site”: val has examples of the same groups as train"


def test_classes_in_one_group_among_others_are_named(sites):
    source = sites(3, lambda k, n: "all of it" if k == 2 else f"s{k}{n // 2}")
    (doubt,) = about_splits(propose_import(source, group_column="site"))
    words = "no examples of “class 2” in val and test: all examples of “class 2” are in one group, and train needs them"
    assert f"there will be {words}" in doubt
    dataset = import_dataset(source, group_column="site")
    assert dataset.splits["val"] and dataset.splits["test"]
    assert said(dataset, "group") == [f"With “site” as the group, there are {words}"]
    assert not said(dataset, "empty split")


def test_few_groups_are_said_to_be_in_train_and_val(sites):
    dataset = import_dataset(sites(2, lambda k, n: f"s{n % 3}"), group_column="site")
    assert said(dataset, "group") == [
        "There are only 3 groups by “site”: test is split by group, but val has examples of the same groups as train"
    ]
    assert not about_splits(propose_import(sites(2, lambda k, n: f"s{n % 3}"), group_column="site"))


def test_of_two_given_splits_val_is_judged_by_train_alone(sites):
    source = sites(2, lambda k, n: f"s{k}{n // 6}", lambda k, n: "train" if n < 6 else "test")
    dataset = import_dataset(source, group_column="site")
    assert dataset.splits["test"] == 4
    assert not said(dataset, "group leak")  # val was not given
    source = sites(8, lambda k, n: f"s{k}{n // 6}", lambda k, n: "train" if n < 6 else "test")
    (doubt,) = about_splits(propose_import(source, group_column="site"))
    assert "there will be no examples in val" in doubt
    dataset = import_dataset(source, group_column="site")
    assert dataset.splits == {"train": 48, "val": 0, "test": 16}
    assert "there are no examples in val:" in said(dataset, "empty split")[0]


def test_a_split_is_said_to_be_empty_without_groups_too(make_folder, picture):
    files = {f"{c}/{n}.png": picture(10 * ord(c) + n) for c in "ab" for n in range(2)}
    assert said(import_dataset(make_folder(files)), "empty split") == [
        "There are no examples in val: the classes are too small. Add more examples"
    ]
    given = {f"{s}/{c}/{n}.png": picture(100 * ord(c) + 10 * k + n) for k, s in enumerate(("train", "val", "test"))
             for c in "ab" for n in range(4)}  # fmt: skip
    broken = {name: b"broken" if name.startswith("test") else content for name, content in given.items()}
    assert said(import_dataset(make_folder(broken, "broken")), "empty split") == [
        "There are no examples in test: none of its files could be used"
    ]
    assert not said(import_dataset(make_folder(given, "given")), "empty split")
    assert not said(import_dataset(make_folder(files, "none asked"), fractions=(0.5, 0, 0.5)), "empty split")


def test_a_group_of_one_value_is_in_doubt_before_it_is_refused(sites):
    proposal = propose_import(sites(2, lambda k, n: "here"), group_column="site")
    assert any("All examples are in one group" in each for each in proposal.doubts)
