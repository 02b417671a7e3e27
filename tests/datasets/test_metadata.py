"""Columns of examples are numbers, dates or categories by their type, and read as people write them."""

import numpy as np
import pandas as pd
import pytest

from tlcore.datasets.metadata import is_missing, kind_of, texts_of


@pytest.mark.parametrize(
    ("values", "kind", "missing"),
    [
        (pd.Series([1.5, None, np.inf]), "number", [False, True, True]),
        (pd.Series([1, 2]), "number", [False, False]),
        (pd.to_datetime(pd.Series(["2020-01-01", None])), "date", [False, True]),
        (pd.Series(["f", None, " "]), "category", [False, True, True]),
        (pd.Series([True, False]), "category", [False, False]),
        (pd.Series([None, None], dtype=object), "category", [True, True]),
    ],
)
def test_a_column_has_the_kind_of_its_type_and_knows_what_is_missing(values, kind, missing):
    assert kind_of(values) == kind and is_missing(values).tolist() == missing


def test_texts_are_what_people_read():
    assert texts_of(pd.Series([1.0, 2.5, None, 1e20])).tolist() == ["1", "2.5", "", "1e+20"]
    dates = pd.to_datetime(pd.Series(["2020-01-01", "2020-01-01 10:00:00", None]), format="ISO8601")
    assert texts_of(dates).tolist() == ["2020-01-01", "2020-01-01 10:00:00", ""]
    assert texts_of(pd.Series(["é", None, " "])).tolist() == ["é", "", " "]
