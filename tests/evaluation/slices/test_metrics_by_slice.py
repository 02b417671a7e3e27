"""Slices are held against the rest, and runs against each other on each, with corrected tests; in words too."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, fisher_exact
from sklearn import metrics as reference

from tests.evaluation.written import answers
from tlcore.evaluation.slices.metrics_by_slice import compare_runs_by_slice, compare_with_rest, measures_of
from tlcore.evaluation.slices.slices import cut, slices_of
from tlcore.evaluation.slices.text import paired_verdict, slice_verdict


def said_with(right: list[bool]):
    return answers([0] * len(right), [0 if each else 1 for each in right])


def plain_holm(p: list[float]) -> list[float]:
    order = sorted(range(len(p)), key=lambda place: p[place])
    corrected, least = [0.0] * len(p), 0.0
    for step, place in enumerate(order):
        least = max(least, min(1.0, p[place] * (len(p) - step)))
        corrected[place] = least
    return corrected


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 1), st.booleans()), min_size=1, max_size=40))
def test_a_slice_is_held_against_the_rest_by_fishers_test_corrected_for_all(rows):
    kinds, folds, right = zip(*rows, strict=True)
    table = pd.DataFrame({"kind": kinds, "fold": folds})
    found = compare_with_rest(said_with(list(right)), slices_of(table))
    right = np.array(right)
    expected = []
    for each in found:
        inside, outside = right[each.slice.rows], right[~each.slice.rows]
        assert (each.right, each.n, each.rest_right, each.rest_n) == (
            inside.sum(), len(inside), outside.sum(), len(outside),
        )  # fmt: skip
        expected.append(fisher_exact([[sum(inside), sum(~inside)], [sum(outside), sum(~outside)]]).pvalue)
    np.testing.assert_allclose([each.p for each in found], expected, rtol=1e-6)
    np.testing.assert_allclose([each.corrected for each in found], plain_holm(expected), rtol=1e-6)
    highs = [each.difference.high for each in found]
    assert highs == sorted(highs)


def weak_women(of: int = 240):
    """Women are right in 7 of 10 cases, men in 19 of 20; the site says nothing."""
    sexes = ["female", "male"] * (of // 2)
    right = [(row // 2) % 10 >= 3 if sex == "female" else (row // 2) % 20 > 0 for row, sex in enumerate(sexes)]
    table = pd.DataFrame({"sex": sexes, "site": (["arm"] * 40 + ["back"] * 40) * (of // 80)})
    return said_with(right), table


def test_what_is_worse_is_said_with_both_numbers_and_what_chance_explains_is_said_too():
    found = compare_with_rest(weak_women()[0], slices_of(weak_women()[1]))
    words = {each.slice.name: slice_verdict(each) for each in found}
    assert found[0].slice.name == "female"
    assert words["female"] == (
        "Worse than the rest: 70.0% against 95.0%, p < 0.001 after Holm's correction for 4 slices"
    )
    assert words["male"].startswith("Better than the rest: 95.0% against 70.0%")
    assert words["arm"] == "As good as the rest"


def test_a_slice_of_one_example_is_never_first_for_being_small():
    predictions, table = weak_women()
    table["camera"] = ["old"] + ["new"] * (len(table) - 1)
    right = (predictions.predicted == predictions.labels).tolist()
    found = compare_with_rest(said_with([False, *right[1:]]), slices_of(table))
    one = next(each for each in found if each.slice.name == "old")
    assert (one.n, one.accuracy) == (1, 0.0) and found[0].slice.name == "female" and one.outcome == "open"


def test_slices_without_examples_or_without_a_rest_are_left_out():
    table = pd.DataFrame({"sex": list("ffmm")})
    slices = slices_of(table, np.array([True, True, False, False]))
    assert compare_with_rest(said_with([True, False]), slices) == []
    assert compare_runs_by_slice([said_with([True, False])] * 2, slices) == []


def test_equal_shares_are_called_equal():
    found = compare_with_rest(said_with([True, False] * 4), cut(pd.Series(list("ffmmffmm"), name="sex")))
    assert {slice_verdict(each) for each in found} == {"As good as the rest"}


def test_measures_are_those_of_the_slice_alone_with_intervals():
    labels = [0, 0, 0, 1, 1, 1, 2] * 6
    predicted = [0, 0, 1, 1, 1, 0, 2] * 6
    predictions = answers(labels, predicted, 5)  # two classes have no example
    found = measures_of(predictions)
    macro = {"labels": [0, 1, 2], "average": "macro", "zero_division": 0}
    assert found["macro_f1"].value == pytest.approx(reference.f1_score(labels, predicted, **macro))
    wilson = binomtest(30, 42).proportion_ci(0.95, method="wilson")
    assert found["accuracy"] == pytest.approx((30 / 42, wilson.low, wilson.high))
    for difference in found.values():
        assert difference.low <= difference.value <= difference.high
    assert measures_of(answers([0], [0]))["macro_f1"] == (1.0, 1.0, 1.0)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), *[st.booleans()] * 3), min_size=2, max_size=40))
def test_runs_are_compared_on_each_slice_by_mcnemar_corrected_for_all(rows):
    kinds, *right = zip(*rows, strict=True)
    found = compare_runs_by_slice([said_with(list(each)) for each in right], cut(pd.Series(kinds, name="kind")))
    expected = []
    for each in found:
        inside = [np.array(of_run)[each.slice.rows] for of_run in right]
        assert each.right == tuple(of_run.sum() for of_run in inside) and each.n == len(inside[0])
        for other in inside[1:]:
            gained, lost = (other & ~inside[0]).sum(), (inside[0] & ~other).sum()
            expected.append(binomtest(int(gained), int(gained + lost)).pvalue if gained + lost else 1.0)
    ours = [other for each in found for other in each.others]
    np.testing.assert_allclose([other.test.p for other in ours], expected)
    np.testing.assert_allclose([other.corrected for other in ours], plain_holm(expected))


def test_a_run_that_is_better_on_one_slice_is_said_to_be():
    sexes = pd.Series(["f"] * 20 + ["m"] * 20, name="sex")
    before, after = [False] * 10 + [True] * 10 + [True] * 20, [True] * 40
    first, second = compare_runs_by_slice([said_with(before), said_with(after)], cut(sexes))
    assert first.slice.name == "f"
    assert paired_verdict("A", "B", first.others[0]) == (
        "B is better than A: 10 examples gained, 0 lost, p = 0.004 after Holm's correction for 2 comparisons"
    )
    assert paired_verdict("A", "B", second.others[0]) == "B gets the same examples right as A"
