"""The Compare page without a browser, on finished runs written by hand."""

import json

import pytest
from scipy.stats import binomtest
from streamlit.testing.v1 import AppTest

from pages.shared.shell.selection import order_of
from tests.evaluation.written import written_run
from tests.pages.finished_run import run_on
from tests.pages.opened import charts, open_page, press, texts, turn_to
from tlcore import runs as store
from tlcore.base.events import EventLog
from tlcore.datasets import delete_dataset, import_dataset, open_dataset, resplit_dataset
from tlcore.evaluation.comparison.significance import McNemar, differences
from tlcore.evaluation.comparison.text import verdict
from tlcore.evaluation.run_results import count_test_view, run_predictions, test_views
from tlcore.modules import find_module
from tlcore.plans import Plan
from tlcore.runs import Run

test_views.__test__ = False


@pytest.fixture
def dataset(make_images, tmp_path):
    pictures = make_images(tmp_path / "zoo", {"ants": 20, "bees": 20, "cats": 20})
    return import_dataset(pictures, fractions=(0.4, 0.4, 0.2))


@pytest.fixture
def pair(dataset) -> list[Run]:
    """A poor linear probe and a good fine-tuned run."""
    return [run_on(dataset, fine_tuned=False, confused=0.7), run_on(dataset, confused=0.1)]


def compare(*runs: Run, **query: str) -> AppTest:
    return open_page("runs", tab="compare", runs=",".join(run.id for run in runs), **query)


def said_right(run: Run, split: str = "val") -> dict:
    predictions = run_predictions(run).only(split)
    return dict(zip(predictions.ids.tolist(), (predictions.predicted == predictions.labels).tolist(), strict=True))


def frame(page: AppTest, column: str):
    return next(each.value for each in page.dataframe if column in each.value)


def test_the_better_run_is_named_with_the_examples_gained_and_lost(pair):
    before, after = (said_right(run) for run in pair)
    gained = sum(after[id] and not before[id] for id in before)
    lost = sum(before[id] and not after[id] for id in before)
    assert binomtest(gained, gained + lost).pvalue < 0.05
    page = compare(*pair)
    assert f"**B is better; {gained} examples gained, {lost} lost.**" in texts(page)
    assert f"Gained by B: {gained}" in texts(page) and f"Lost by B: {lost}" in texts(page)
    press(page, "Explore these in B")
    assert not page.exception and page.title[0].value == "Explore"
    assert f"{gained} of {len(before)} selected" in texts(page)
    assert f"**B is worse; {lost} examples gained, {gained} lost.**" in texts(compare(*reversed(pair)))


@pytest.mark.parametrize(
    ("test", "words"),
    [
        (McNemar(23, 9, 0.02), "B is better; 23 examples gained, 9 lost"),
        (McNemar(9, 23, 0.02), "B is worse; 9 examples gained, 23 lost"),
        (McNemar(1, 2, 1.0), "B and A may differ only by chance; 1 example gained, 2 lost"),
        (McNemar(0, 0, 1.0), "B gets the same examples right as A; 0 examples gained, 0 lost"),
    ],
)
def test_verdicts_are_plain_words(test, words):
    assert verdict("A", "B", test) == words


def test_measures_stand_beside_their_differences_from_the_baseline(pair):
    page = compare(*pair)
    table = frame(page, "Macro precision")
    numbers = [run.metrics["val"] for run in pair]
    found = differences([run_predictions(run).only("val").answers for run in pair])[0]
    assert table["Macro F1"][0] == f"{numbers[0]['macro_f1']:.1%}"
    value, low, high = (f"{100 * each:+.1f}".replace("-", "−") for each in found["macro_f1"])
    assert table["Macro F1"][1] == f"{numbers[1]['macro_f1']:.1%}  {value} ({low} … {high})"
    assert table["Accuracy"][1].startswith(f"{numbers[1]['accuracy']:.1%} (")
    assert table["Run"].tolist() == ["A · test run", "B · test run"]


def test_only_what_was_done_differently_is_shown(pair):
    table = frame(compare(*pair), "Setting").set_index("Setting")
    assert table.loc["train_groups", "A"] == "none" and table.loc["epochs"][["A", "B"]].tolist() == ["–", "3"]
    assert "seed" not in table.index and "module" not in table.index
    page = compare(pair[0], run_on(open_dataset(pair[0].record["dataset"]["id"]), fine_tuned=False))
    assert "Nothing: these runs have the same plan" in texts(page)


def test_the_baseline_is_the_first_and_can_be_changed(pair):
    page = compare(*pair)
    page.selectbox(key="baseline").set_value(pair[1].id).run()
    assert page.query_params["runs"] == f"{pair[1].id},{pair[0].id}"
    assert "B is worse" in texts(page) and not page.exception


