"""What came with examples is read as numbers, dates or categories, by all of its values."""

import pandas as pd
import pytest

from tlcore.datasets.columns import is_missing, kind_of, texts_of, typed


@pytest.mark.parametrize(
    ("name", "texts", "kind"),
    [
        ("age", ["45.0", "", " 50 ", None, "-3", "1e3", ".5"], "number"),
        ("age", ["45", "n/a"], "category"),
        ("code", ["007", "012"], "category"),
        ("patient_id", ["10231", "10232"], "category"),
        ("imageId", ["1", "2"], "category"),
        ("paid", ["1", "2"], "number"),
        ("taken", ["2020-01-31", "2020-02-01 10:30", "2021-05-05T10:00:00Z", ""], "date"),
        ("taken", ["2020:01:31 10:00:00"], "date"),
        ("taken", ["31.1.2020", "01.02.2020"], "date"),
        ("taken", ["31/01/2020", "01/02/2020"], "date"),
        ("taken", ["01/31/2020", "02/01/2020"], "date"),
        ("taken", ["01/02/2020", "02/01/2020"], "category"),  # nobody can tell the month
        ("taken", ["2020-01-31", "31.1.2020", "01/31/2020"], "category"),
        ("taken", ["2020-13-01"], "category"),
        ("size", ["1_000", "nan", "inf", "٣"], "category"),
        ("sex", ["f", "m", ""], "category"),
        ("empty", ["", None], "category"),
    ],
)
def test_a_column_has_the_kind_of_all_its_values(name, texts, kind):
    values = typed(pd.Series(texts, name=name, dtype=object))
    assert kind_of(values) == kind and len(values) == len(texts)
    assert is_missing(values).tolist() == [not (text or "").strip() for text in texts]


def test_a_day_is_told_from_a_month_by_the_other_dates():
    assert texts_of(typed(pd.Series(["31/01/2020", "01/02/2020"])))[1] == "2020-02-01"
    assert texts_of(typed(pd.Series(["01/31/2020", "01/02/2020"])))[1] == "2020-01-02"


def test_what_only_names_something_is_a_category_though_it_be_digits():
    assert kind_of(typed(pd.Series([3, 4], name="speaker"), is_name=True)) == "category"
    assert kind_of(typed(pd.Series(["3", "4"], name="speaker"), is_name=True)) == "category"
    assert kind_of(typed(pd.Series([True, False], name="odd"))) == "category"


def test_texts_are_what_people_read():
    assert texts_of(pd.Series([1.0, 2.5, None, 1e20])).tolist() == ["1", "2.5", "", "1e+20"]
    dates = pd.to_datetime(pd.Series(["2020-01-01", "2020-01-01 10:00:00", None]), format="ISO8601")
    assert texts_of(dates).tolist() == ["2020-01-01", "2020-01-01 10:00:00", ""]
    assert texts_of(pd.Series(["é", None, " "])).tolist() == ["é", "", " "]
