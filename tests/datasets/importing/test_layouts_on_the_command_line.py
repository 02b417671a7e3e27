"""What is proposed or refused for people's layouts is said on the command line as it is in Python."""

import json

import pytest

from tests.command_line import invoke
from tlcore.base.errors import UserError
from tlcore.datasets import import_dataset, propose_import


def named(*folders):
    return {f"{folder}/{n}.png": b"x" for folder in folders for n in range(4)}


LAYOUTS = {
    "flat splits": (named("train", "test", "extra"), [], "the folders “train”, “test” are splits"),
    "flat splits beside classes": (named("train", "test", "cat", "dog"), ["cat", "dog"], "are treated as unlabelled"),
    "a README": ({**named("0", "1"), "README.txt": b"Of animals.\nFrom 2019.\n"}, ["0", "1"], ""),
    "names in doubt": (
        {**named("0", "1"), "info.csv": b"id,place,animal\n0,Rome,bear\n1,Oslo,cat\n"}, ["Oslo", "Rome"],
        "“0” is named “Rome”",
    ),
    "masks among pictures": (named("cat", "cat/masks", "dog", "dog/masks"), ["cat", "dog"], ""),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_proposal_is_the_same_everywhere(name, make_zip):
    files, classes, doubt = LAYOUTS[name]
    path = make_zip(files)
    proposal = propose_import(path)
    assert sorted(proposal.outline["classes"]) == classes
    assert doubt in " ".join(proposal.doubts) and bool(doubt) == bool(proposal.doubts)
    assert json.loads(invoke("import", path, "--dry-run", "--json").stdout) == json.loads(
        json.dumps(proposal.to_dict())
    )
    words = invoke("import", path, "--dry-run").stdout
    assert doubt in words and all(each in words for each in classes)


@pytest.mark.parametrize(
    ("files", "word"),
    [
        (named("train", "test", "extra"), "Put the files of each class into a folder"),
        ({**named("images", "SegmentationObject"), **{f"a/{n}.xml": b"<bndbox" for n in range(4)}}, "Pascal VOC"),
        ({**named("pictures"), **{f"pictures/{n}.txt": b"0 1 1 1 1" * (n == 3) for n in range(4)}}, "YOLO"),
    ],
)
def test_a_refusal_is_the_same_everywhere(files, word, make_zip, picture):
    path = make_zip(
        {name: picture(n) if content == b"x" else content for n, (name, content) in enumerate(files.items())}
    )
    with pytest.raises(UserError) as caught:
        import_dataset(path)
    assert word in str(caught.value) + caught.value.hint
    result = invoke("import", path, "--json")
    assert result.exit_code == 1 and word in " ".join(json.loads(result.stdout)["error"].values())
    assert word in invoke("import", path).output
