"""Metadata, properties and slices on the pages, on runs that the pipeline itself made of pictures with a table."""

import datetime

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.explore.column_filters import asked_in_words
from tests.pages.early_run import make_early
from tests.pages.opened import charts, open_page, texts
from tlcore.evaluation import run_results
from tlcore.evaluation.metrics.measures import MEASURES, Measure
from tlcore.evaluation.run_results import run_predictions
from tlcore.exports.predictions import guarded, predictions_table
from tlcore.reports.report import report

MAP = "Embedding map, a point an example"
SLICES = "Accuracy of each slice with its interval"
WORSE = r"**sex\: female** · Worse than the rest: "


def where(page: AppTest) -> list[str]:
    found = page.query_params.get("where", [])
    return [found] if isinstance(found, str) else list(found)


def by_slice(skin, column: str = "") -> AppTest:
    page = open_page("results", run=skin.run.id)
    page.query_params["tab"] = "slices"
    page.run()
    if column:
        page.selectbox(key="slice").set_value(column).run()
    assert not page.exception
    return page


def women(skin, split: str) -> np.ndarray:
    """Which of the run's examples of a split are of women, by the dataset's own table."""
    predictions = run_predictions(skin.run).only(split)
    sexes = skin.dataset.examples.set_index("id")["sex"]
    return (sexes.loc[predictions.ids] == "female").to_numpy()


def test_the_slice_on_which_the_run_is_weak_comes_first_in_words_and_numbers(skin):
    predictions = run_predictions(skin.run).only("val")
    right = predictions.predicted == predictions.labels
    rows = women(skin, "val")
    page = by_slice(skin)
    assert WORSE + f"{right[rows].mean():.1%} against {right[~rows].mean():.1%}" in texts(page)
    table = page.dataframe[0].value
    assert table.loc[0, ["Column", "Slice"]].tolist() == ["sex", "female"]
    assert table.loc[0, "Compared with the rest"].startswith("Worse")
    assert "May be due to chance" in set(table["Compared with the rest"])
    names = charts(page)[SLICES]["layout"]["yaxis"]["ticktext"]
    assert names[0] == "sex: female " and len(names) == len(table)
    assert run_results.test_views(skin.run) == 0


def test_slices_of_one_column_and_of_all_have_every_measure_with_its_interval(skin):
    for column in ("", "sex"):
        table = by_slice(skin, column).dataframe[0].value
        for measure in MEASURES.values():
            assert table[measure.title].str.contains("–").all(), measure.title
    assert table["Slice"].tolist() == ["female", "male"]
    assert table["Examples"].tolist() == [str(women(skin, "val").sum()), str((~women(skin, "val")).sum())]


@pytest.mark.parametrize("measure", list(MEASURES))
def test_the_chosen_metric_sorts_draws_and_judges_the_slices(skin, measure):
    page = by_slice(skin)
    page.selectbox(key="metric").set_value(measure).run()
    assert not page.exception
    title = MEASURES[measure].title
    table = page.dataframe[0].value
    assert table.loc[0, ["Column", "Slice"]].tolist() == ["sex", "female"]
    assert table.loc[0, "Compared with the rest"].startswith("Worse") and WORSE in texts(page)
    drawn = charts(page)[f"{title} of each slice with its interval"]
    assert drawn["layout"]["xaxis"]["title"]["text"] == title
    assert drawn["layout"]["yaxis"]["ticktext"][0] == "sex: female "
    page = open_page("results", run=skin.run.id)
    page.query_params["tab"], page.query_params["metric"] = "slices", title
    page.run()
    assert page.selectbox(key="metric").value == measure and list(charts(page))[-1].startswith(title)


@pytest.fixture
def toy(monkeypatch):
    """A new entry of the registry that is undefined on some slices, and nothing else."""

    def gap(counts):
        return np.where(counts.true[..., 0] % 2, counts.right[..., 0] / np.maximum(1, counts.true[..., 0]), np.nan)

    monkeypatch.setitem(MEASURES, "toy", Measure("Toy measure", "It is a toy.", gap))
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


def test_a_new_measure_is_shown_by_results_and_compare_without_a_change(skin, toy):
    page = by_slice(skin)
    assert "Toy measure" in page.dataframe[0].value
    page.selectbox(key="metric").set_value("toy").run()
    assert not page.exception and "Toy measure of each slice with its interval" in charts(page)
    words = page.dataframe[0].value["Compared with the rest"].tolist()
    assert "Undefined" in words and set(words) != {"Undefined"}, "those of an even number of melanomas"
    page = compared(skin)
    assert {"Toy measure, A", "Toy measure, B", "Toy measure, B − A"} <= {*page.dataframe[-1].value}
    page.selectbox(key="metric").set_value("toy").run()
    assert not page.exception and "Toy measure of each run on each slice" in charts(page)


