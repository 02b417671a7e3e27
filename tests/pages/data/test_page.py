"""The Data page without a browser: the ways in, the picture of the data, and what can be done to a dataset."""

import contextlib
import io
import zipfile

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from pages.data.charts import class_chart
from pages.data.examples_tab import examples_in_turn
from pages.data.import_tab import problem_rows
from pages.shared.media import image
from tests.pages.opened import open_app, turn_to
from tlcore import jobs
from tlcore.base.errors import UserError
from tlcore.base.events import EventLog
from tlcore.datasets import import_dataset, list_datasets, open_dataset
from tlcore.datasets.dataset import SPLITS, Problem
from tlcore.exports.predictions import guarded
from tlcore.jobs.outcome import ending
from tlcore.modules import find_module
from tlcore.pipeline.tasks import carry_out
from tlcore.plans import Plan
from tlcore.reports.dataset_card import class_counts
from tlcore.runs import create_run, list_runs

HOSTILE = ("<script>alert(1)<-script>", "**bold** [link](x) $x$ :red[hi]", "x" * 200, "日本語 🎉 \"q\" 'q'")


@pytest.fixture
def dataset(make_images, tmp_path):
    return import_dataset(make_images(tmp_path / "fruit", {"apples": 12, "pears": 10}), name="fruit")


def button(page: AppTest, label: str):
    return next(each for each in page.button if each.label == label)


def texts(page: AppTest) -> str:
    return "\n".join(each.value for each in (*page.markdown, *page.caption, *page.header, *page.error, *page.info))


def archive(classes: dict[str, int], broken: int = 0) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for place, (name, count) in enumerate(classes.items()):
            for number in range(count):
                picture = io.BytesIO()
                Image.new("RGB", (20 + number, 24), (place * 40, number * 9, 90)).save(picture, "PNG")
                file.writestr(f"{name}/{number}.png", picture.getvalue())
        for number in range(broken):
            file.writestr(f"{next(iter(classes))}/broken-{number}.png", b"no picture")
    return content.getvalue()


def work(page: AppTest) -> AppTest:
    """What a worker does with the files that the page has put in the queue; then the page is drawn again."""
    assert not page.exception
    (job,) = jobs.queue()
    log = EventLog(job.folder)
    with contextlib.suppress(UserError), ending(job.folder, log):
        carry_out(job.folder, job.kind, job.args, log)
    page.run()
    assert not page.exception
    return page


def test_a_new_user_is_two_clicks_away_from_a_run_on_the_sample():
    page = open_app()
    work(page.button(key="sample-emoji-google").click().run())
    assert page.query_params["dataset"] == list_datasets()[0].id
    button(page, "Train a linear probe").click().run()
    assert not page.exception
    (run,) = list_runs()
    assert run.state == "queued" and run.plan.train_groups == ()
    assert run.record["module"]["id"] == "efficientnet-lite0"
    assert page.query_params["run"] == run.id


def test_an_uploaded_archive_becomes_the_chosen_dataset_with_the_options_given(home):
    page = open_app()
    page.file_uploader[0].upload("pets.zip", archive({"cats": 20, "dogs": 20}), "application/zip").run()
    page.text_input(key="upload-name").set_value("my pets")
    page.slider(key="upload-fractions").set_value((50, 75))
    page.number_input(key="upload-seed").set_value(7)
    page.button(key="upload-read").click().run()
    assert page.button(key="upload-read").disabled and not list_datasets()
    work(page)
    (dataset,) = list_datasets()
    assert (dataset.name, dataset.seed, dataset.fractions) == ("my pets", 7, (0.5, 0.25, 0.25))
    assert dataset.splits == {"train": 20, "val": 10, "test": 10}
    assert page.query_params["dataset"] == dataset.id
    assert not list((home / "tmp").iterdir())


def test_many_files_with_a_table_of_labels_can_be_uploaded():
    page = open_app()
    pictures = zipfile.ZipFile(io.BytesIO(archive({"a": 6, "b": 6})))
    rows = ["filename,label"]
    files = []
    for name in pictures.namelist():
        flat = name.replace("/", "-")
        rows.append(f"{flat},{name[0]}")
        files.append((flat, pictures.read(name), "image/png"))
    page.file_uploader[0].set_value([*files, ("labels.csv", "\n".join(rows).encode(), "text/csv")]).run()
    work(page.button(key="upload-read").click().run())
    (dataset,) = list_datasets()
    assert dataset.class_names == ("a", "b") and len(dataset.examples) == 12


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.zip", archive({})),
        ("no.zip", b"this is no archive"),
        ("one.zip", archive({"only": 4})),
        ("broken.zip", archive({"a": 0}, broken=3)),
    ],
)
def test_a_bad_upload_gets_a_word_and_leaves_the_page_running(home, name, content):
    page = open_app()
    page.file_uploader[0].upload(name, content, "application/zip").run()
    work(page.button(key="upload-read").click().run())
    assert len(page.error) == 1
    assert list_datasets() == [] and not list((home / "tmp").iterdir())
    page.button(key="dismiss-import").click().run()
    assert not page.error
    work(page.button(key="sample-emoji-google").click().run())
    assert len(list_datasets()) == 1


