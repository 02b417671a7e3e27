"""Slices are held against the rest, and runs against each other on each, with corrected tests; in words too."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, fisher_exact
from sklearn import metrics as reference

from tests.evaluation.written import answers
from tlcore.evaluation.comparison.significance import WeightedMeasures
from tlcore.evaluation.metrics.bootstrap import interval
from tlcore.evaluation.metrics.classification import accuracy_interval
from tlcore.evaluation.metrics.measures import MEASURES, Measure, counts_of
from tlcore.evaluation.slices.metrics_by_slice import (
    compare_runs_by_slice,
    compare_with_rest,
    measures_of,
    worst_first,
)
from tlcore.evaluation.slices.slices import cut, slices_of
from tlcore.evaluation.slices.tables import compared_table, slice_documents, slice_table
from tlcore.evaluation.slices.text import paired_verdict, slice_verdict


def said_with(right: list[bool]):
    return answers([0] * len(right), [0 if each else 1 for each in right])


def of_two_classes(right: list[bool]):
    """The same of two classes, so that every measure tells."""
    labels = np.arange(len(right)) // 7 % 2
    return answers(labels, np.where(right, labels, 1 - labels), 2)


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
        assert (each.right, each.n, each.rest_n) == (inside.sum(), len(inside), len(outside))
        assert each.rest["accuracy"] == pytest.approx(outside.mean())
        expected.append(fisher_exact([[sum(inside), sum(~inside)], [sum(outside), sum(~outside)]]).pvalue)
    compared = [each.compared["accuracy"] for each in found]
    np.testing.assert_allclose([each.p for each in compared], expected, rtol=1e-6)
    np.testing.assert_allclose([each.corrected for each in compared], plain_holm(expected), rtol=1e-6)
    highs = [each.difference.high for each in compared]
    assert highs == sorted(highs)
    for measure, each in MEASURES.items():
        of_measure = [one.compared[measure] for one in worst_first(found, measure)]
        ends = [each.sign * (one.difference.high if each.is_share else one.difference.low) for one in of_measure]
        known = [end for end in ends if not np.isnan(end)]
        assert ends[: len(known)] == sorted(known)
        np.testing.assert_allclose([o.corrected for o in of_measure], plain_holm([o.p for o in of_measure]))


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
    found = compare_with_rest(of_two_classes([False, *right[1:]]), slices_of(table))
    one = next(each for each in found if each.slice.name == "old")
    assert (one.n, one.right) == (1, 0) and one.compared["accuracy"].outcome == "open"
    for measure in MEASURES:
        assert worst_first(found, measure)[0].slice.name == "female" and one.compared[measure].outcome == "open"


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
    predictions = answers([*labels, *labels], [*predicted, *labels], 5)  # two classes have no example
    slices = cut(pd.Series(["in"] * 42 + ["out"] * 42, name="where"))
    found = compare_with_rest(predictions, slices)[0]
    macro = {"labels": [0, 1, 2], "average": "macro", "zero_division": 0}
    assert found.values["macro_f1"].value == pytest.approx(reference.f1_score(labels, predicted, **macro))
    wilson = binomtest(30, 42).proportion_ci(0.95, method="wilson")
    assert found.values["accuracy"] == pytest.approx((30 / 42, wilson.low, wilson.high))
    whole = counts_of(predictions.take(slices[0].rows))
    for measure, value in found.values.items():
        assert value.value == pytest.approx(float(MEASURES[measure].of(whole)))
        assert value.low < value.value < value.high
        assert found.rest[measure] == pytest.approx(measures_of(predictions.take(slices[1].rows))[measure])

    alone = WeightedMeasures(predictions.take(slices[0].rows))
    low, high = interval(lambda weights: alone.measures(weights)["macro_f1"], 42)
    assert found.values["macro_f1"][1:] == pytest.approx((low, high), abs=0.05)


def test_where_all_are_alike_a_shares_interval_is_wilsons_and_a_number_has_none():
    predictions = answers([0] * 41, [0] * 20 + [1] * 20 + [0])
    found = compare_with_rest(predictions, cut(pd.Series(["a"] * 20 + ["b"] * 20 + ["one"], name="x")))
    values = {each.slice.name: each.values for each in found}
    assert values["a"]["macro_f1"] == pytest.approx((1.0, *accuracy_interval(20, 20)))
    assert values["b"]["macro_recall"] == pytest.approx((0.0, *accuracy_interval(0, 20)))
    assert values["one"]["accuracy"] == values["one"]["macro_f1"] == pytest.approx((1.0, *accuracy_interval(1, 1)))
    assert np.isnan(values["one"]["loss"][1:]).all() and values["one"]["loss"].value > 0
    assert {each.slice.name for each in worst_first(found, "loss")[-1:]} == {"one"}, "its interval is unknown"


def only_of_two_classes(counts):
    """Recall of class 1 less that of class 0: undefined where one of them has no example."""
    return counts.right[..., 1] / counts.true[..., 1] - counts.right[..., 0] / counts.true[..., 0]


@pytest.fixture
def toy(monkeypatch):
    monkeypatch.setitem(MEASURES, "toy", Measure("Toy gap", "A gap.", only_of_two_classes, is_share=False))


def test_a_new_measure_is_taken_up_and_where_it_is_undefined_that_is_said(toy):
    random = np.random.default_rng(0)
    labels, where = random.integers(0, 2, 200), np.array(["both"] * 100 + ["other"] * 80 + ["zeros"] * 20)
    labels[where == "zeros"] = 0
    predictions = answers(labels, np.where(random.random(200) < 0.8, labels, 1 - labels), 2)
    slices = cut(pd.Series(where, name="where"))
    found = worst_first(compare_with_rest(predictions, slices), "toy")
    assert found[-1].slice.name == "zeros" and found[-1].compared["toy"].outcome == "undefined"
    assert slice_verdict(found[-1], "toy") == "Undefined" and np.isnan(found[-1].values["toy"]).all()
    compared = [each.compared["toy"] for each in found[:-1]]
    assert [each.comparisons for each in compared] == [2, 2] and found[0].compared["accuracy"].comparisons == 3
    np.testing.assert_allclose([each.corrected for each in compared], plain_holm([each.p for each in compared]))
    table = slice_table(found)
    assert table["toy"].isna().tolist() == [False, False, True] and table["toy_outcome"].tolist()[-1] == "undefined"
    document = slice_documents(found)[-1]["measures"]["toy"]
    rest = found[-1].rest["toy"]
    assert document == dict.fromkeys(document) | {"outcome": "undefined", "rest": rest} and not np.isnan(rest)

    (last,) = (each for each in compare_runs_by_slice([predictions] * 2, slices) if each.slice.name == "zeros")
    assert last.compared[0]["toy"].outcome == "undefined" and last.compared[0]["accuracy"].outcome == "same"
    assert {"B toy", "B toy_difference_low", "A toy_high"} <= {*compared_table([last], "AB")}


def test_a_measure_that_is_none_is_undefined_everywhere(monkeypatch):
    monkeypatch.setitem(MEASURES, "none", Measure("None", "Nothing.", lambda counts: None))
    found = compare_with_rest(*weak_women_sliced())
    assert {each.compared["none"].outcome for each in found} == {"undefined"}
    assert found[0].slice.name == "female" and measures_of(weak_women()[0])["accuracy"] == 0.825


def weak_women_sliced():
    predictions, table = weak_women()
    return of_two_classes((predictions.predicted == predictions.labels).tolist()), slices_of(table)


def test_every_measure_of_a_weak_slice_is_called_worse():
    found = compare_with_rest(*weak_women_sliced())
    for measure, each in MEASURES.items():
        worst = worst_first(found, measure)
        assert [one.slice.name for one in (worst[0], worst[-1])] == ["female", "male"]
        verdicts = [one.compared[measure].outcome for one in worst]
        assert verdicts == ["worse", verdicts[1], verdicts[2], "better"]
        if not each.is_share:
            assert worst[0].compared[measure].difference.value > 0


def test_a_slice_of_one_class_and_missing_values_have_every_measure():
    labels = [0] * 30 + [1] * 30
    predictions = answers(labels, [0] * 20 + [1] * 40, 2)
    kinds = pd.Series(["zero"] * 30 + ["one"] * 20 + [None] * 10, name="kind")
    found = {each.slice.name: each for each in compare_with_rest(predictions, cut(kinds))}
    assert set(found) == {"zero", "one", "missing"}
    for each in found.values():
        numbers = [number for value in each.values.values() for number in value]
        assert np.isfinite(numbers).all() and np.isfinite([one.p for one in each.compared.values()]).all()
    assert found["zero"].values["macro_recall"].value == pytest.approx(2 / 3)


def test_a_column_of_one_value_makes_no_slices():
    assert compare_with_rest(answers([0, 1], [0, 1]), cut(pd.Series(["a", "a"], name="x"))) == []
    assert list(slice_table([]))[:6] == ["column", "slice", "n", "right", "accuracy", "accuracy_low"]


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
    np.testing.assert_allclose([test.p for each in found for test in each.tests], expected)
    ours = [other["accuracy"] for each in found for other in each.compared]
    np.testing.assert_allclose([other.corrected for other in ours], plain_holm(expected))
    for each in found:
        for run, value in zip(right, each.values, strict=True):
            assert value["accuracy"].value == pytest.approx(np.array(run)[each.slice.rows].mean())
    for measure in MEASURES:
        tested = [other[measure] for each in found for other in each.compared]
        np.testing.assert_allclose([o.corrected for o in tested], plain_holm([o.p for o in tested]))
        for other in tested:
            assert (
                not other.difference.value < other.difference.low and not other.difference.value > other.difference.high
            )


def test_a_run_that_is_better_on_one_slice_is_said_to_be():
    sexes = pd.Series(["f"] * 20 + ["m"] * 20, name="sex")
    before, after = [False] * 10 + [True] * 10 + [True] * 20, [True] * 40
    first, second = compare_runs_by_slice([said_with(before), said_with(after)], cut(sexes))
    assert [first.slice.name, second.slice.name] == ["m", "f"], "nothing is lost on m, and much is gained on f"
    assert paired_verdict("A", "B", second) == (
        "B is better than A: 10 examples gained, 0 lost, p = 0.004 after Holm's correction for 2 comparisons"
    )
    assert paired_verdict("A", "B", first) == "B gets the same examples right as A"
    assert paired_verdict("A", "B", first, measure="macro_f1") == "B scores the same as A"
    words = paired_verdict("A", "B", second, measure="macro_recall")
    assert words.startswith("B is better than A: 100.0% against 50.0%, p ")


def test_the_slice_on_which_the_other_run_is_worse_comes_first_by_every_measure():
    random = np.random.default_rng(0)
    labels, where = random.integers(0, 3, 300), pd.Series(["x", "y", "z"] * 100, name="where")
    is_x = (where == "x").to_numpy()
    before = np.where(random.random(300) < 0.9, labels, (labels + 1) % 3)
    after = np.where(is_x & (random.random(300) < 0.4), (labels + 1) % 3, before)
    better = np.where((where == "z").to_numpy(), labels, before)
    runs = [answers(labels, before), answers(labels, after, seed=1), answers(labels, better, seed=2)]
    found = compare_runs_by_slice(runs, cut(where))
    for measure in MEASURES:
        worst = worst_first(found, measure)[0]
        assert worst.slice.name == "x" and worst.compared[0][measure].outcome == "worse"
        assert worst_first(found, measure, other=2)[-1].slice.name == "z"
        assert worst.compared[0][measure].comparisons == 6


def test_a_slice_of_one_example_on_which_runs_differ_may_be_chance():
    kinds = pd.Series(["one"] + ["many"] * 60, name="kind")
    (before, after) = ([True] * 61, [False] + [True] * 60)
    found = {e.slice.name: e for e in compare_runs_by_slice([said_with(before), said_with(after)], cut(kinds))}
    for measure in ("accuracy", "macro_f1"):
        one = found["one"].compared[0][measure]
        assert one.difference.value == -1 and one.difference.high > 0 and one.outcome == "open"