def test_of_more_than_two_runs_one_is_held_beside_the_baseline(pair, dataset):
    third = run_on(dataset, confused=0.4)
    page = compare(*pair, third)
    assert "Gained by B" in texts(page) and "Of twenty runs that are as good as A" in texts(page)
    page.segmented_control(key="beside").set_value("C").run()
    assert "Gained by C" in texts(page) and not page.exception
    assert len(frame(page, "Macro precision")) == 3


def test_the_cell_in_the_url_shows_what_came_and_went(pair):
    page = open_page("runs", tab="compare", runs=",".join(run.id for run in pair), view="matrix", cell="0,1")
    predictions = [run_predictions(run).only("val") for run in pair]
    cells = [set(each.ids[(each.labels == 0) & (each.predicted == 1)]) for each in predictions]
    assert f"**Only B predicts this: {len(cells[1] - cells[0])}**" in texts(page)
    assert f"**Only A predicts this: {len(cells[0] - cells[1])}**" in texts(page)
    page.selectbox(key="cell-predicted").set_value(None).run()
    assert "Choose both a true and a predicted class" in texts(page) and not page.exception


def test_the_curves_of_all_runs_are_drawn(pair):
    (traces,) = [figure["data"] for alt, figure in charts(compare(*pair)).items() if "epoch" in alt]
    assert {trace["name"] for trace in traces} == {"A, no epochs", "B"}
    level = {trace["yaxis"]: trace["y"] for trace in traces if trace["name"] != "B"}
    val = pair[0].metrics["val"]
    assert level == {"y": [val["loss"]] * 2, "y2": [val["accuracy"]] * 2}


def test_test_is_read_only_when_asked_and_counted_for_each_run_once_a_session(pair):
    page = compare(*pair)
    assert [test_views(run) for run in pair] == [0, 0]
    for _ in range(2):
        page.segmented_control(key="split").set_value("test").run()
        page.segmented_control(key="split").set_value("val").run()
    assert [test_views(run) for run in pair] == [1, 1]
    page.segmented_control(key="split").set_value("test").run()
    assert "The test split of these runs has been looked at 2 times" in texts(page)
    assert f"{pair[0].metrics['test']['n']} examples of test" in texts(page)


def test_the_leaderboard_goes_by_val_and_shows_test_only_when_asked(pair):
    page = open_page("runs", tab="compare")
    table = frame(page, "Looks at test")
    assert table["Groups trained"].tolist() == [2, 0] and not [name for name in table if "y, test" in name]
    assert [test_views(run) for run in pair] == [0, 0] and "not been looked at yet" in texts(page)
    page.toggle(key="board-test").set_value(True).run()
    table = frame(page, "Accuracy, test")
    assert table["Accuracy, test"][0].startswith(f"{pair[1].metrics['test']['accuracy']:.1%} (")
    assert [test_views(run) for run in pair] == [1, 1] and table["Looks at test"].tolist() == [1, 1]
    page.run()
    assert [test_views(run) for run in pair] == [1, 1]


def test_many_looks_at_test_are_warned_of_with_the_choices_they_allowed(pair):
    for _ in range(4):
        count_test_view(pair[0])
    count_test_view(pair[1])
    (warning,) = open_page("runs", tab="compare").warning
    assert "looked at 5 times, in 2 runs: up to 4 choices" in warning.value


def test_every_number_and_chart_says_what_it_is(pair):
    page = compare(*pair)
    for view in ("gained-and-lost", "matrix"):
        turn_to(page, view=view)
        helps = [each.help for each in page.subheader]
        assert helps and all(helps)
        config = [column.get("help") for each in page.dataframe for column in columns_of(each).values()]
        assert len(list(filter(None, config))) > 10


def columns_of(element) -> dict:
    return json.loads(element.proto.columns or "{}")


def test_a_tick_keeps_the_baseline_and_the_order():
    assert order_of(["x", "y", "z"], ["z", "x"]) == ["z", "x", "y"]
    assert order_of(["y"], ["z", "y"]) == ["y"] and order_of([], ["z"]) == []


def test_runs_are_compared_from_the_runs_page(pair):
    page = open_page("runs", run=pair[0].id)
    assert next(button for button in page.button if button.label == "Compare").disabled


def test_without_runs_it_says_how_to_start():
    assert "No runs yet" in texts(open_page("runs", tab="compare"))


def test_one_run_alone_asks_for_another(dataset):
    run = run_on(dataset)
    assert "needs two runs with a result" in texts(open_page("runs", tab="compare"))
    assert "A comparison needs two runs" in texts(compare(run))


def test_of_several_runs_one_alone_asks_for_another_tick(pair):
    assert "Tick two to six runs" in texts(open_page("runs", tab="compare"))
    assert "Tick another run" in texts(compare(pair[0]))