def test_a_server_folder_is_offered_only_under_allowed_roots(monkeypatch, make_images, tmp_path):
    assert "TLCORE_DATA_ROOTS" in texts(open_app())
    make_images(tmp_path / "roots" / "fruit")
    monkeypatch.setenv("TLCORE_DATA_ROOTS", str(tmp_path / "roots"))
    page = open_app()
    page.selectbox(key="server-folder").set_value(str(tmp_path / "roots" / "fruit")).run()
    work(page.button(key="server-read").click().run())
    assert [each.name for each in list_datasets()] == ["fruit"] and "dataset" in page.query_params


def uploading(name: str = "pets.zip", **query) -> AppTest:
    page = open_app(**query)
    page.file_uploader[0].upload(name, archive({"cats": 4, "dogs": 4}), "application/zip").run()
    return page.button(key="upload-read").click().run()


def test_files_are_read_though_the_page_is_left_and_followed_when_it_is_opened_again(dataset):
    id = uploading().query_params["import"]
    page = open_app(**{"import": id})
    assert "Reading pets" in texts(page)
    work(page)
    assert open_dataset(page.query_params["dataset"]).name == "pets" and "import" not in page.query_params


def test_a_dataset_that_is_looked_at_stays_when_the_files_of_another_are_read(dataset):
    page = open_app(**{"import": uploading().query_params["import"], "dataset": dataset.id})
    assert "Reading pets" in texts(page)
    work(page)
    assert page.query_params["dataset"] == dataset.id and "Import finished" in page.toast[0].value
    assert {each.name for each in list_datasets()} == {"fruit", "pets"}


def test_reading_that_is_cancelled_while_it_waits_leaves_nothing(home):
    page = uploading()
    (job,) = jobs.queue()
    page.button(key=f"cancel-{job.id}").click().run()
    page.run()
    assert "was cancelled" in texts(page) and jobs.queue() == []
    assert list_datasets() == [] and not list((home / "tmp").iterdir())


def test_an_unknown_dataset_in_the_address_is_said_and_the_page_goes_on():
    page = open_app(dataset="gone-123456")
    assert "gone\\-123456" in page.error[0].value
    assert "dataset" not in page.query_params
    assert page.button(key="sample-emoji-google")


def test_a_dataset_is_opened_by_its_row(dataset):
    page = open_app()
    page.session_state[page.dataframe[0].key] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    page.run()
    assert page.query_params["dataset"] == dataset.id
    assert [metric.value for metric in page.metric][:2] == ["22", "2"]


def test_counts_add_up_to_the_examples(dataset):
    counts = class_counts(dataset.examples, dataset.class_names)
    assert list(counts["Class"]) == ["apples", "pears"] and list(counts["All"]) == [12, 10]
    assert {split: counts[split].sum() for split in SPLITS} == dataset.splits
    figure = class_chart(counts)
    assert sum(sum(trace.x) for trace in figure.data) == 22


def test_a_hundred_classes_have_a_bar_each_and_names_are_shown_as_written(dataset):
    names = (*HOSTILE, *(f"class {number}" for number in range(96)))
    examples = dataset.examples.assign(label=range(len(dataset.examples)))
    figure = class_chart(class_counts(examples, names))
    assert len(figure.data[0].x) == len(figure.layout.yaxis.ticktext) == 100
    assert figure.layout.yaxis.ticktext[0].startswith("&lt;script&gt;")
    assert max(map(len, figure.layout.yaxis.ticktext)) < 120


@pytest.mark.parametrize(
    ("tab", "view"),
    [
        ("", "classes"), ("", "gallery"), ("", "facts"), ("", "metadata"), ("issues", ""), ("import", ""),
        ("history", ""), ("settings", ""),
    ],
)  # fmt: skip
def test_every_part_of_the_picture_draws_with_hostile_names(make_images, tmp_path, tab, view):
    folder = make_images(tmp_path / "set", {name: 3 for name in HOSTILE[:2]} | {HOSTILE[2]: 8, HOSTILE[3]: 8})
    (folder / HOSTILE[2] / "<img src=x>.png").write_bytes(b"no picture")
    dataset = import_dataset(folder, name="<b>name</b> " * 20)
    kinds = {problem.kind for problem in dataset.problems}
    assert "unreadable" in kinds and "small class" in kinds
    page = turn_to(open_app(dataset=dataset.id), tab=tab, view=view)
    assert "<b>" not in texts(page).replace("\\<b\\>", "") and "<script>" not in texts(page)


