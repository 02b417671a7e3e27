"""What names and tables that are not in UTF-8 are decoded as is said with what decided it, wherever they are read."""

import zipfile

import pytest

from tests.command_line import document, invoke
from tlcore.datasets import import_dataset, propose_import

NAMES = [f"{label}/{n}.png" for label in ("猫照片", "狗照片") for n in range(3)]


@pytest.fixture
def old_zip(tmp_path, picture):
    """A zip with names in a code page, as Windows' own packer writes them."""

    def make(encoding, names=NAMES, **more):
        path = tmp_path / "old.zip"
        raws = {f"{n:04}{'x' * (len(name.encode(encoding)) - 4)}": name.encode(encoding)
                for n, name in enumerate(names)}  # fmt: skip
        with zipfile.ZipFile(path, "w") as archive:
            for number, name in enumerate(raws):
                archive.writestr(zipfile.ZipInfo(name), picture(number))
            for name, content in more.items():
                archive.writestr(name.replace("_", "."), content)
        content = path.read_bytes()
        for name, raw in raws.items():
            content = content.replace(name.encode(), raw)
        path.write_bytes(content)
        return path

    return make


def said(dataset):
    return [each.action for each in dataset.problems if each.kind == "encoding"]


WORDS = (
    "The file names are decoded as gb18030 (for example, “猫照片, 狗照片”). The file names are not valid UTF-8, and "
    "most likely simplified Chinese, GBK"
)


def test_names_in_a_code_page(old_zip):
    source = old_zip("gbk")
    proposal = propose_import(source)
    assert proposal.reasons["encoding"].startswith(WORDS)
    assert not proposal.doubts
    (note,) = said(import_dataset(source))
    assert note == f"{WORDS}. If they look wrong, choose another encoding (`--encoding` on the command line)"
    assert said(import_dataset(source, reading=proposal.reading)) == [note]  # as the page imports it
    printed = invoke("import", source).stdout
    assert f"Encoding\n  {WORDS}" in printed
    assert note in [each["action"] for each in document("import", source)["problems"] if each["kind"] == "encoding"]
    (chosen,) = said(import_dataset(source, encoding="big5"))
    assert chosen.startswith("The file names are decoded as big5") and chosen.endswith("This encoding was chosen")


def test_names_in_ascii_or_utf_8_are_not_worth_a_word(old_zip):
    assert not said(import_dataset(old_zip("utf-8")))
    assert not said(import_dataset(old_zip("ascii", [f"{c}_pictures/{n}.png" for c in "ab" for n in range(3)])))


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("gb18030", "gb18030 (for example, “苹果, 香蕉”). The text is not valid UTF-8, and most likely simplified"),
        ("utf-16", "utf-16. The text begins with a byte order mark"),
        ("utf-8", ""),
        ("utf-8-sig", ""),
    ],
)
def test_a_table(encoding, words, make_folder, picture):
    lines = ["file,label", *(f"{n}.png,{('苹果', '香蕉')[n % 2]}" for n in range(8))]
    files = {f"{n}.png": picture(n) for n in range(8)}
    source = make_folder({**files, "labels.csv": "\n".join(lines).encode(encoding)})
    proposal = propose_import(source)
    for dataset in (import_dataset(source), import_dataset(source, reading=proposal.reading)):
        assert len(said(dataset)) == bool(words)
        assert not words or f"The table labels.csv is decoded as {words}" in said(dataset)[0]
    assert (words in invoke("import", source).stdout) and (words in invoke("import", source, "--dry-run").stdout)
