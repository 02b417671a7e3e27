"""Files whose reading is in doubt are shown before they are stored, and each part of the reading can be changed."""

import io
import zipfile

import pytest

from tests.pages.data.test_page import button, texts, work
from tests.pages.opened import open_app
from tlcore import jobs
from tlcore.datasets import list_datasets


class RawName(zipfile.ZipInfo):
    """An entry with its name as it was written on a system that is not in UTF-8."""

    def __init__(self, raw: bytes):
        super().__init__(raw.decode("latin-1"))
        self.raw = raw

    def _encodeFilenameFlags(self):
        return self.raw, 0


@pytest.fixture
def upload():
    """Uploads files by name, and has them looked at. Names that are bytes don't say their encoding."""

    def do(files: dict[str | bytes, bytes], **options):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            for name, data in files.items():
                archive.writestr(name if isinstance(name, str) else RawName(name), data)
        page = open_app()
        page.file_uploader[0].upload("leaves.zip", content.getvalue(), "application/zip").run()
        for key, value in options.items():
            page.checkbox(key=key).set_value(value)
        return work(page.button(key="upload-read").click().run())

    return do


@pytest.fixture
def variants(picture):
    """The same two classes in colour and in grey."""
    return {
        f"{variant}/{label}/{n}.png": picture(100 * place + n)
        for place, (variant, label) in enumerate((v, c) for v in ("color", "grey") for c in ("healthy", "scab"))
        for n in range(6)
    }


def select(page, label):
    return next(each for each in page.selectbox if each.label == label)


def by_key(elements, end):
    """The widget whose key ends so; keys begin with the proposal that they belong to."""
    return next(each for each in elements if each.key and each.key.endswith(end))


def proposal_of(page):
    return jobs.open_job(page.query_params["import"]).result["proposal"]


def pattern(page):
    return next(each for each in page.text_input if each.label == "Pattern for the group")


def test_files_in_doubt_are_shown_and_stored_as_the_person_says(home, upload, variants):
    page = upload(variants)
    assert "Nothing has been stored yet" in texts(page)
    assert page.warning
    assert list_datasets() == []
    assert not page.file_uploader  # what is asked stands alone on the page
    shown = jobs.open_job(page.query_params["import"]).result["thumbnails"]
    assert len(shown) == 6  # three of each class
    outcome = next(each.value for each in page.dataframe if "Class" in each.value)
    assert outcome["Class"].tolist() == ["healthy", "scab"]
    outer = next(option for option in select(page, "Class").options if option.startswith("Folder 1"))
    page = select(page, "Class").select(outer).run()
    work(page)
    outcome = next(each.value for each in page.dataframe if "Class" in each.value)
    assert outcome["Class"].tolist() == ["color", "grey"]
    button(page, "Import").click().run()
    work(page)
    (dataset,) = list_datasets()
    assert dataset.class_names == ("color", "grey")
    assert page.query_params["dataset"] == dataset.id
    assert not list((home / "tmp").iterdir())


def test_files_in_no_doubt_are_shown_too_when_asked(upload, two_classes):
    page = upload(two_classes, **{"upload-review": True})
    assert "Nothing has been stored yet" in texts(page)
    work(button(page, "Import").click().run())
    assert list_datasets()[0].class_names == ("ants", "bees")


def test_a_pattern_that_cannot_be_used_says_why_and_keeps_the_review(upload, variants):
    page = upload(variants)
    select(page, "Group").select("A pattern in the file path …").run()
    pattern(page).set_value("([").run()
    work(page)
    assert len(page.error) == 1
    assert "Nothing has been stored yet" in texts(page)
    select(page, "Group").select("A pattern in the file path …").run()
    pattern(page).set_value(r"/(\d)\.png").run()
    work(page)
    work(button(page, "Import").click().run())
    assert not page.error, page.error[0].value
    (dataset,) = list_datasets()
    assert dataset.group_column
    assert dataset.examples.groupby(dataset.group_column)["split"].nunique().max() == 1


def test_files_can_be_let_go_of(home, upload, variants):
    page = upload(variants)
    button(page, "Discard these files").click().run()
    assert "import" not in page.query_params
    assert list_datasets() == []
    assert not list((home / "tmp").iterdir())


def test_metadata_columns_are_kept_as_chosen(upload, picture):
    rows = ["file,dx,age,site"] + [f"{n}.png,{'ab'[n % 2]},{20 + n},{'xyz'[n % 3]}" for n in range(12)]
    files = {f"pictures/{n}.png": picture(n) for n in range(12)} | {"table.csv": "\n".join(rows).encode()}
    page = upload(files, **{"upload-review": True})
    kept = next(each for each in page.multiselect if each.label == "Metadata columns")
    assert set(kept.value) >= {"age", "site"}
    kept.set_value(["age"])
    work(by_key(page.button, "-keep-metadata").click().run())
    work(button(page, "Import").click().run())
    (dataset,) = list_datasets()
    assert dataset.metadata == ("age",)
    assert dataset.class_names == ("a", "b")


def test_a_column_that_looks_like_a_group_is_offered_as_one(upload, picture):
    rows = ["file,dx,patient"] + [f"{n}.png,{'ab'[n // 2 % 2]},p{n // 2}" for n in range(24)]
    page = upload({f"{n}.png": picture(n) for n in range(24)} | {"table.csv": "\n".join(rows).encode()})
    assert "patient" in page.warning[0].value
    work(button(page, "Use “patient” as the group").click().run())
    assert select(page, "Group").value
    work(button(page, "Import").click().run())
    (dataset,) = list_datasets()
    assert dataset.group_column == "patient"
    assert dataset.examples.groupby("patient")["split"].nunique().max() == 1
