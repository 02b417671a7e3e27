"""A column is cut into few slices that read well, hold each example once, and are selected by their conditions."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlcore.evaluation.example_filter import Selection, selected_rows
from tlcore.evaluation.slices.slices import BINS, FEW, MOST, Slice, cut, slices_of

numbers = st.lists(
    st.one_of(
        st.none(), st.floats(), st.integers(-5, 5).map(float), st.floats(0, 1), st.sampled_from([1e-9, 1e20, -0.0]),
    ),
    max_size=60,
)  # fmt: skip
dates = st.lists(
    st.one_of(
        st.none(),
        st.datetimes(pd.Timestamp("1700-01-01"), pd.Timestamp("2200-01-01")),
        st.dates(pd.Timestamp("2019-01-01").date(), pd.Timestamp("2021-01-01").date()),
    ),
    max_size=60,
)
texts = st.lists(
    st.one_of(
        st.none(), st.text(max_size=3), st.sampled_from(["", " ", "..", "=", "1..2", "<b>", "日本", "a:b", "%3A"])
    ),
    max_size=60,
)


def column(kind: str, values: list, name: str = "a column: 50 %, “é”") -> pd.Series:
    if kind == "date":
        return pd.Series(pd.to_datetime(values), name=name, dtype="datetime64[us]")
    return pd.Series(values, name=name, dtype=float if kind == "number" else object)


@settings(max_examples=120, deadline=None)
@given(
    st.one_of(
        st.tuples(st.just("number"), numbers), st.tuples(st.just("date"), dates), st.tuples(st.just("text"), texts)
    )
)
def test_each_example_is_in_one_slice_and_the_condition_selects_just_these(made):
    values = column(*made)
    slices = cut(values)
    if not slices:
        return
    assert len(slices) >= 2 and all(len(each) for each in slices)
    assert (np.sum([each.rows for each in slices], axis=0) == 1).all()
    assert len({(each.name, each.is_value) for each in slices}) == len(slices)
    table = pd.DataFrame({"id": np.arange(len(values)).astype(str)})
    for each in slices:
        if each.condition:
            selection = Selection.parse(Selection((each.condition,)).texts, 2)
            found = selected_rows(table, selection, {}, columns=values.to_frame())
            assert found.tolist() == each.rows.tolist(), each.condition


def names(values: pd.Series) -> list[str]:
    return [each.name for each in cut(values)]


def test_numbers_are_cut_near_their_quartiles_at_edges_that_read_well():
    ages = pd.Series(np.arange(20, 80.0), name="age")
    assert names(ages) == ["under 35", "35 to under 50", "50 to under 65", "65 and over"]
    uneven = pd.Series(np.random.default_rng(0).lognormal(12, 1, 1000), name="price")
    shares = np.array([len(each) for each in cut(uneven)]) / len(uneven)
    assert (abs(np.cumsum(shares)[:-1] - [0.25, 0.5, 0.75]) <= 0.06).all()
    sizes = pd.Series(np.linspace(1_000, 2_000_000, 400), name="size")
    assert names(sizes)[0] == "under 500,000"


@pytest.mark.parametrize("values", [[3.0] * 9, [None] * 4, [], [float("nan"), float("inf")]])
def test_a_column_that_tells_nothing_apart_is_not_cut(values):
    assert cut(column("number", values)) == []


def test_few_different_numbers_are_slices_each():
    values = pd.Series([1, 2, 2, 3, 3, 3], name="fold")
    assert names(values) == ["1", "2", "3"] and [len(each) for each in cut(values)] == [1, 2, 3]
    assert len(cut(pd.Series(range(FEW + 1), name="n"))) <= BINS


def test_a_number_that_most_examples_have_is_a_slice_with_what_lies_near_it():
    values = pd.Series([0] * 60 + list(range(1, 41)), name="price")
    assert [len(each) for each in cut(values)] == [74, 26] or sum(len(each) for each in cut(values)) == 100
    assert cut(values)[0].rows[:60].all()


def test_dates_are_cut_at_months_or_years_where_that_is_near_enough():
    days = pd.Series(pd.date_range("2015-01-01", "2022-12-31"), name="taken")
    assert names(days) == ["before 2016-12", "2016-12 to before 2019", "2019 to before 2020-12", "2020-12 and later"]
    minutes = pd.Series(pd.date_range("2020-05-05 08:00", periods=500, freq="1min"), name="taken")
    assert all("2020-05-05" in name for name in names(minutes))


def test_missing_values_are_a_slice():
    slices = cut(pd.Series(["f", None, " ", "f", "m"], name="sex"))
    assert [(each.name, len(each)) for each in slices] == [("f", 2), ("m", 1), ("missing", 2)]
    assert slices[-1].condition == ("column.sex", "=") and not slices[-1].is_value


def test_of_many_values_the_largest_are_slices_and_the_others_one():
    random = np.random.default_rng(0)
    values = pd.Series([f"v{number}" for number in random.zipf(1.3, 20_000) if number < 10**9], name="camera")
    slices = cut(values)
    assert len(slices) == MOST + 1 and slices[-1].name.endswith("other values") and slices[-1].condition is None
    assert slices[-1].name == f"{values.nunique() - MOST:,} other values"
    sizes = [len(each) for each in slices[:MOST]]
    assert sizes == sorted(values.value_counts().tolist(), reverse=True)[:MOST]


def test_what_differs_in_nearly_each_example_is_no_slice():
    assert cut(pd.Series([f"lesion {number // 2}" for number in range(5000)], name="lesion")) == []
    assert len(cut(pd.Series(["a", "b", "b"], name="lesion"))) == 2, "few values are slices however small"


def test_a_value_too_long_for_an_address_is_a_slice_without_a_condition():
    slices = cut(pd.Series(["x" * 1_000_000, "y" * 1_000_000, "x" * 1_000_000], name="note"))
    assert [len(each) for each in slices] == [2, 1] and all(each.condition is None for each in slices)


def test_slices_are_cut_by_all_examples_and_kept_for_some():
    table = pd.DataFrame({"n": range(8), "sex": list("ffffmmmm")})
    rows = np.array([True] * 4 + [False] * 4)
    found = {each.name: len(each) for each in slices_of(table, rows) if each.column == "sex"}
    assert found == {"f": 4, "m": 0}
    assert all(isinstance(each, Slice) and len(each.rows) == 4 for each in slices_of(table, rows))