def test_what_cannot_be_compared_gets_a_word(pair, make_images, tmp_path):
    farm = import_dataset(make_images(tmp_path / "farm", {"hens": 12, "pigs": 12}), name="farm")
    assert "These runs are of different datasets" in texts(compare(pair[0], run_on(farm)))
    dataset = open_dataset(pair[0].record["dataset"]["id"])
    waiting = store.create_run(dataset, find_module("efficientnet-lite0"), Plan(), name="still waiting")
    assert "Training still waiting" in texts(compare(*pair, waiting))
    EventLog(waiting.folder).event("cancelled")
    page = compare(*pair, waiting)
    assert "no result to compare" in texts(page) and "still waiting is cancelled" in texts(page)
    assert "1 run of this dataset without a result" in texts(page)
    page = open_page("runs", tab="compare", runs=f"{pair[0].id},nothing-000000,{pair[1].id}")
    assert "There is no such run" in texts(page) and "B is better" in texts(page)
    assert page.query_params["runs"] == f"{pair[0].id},{pair[1].id}"


def test_more_than_six_runs_get_a_word():
    rows = {"a": ("val", 0, 0), "b": ("val", 1, 1)}
    many = [written_run(f"run-{number}", rows) for number in range(7)]
    assert "too many runs to compare" in texts(compare(*many))


def test_runs_with_other_classes_get_a_word():
    rows = {"a": ("val", 0, 0), "b": ("val", 1, 1)}
    one, other = written_run("one", rows), written_run("other", rows, class_names=("ant", "wasp", "cat"))
    assert "These runs have different classes" in texts(compare(one, other))


def test_numbers_stay_when_the_dataset_is_gone(pair):
    delete_dataset(pair[0].record["dataset"]["id"])
    page = compare(*pair)
    assert (
        "was deleted" in texts(page)
        and "B is better" in texts(page)
        and "unavailable: the dataset was deleted" in texts(page)
    )


def test_a_dataset_that_changed_is_said_and_only_what_all_runs_share_is_compared(pair):
    dataset = open_dataset(pair[0].record["dataset"]["id"])
    changed = resplit_dataset(dataset.id, seed=3, fractions=(0.4, 0.4, 0.2))
    third = run_on(changed, confused=0.2)
    page = compare(pair[0], third)
    shared = set(said_right(pair[0])) & set(said_right(third))
    everything = set(said_right(pair[0])) | set(said_right(third))
    assert f"The comparison uses the {len(shared)} of {len(everything)} examples that are in the val" in texts(page)
    assert "The dataset has changed since A was trained" in texts(page)
    assert set(frame(page, "Looks at test")["Dataset"]) == {"version 0", "version 1 (current)"}
    assert "dataset" in frame(page, "Setting")["Setting"].tolist()


def test_runs_without_val_ask_before_test_is_shown(make_images, tmp_path):
    pictures = make_images(tmp_path / "blind", {"a": 12, "b": 12})
    blind = import_dataset(pictures, fractions=(0.6, 0.0, 0.4))
    runs = [run_on(blind, confused=share) for share in (0.5, 0.1)]
    page = compare(*runs)
    assert "Not all of these runs have val examples" in texts(page) and not [each for each in page.metric]
    assert [test_views(run) for run in runs] == [0, 0] and "gained" not in texts(page)
    page.segmented_control(key="split").set_value("test").run()
    assert "gained" in texts(page) and "The curves are of train" in texts(page) and not page.exception


def test_runs_with_neither_val_nor_test_say_so(make_images, tmp_path):
    bare = import_dataset(make_images(tmp_path / "bare", {"a": 8, "b": 8}), fractions=(1.0, 0.0, 0.0))
    assert "share neither val nor test" in texts(compare(run_on(bare), run_on(bare, confused=0.1)))


def test_classes_without_an_example_are_named():
    rows = {"a": ("val", 0, 0), "b": ("val", 1, 1), "c": ("val", 1, 0)}
    page = compare(written_run("one", rows), written_run("other", {**rows, "b": ("val", 1, 2)}))
    assert "There are no examples of cat: macro averages are over the other classes" in texts(page)


def test_another_datasets_leaderboard_can_be_chosen(pair, make_images, tmp_path):
    farm = import_dataset(make_images(tmp_path / "farm", {"hens": 12, "pigs": 12}), name="farm")
    run_on(farm)
    page = compare(*pair)
    page.selectbox(key="board-dataset").set_value(farm.id).run()
    assert "runs" not in page.query_params and len(frame(page, "Looks at test")) == 1
    assert page.query_params["dataset"] == farm.id


def test_hostile_names_are_shown_as_they_are(make_images, tmp_path):
    names = ["**b** [l](x) $x$ :red[y]", "n" * 200]
    dataset = import_dataset(make_images(tmp_path / "odd", {name: 16 for name in names}))
    runs = [run_on(dataset, confused=share) for share in (0.5, 0.1)]
    store.rename_run(runs[0].id, "**bold** :red[x]")
    page = compare(*reversed(runs))
    assert "**bold**" not in texts(page) and "\\*\\*bold\\*\\*" in texts(page)
    assert "**b**" not in texts(page).replace("\\*", "")