def test_the_gallery_shows_each_class_in_turn_and_filters(dataset):
    shown = examples_in_turn(dataset.examples, None, "all")
    assert list(shown["label"][:4]) == [0, 1, 0, 1] and len(shown) == 22
    only = examples_in_turn(dataset.examples, 1, "test")
    assert set(only["label"]) == {1} and set(only["split"]) == {"test"}


def test_the_gallery_pages_and_a_filter_begins_at_its_first_page(dataset):
    page = turn_to(open_app(dataset=dataset.id), view="gallery")
    assert "22 pictures" in texts(page)
    page.selectbox(key="gallery-class").set_value(1).run()
    assert "10 pictures" in texts(page) and not page.exception


def test_sizes_are_counted(make_images, tmp_path):
    make_images(tmp_path / "a", {"a": 4}, size=32)
    make_images(tmp_path / "a", {"b": 4}, size=48)
    sizes = image.pixel_sizes(import_dataset(tmp_path / "a").examples)
    assert set(sizes.itertuples(index=False, name=None)) == {(32, 32, 4), (48, 48, 4)}


def test_problems_are_a_table_that_no_spreadsheet_runs():
    found = (
        Problem("unreadable", ("\t=1+1.png",), "Left out"),
        Problem("duplicates", ("b.png",), "Left out", ("=a.png",)),
        Problem("imbalance", (), "Read F1"),
    )
    rows = guarded(problem_rows(found))
    assert rows.to_dict("list") == {
        "problem": ["unreadable", "duplicates", "imbalance"],
        "file": ["'\t=1+1.png", "b.png", ""],
        "action": ["Left out", "Left out", "Read F1"],
        "kept": ["", "'=a.png", ""],
    }


def test_a_dataset_is_renamed_and_described(dataset):
    page = turn_to(open_app(dataset=dataset.id), tab="settings")
    page.text_input[0].set_value("citrus")
    page.text_area[0].set_value("round things")
    page.text_input[1].set_value("CC0")
    button(page, "Save").click().run()
    renamed = open_dataset(dataset.id)
    assert (renamed.name, renamed.description, renamed.licence_note) == ("citrus", "round things", "CC0")
    assert "round things" in texts(page)


def test_an_empty_name_is_refused_in_words(dataset):
    page = turn_to(open_app(dataset=dataset.id), tab="settings")
    page.text_input[0].set_value("  ")
    button(page, "Save").click().run()
    assert len(page.error) == 1 and open_dataset(dataset.id).name == "fruit"


def test_a_new_split_is_made_where_none_was_given(dataset):
    page = turn_to(open_app(dataset=dataset.id), tab="settings")
    assert button(page, "Split again").disabled
    page.slider(key=f"again-{dataset.id}-fractions").set_value((50, 50)).run()
    button(page, "Split again").click().run()
    assert not page.exception
    assert open_dataset(dataset.id).splits == {"train": 11, "val": 0, "test": 11}


def test_a_given_split_is_kept(make_images, tmp_path):
    for size, (split, count) in enumerate({"train": 6, "val": 2, "test": 3}.items(), start=16):
        make_images(tmp_path / "set" / split, {"a": count, "b": count}, size=size)
    dataset = import_dataset(tmp_path / "set")
    page = turn_to(open_app(dataset=dataset.id), tab="settings")
    assert "came with the files" in texts(page)
    assert "Split again" not in [each.label for each in page.button]


def test_deleting_names_the_runs_first(dataset):
    run = create_run(dataset, find_module("efficientnet-lite0"), Plan(), name="my first run")
    EventLog(run.folder).event("done")
    page = turn_to(open_app(dataset=dataset.id), tab="settings")
    button(page, "Delete this dataset").click().run()
    assert "my first run" in texts(page)
    assert list_datasets()
    button(page, "Delete this dataset").click()  # keeps the dialog open: AppTest has no fragments
    button(page, "Delete the dataset").click().run()
    assert list_datasets() == [] and "dataset" not in page.query_params
    assert len(list_runs()) == 1


def test_a_dataset_with_a_run_under_way_is_not_deleted(dataset):
    create_run(dataset, find_module("efficientnet-lite0"), Plan())
    page = turn_to(open_app(dataset=dataset.id), tab="settings")
    button(page, "Delete this dataset").click().run()
    assert button(page, "Delete the dataset").disabled
    assert any("in progress" in each.value for each in page.warning)