def test_numbers_are_sliced_in_ranges_and_missing_ones_are_a_slice(skin):
    names = by_slice(skin, "age").dataframe[0].value["Slice"].tolist()
    assert "missing" in names and any(name.startswith("under ") for name in names)


def test_a_click_on_a_slice_opens_its_examples_in_explore(skin):
    page = by_slice(skin, "sex")
    page.session_state["slice-picked"] = 0  # as the chart's callback notes it
    page.run()
    assert where(page) == ["split:val", "column.sex:=female"]
    number = women(skin, "val").sum()
    page = open_page("explore", run=skin.run.id, where=where(page))
    assert f"{number} of {len(women(skin, 'val'))} selected" in texts(page)


def test_test_is_sliced_only_when_asked_for(skin, tmp_path):
    page = by_slice(skin)
    page.segmented_control(key="split").set_value("test").run()
    assert not page.exception and "test examples" in texts(page)


def test_explore_filters_by_a_category_a_number_and_their_absence(skin):
    predictions = run_predictions(skin.run)
    shown = skin.dataset.examples.set_index("id").loc[predictions.ids[predictions.splits != "test"]]
    ages = pd.to_numeric(shown["age"], errors="coerce")
    page = open_page("explore", run=skin.run.id, where=["column.sex:=male", "column.age:30..<60", "column.age:="])
    expected = (shown["sex"] == "male") & (((ages >= 30) & (ages < 60)) | ages.isna())
    assert f"{expected.sum()} of {len(shown)} selected" in texts(page) and 0 < expected.sum() < len(shown)
    assert page.multiselect(key="ask-column.sex").value == ["=male"]
    assert page.number_input(key="ask-column.age-low").value == 30 and page.checkbox(key="ask-column.age-missing").value
    page.number_input(key="ask-column.age-low").set_value(None).run()
    page.checkbox(key="ask-column.age-missing").set_value(False).run()
    assert where(page) == ["column.sex:=male", "column.age:..<60"]
    page.multiselect(key="ask-columns").set_value(["brightness"]).run()
    assert where(page) == [] and page.number_input(key="ask-column.brightness-low").value is None
    page.number_input(key="ask-column.brightness-low").set_value(0.5).run()
    expected = (shown["brightness"] >= 0.5).sum()
    assert f"{expected} of {len(shown)} selected" in texts(page) and not page.exception


def test_the_table_and_the_cards_show_metadata_and_the_map_is_coloured_by_it(skin):
    page = open_page("explore", run=skin.run.id, where=["column.sex:=male"])
    table = page.dataframe[0].value
    assert set(table["sex"]) == {"male"} and {"lesion_id", "age", "site"} <= set(table.columns)
    assert any("sex: male · " in each.value for each in page.caption)
    page.segmented_control(key="colour").set_value("column").run()
    assert page.selectbox(key="colour-column").value == "age"
    page.selectbox(key="colour-column").set_value("sex").run()
    assert {trace["name"] for trace in charts(page)[MAP]["data"]} == {"female", "male"} and not page.exception


def test_a_column_that_is_not_there_is_a_clear_word_and_selects_all(skin):
    page = open_page("explore", run=skin.run.id, where=["column.camera:=old", "column.sex:=male"])
    assert "“camera”" in page.error[0].value and where(page)
    assert any(button.label.startswith("sex\\: male") for button in page.button)


def test_an_early_result_is_sliced_too(make_images, tmp_path, run):
    page = open_page("results", run=make_early(run).id)
    page.query_params["tab"] = "slices"
    assert not page.run().exception and SLICES in charts(page)


def compared(skin) -> AppTest:
    page = open_page("runs", tab="compare", runs=f"{skin.run.id},{skin.other.id}")
    page.query_params["view"] = "slices"
    page.run()
    assert not page.exception
    return page


def test_runs_are_compared_on_each_slice_by_every_measure(skin):
    page = compared(skin)
    assert "Holm's correction" in texts(page)
    assert "Accuracy of each run on each slice" in charts(page)
    columns = {f"{each.title}, {what}" for each in MEASURES.values() for what in ("A", "B", "B − A")}
    assert columns <= {*page.dataframe[-1].value}
    page.selectbox(key="slice").set_value("sex").run()
    table = page.dataframe[-1].value
    assert set(table["Slice"]) == {"female", "male"} and columns <= {*table}
    assert table["Accuracy, B − A"].str.contains("…").all()


@pytest.mark.parametrize("measure", list(MEASURES))
def test_the_chosen_metric_sorts_the_compared_slices_the_worst_first(skin, measure):
    page = compared(skin)
    page.selectbox(key="metric").set_value(measure).run()
    assert not page.exception
    each = MEASURES[measure]
    assert f"{each.title} of each run on each slice" in charts(page)
    ends = []
    for text in page.dataframe[-1].value[f"{each.title}, B − A"]:
        low, high = (float(end) for end in text.replace("−", "-").partition("(")[2].rstrip(")").split(" … "))
        ends.append(high if each.is_share else -low)
    assert ends == sorted(ends) and len(ends) > 2


def test_the_data_page_lists_columns_with_kind_missing_values_and_the_group(skin):
    page = open_page("data", dataset=skin.dataset.id)
    page.query_params["view"] = "metadata"
    table = page.run().dataframe[0].value.set_index("Column")
    assert not page.exception
    assert table.loc["lesion_id", ["Kind", "From"]].tolist() == ["category", "metadata, used as the group"]
    assert table.loc["age", "Kind"] == "number" and table.loc["age", "Missing"] > 0
    assert table.loc["Brightness (0 to 1)", "From"] == "measured" and "female" in table.loc["sex", "Values"]


def test_predictions_and_report_carry_metadata_and_slices(skin):
    table = predictions_table(skin.run)
    examples = skin.dataset.examples.set_index("id").loc[table["id"]]
    assert table["sex"].tolist() == examples["sex"].tolist() and pd.api.types.is_numeric_dtype(table["age"])
    assert guarded(table.assign(sex="=1+1"))["sex"][0] == "'=1+1"
    looked = report(skin.other)
    assert "By slice, the worst first" in looked and "Holm&#39;s correction" in looked


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        ("=female", "category", "female"), ("=", "category", "missing"), ("40..60", "number", "40 to 60"),
        ("40..<60", "number", "40 to under 60"), ("..<1500", "number", "under 1,500"), ("3..3", "number", "3"),
        ("60..", "number", "60 and over"), ("..60", "number", "up to 60"), ("2020-01-01..", "date",
        "2020-01-01 and later"), ("..<2020-01-01", "date", "before 2020-01-01"),
    ],
)  # fmt: skip
def test_what_is_asked_of_a_column_is_said_in_words(value, kind, words):
    assert asked_in_words(value, kind) == words


def with_metadata(run, columns: dict[str, list]):
    """The run's dataset with columns as an import with a table would have given it; nobody has read it yet."""
    import json

    from tlcore.datasets import open_dataset

    dataset = open_dataset(run.record["dataset"]["id"])
    path = dataset.folder / "examples.parquet"
    table = pd.read_parquet(path)
    attrs = dict(table.attrs)
    table = pd.concat([table, pd.DataFrame(columns)], axis=1)
    table.attrs = attrs
    table.to_parquet(path, index=False)
    facts = json.loads((dataset.folder / "dataset.json").read_text())
    (dataset.folder / "dataset.json").write_text(json.dumps({**facts, "metadata": list(columns)}))


def test_hostile_names_values_and_numbers_of_columns_break_no_page(run):
    n = 36
    columns = {
        "<b>ort</b> **&** “日本”: 50 %": ["<i>x</i>", "a:b=c", "=1+1"] * 12,
        "Label": ["$x$ [l](http://e)", ":red[y]"] * 18,
        "taken": pd.date_range("2020-01-01", periods=n, freq="9D"),
        "note": ["x" * 100_000, "y" * 100_000] * 18,
        **{f"column {number}": [str(each % (number + 2)) for each in range(n)] for number in range(60)},
    }
    with_metadata(run, columns)
    page = open_page("results", run=run.id)
    page.query_params["tab"] = "slices"
    page.run()
    assert not page.exception and "are listed; the CSV file has all of them" in texts(page)
    for name in list(columns)[:4]:
        page.selectbox(key="slice").set_value(name).run()
        assert not page.exception and "<i>" not in texts(page), name
    page = open_page("explore", run=run.id, where=["column.taken:2020-02-01..2020-03-01", "column.Label:=:red[y]"])
    assert not page.exception and "Label (metadata)" in page.dataframe[0].value
    assert page.date_input(key="ask-column.taken-high").value == datetime.date(2020, 3, 1)
    page.date_input(key="ask-column.taken-high").set_value(datetime.date(2020, 1, 15)).run()
    assert "column.taken:2020-01-15..2020-02-01" in where(page), "the wrong way round"
    page = open_page("runs", tab="compare", runs=run.id)
    page = open_page("data", dataset=run.record["dataset"]["id"])
    page.query_params["view"] = "metadata"
    assert not page.run().exception


def test_a_slice_that_no_address_holds_is_opened_as_a_set(run):
    with_metadata(run, {"note": ["x" * 1000] * 20 + ["y" * 1000] * 16})
    page = open_page("results", run=run.id)
    page.query_params["tab"] = "slices"
    page.run()
    page.selectbox(key="slice").set_value("note").run()
    page.session_state["slice-picked"] = 0
    page.run()
    split, only = where(page)
    assert split == "split:val" and only.startswith("only:")
    page = open_page("explore", run=run.id, where=[split, only])
    assert " selected" in texts(page) and not page.error
