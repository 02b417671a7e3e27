"""The Explore page without a browser, on a finished run written by hand."""

import base64
import re
import shutil

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.early_run import finish, make_early
from tests.pages.finished_run import finished_run
from tests.pages.opened import charts, open_page, press, texts
from tlcore import jobs
from tlcore.base import workspace
from tlcore.base.events import EventLog
from tlcore.datasets import delete_dataset, open_dataset, resplit_dataset
from tlcore.datasets.editing import edits
from tlcore.datasets.selections import keep_set, name_set, named_sets, read_set
from tlcore.evaluation import run_results
from tlcore.evaluation.maps.embedding_maps import map_path, write_map
from tlcore.evaluation.maps.neighbours import nearest
from tlcore.evaluation.run_results import features_of, run_predictions
from tlcore.features.extract import keep_features
from tlcore.modules import find_module

MATRIX, MAP = "Confusion matrix, rows true", "Embedding map, a point an example"


def where(page: AppTest) -> list[str]:
    found = page.query_params.get("where", [])
    return [found] if isinstance(found, str) else list(found)


def dataset_of(run):
    return open_dataset(run.record["dataset"]["id"])


def shown_of(run):
    """What the run said of the examples that are shown unless others are asked for."""
    predictions = run_predictions(run).answers
    return predictions.take(predictions.splits != "test")


def listed(page: AppTest) -> set[str]:
    return set(page.dataframe[0].value["File"])


def standing_out(page: AppTest) -> set[str]:
    """The ids of the points that stand out on the map."""
    found = set()
    for trace in charts(page)[MAP]["data"]:
        places = trace.get("selectedpoints")
        places = range(len(trace["customdata"])) if places is None else _numbers(places)
        found |= {trace["customdata"][place] for place in places}
    return found


def counted(page: AppTest) -> int:
    """The examples of the matrix."""
    texts = [text for row in charts(page)[MATRIX]["data"][0]["text"] for text in row]
    return sum(int(re.sub("<.*?>|,", "", text)) for text in texts if text)


def _numbers(values) -> list[int]:
    if isinstance(values, dict):
        return np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"]).tolist()
    return values


def agree(page: AppTest, run, ids: list[str], *, of: int) -> None:
    """Count, map, table and pictures show these examples and no others."""
    names = {dataset_of(run).source_name(id) for id in ids}
    assert f"{len(ids)} of {of} selected" in texts(page)
    assert listed(page) == names and standing_out(page) == set(ids)
    pictures = "1 picture" if len(ids) == 1 else f"{len(ids)} pictures"
    assert any(each.value == pictures for each in page.caption)


def test_without_conditions_all_but_test_is_selected_in_every_view(run):
    page = open_page("explore", run=run.id)
    predictions = shown_of(run)
    agree(page, run, predictions.ids.tolist(), of=27)
    assert counted(page) == 27 and run_results.test_views(run) == 0


def test_the_test_split_is_shown_when_asked_for_and_counted_once(run):
    page = open_page("explore", run=run.id)
    page.pills(key="ask-split").set_value(["test"]).run()
    predictions = run_predictions(run).only("test")
    agree(page, run, predictions.ids.tolist(), of=9)
    assert where(page) == ["split:test"] and run_results.test_views(run) == 1 and "looked at 1 time" in texts(page)
    page.pills(key="ask-split").set_value(["val", "test"]).run()
    assert "18 of 18 selected" in texts(page) and run_results.test_views(run) == 1


def test_a_cell_is_selected_in_all_views_and_framed_in_the_matrix_which_counts_on(run):
    predictions = shown_of(run)
    page = open_page("explore", run=run.id, where=["label:0", "predicted:1"])
    ids = predictions.ids[(predictions.labels == 0) & (predictions.predicted == 1)].tolist()
    assert ids
    agree(page, run, ids, of=27)
    assert counted(page) == 27 and charts(page)[MATRIX]["layout"]["shapes"]


@pytest.mark.parametrize(
    ("kind", "key", "value", "condition", "fits"),
    [
        ("multiselect", "ask-label", ["2"], "label:2", lambda predictions, names: predictions.labels == 2),
        ("multiselect", "ask-predicted", ["1"], "predicted:1", lambda predictions, names: predictions.predicted == 1),
        ("segmented_control", "ask-right", "no", "right:no", lambda given, names: given.labels != given.predicted),
        ("slider", "ask-confidence", (70, 85), "confidence:0.7-0.85",
         lambda predictions, names: (predictions.confidence >= 0.7) & (predictions.confidence <= 0.85)),
        ("text_input", "ask-name", "ANTS-1", "name:ANTS-1",
         lambda predictions, names: np.array(["ants-1" in name for name in names])),
    ],
)  # fmt: skip
def test_a_filter_is_in_the_address_and_selects_in_all_views(run, kind, key, value, condition, fits):
    predictions = shown_of(run)
    names = [dataset_of(run).source_name(id) for id in predictions.ids]
    page = open_page("explore", run=run.id)
    getattr(page, kind)(key=key).set_value(value).run()
    ids = predictions.ids[fits(predictions, names)].tolist()
    assert where(page) == [condition] and 0 < len(ids) < 27
    agree(page, run, ids, of=27)
    assert open_page("explore", run=run.id, where=[condition]).dataframe[0].value.equals(page.dataframe[0].value)


def test_the_matrix_counts_what_the_other_views_select(run):
    predictions = shown_of(run)
    key = keep_set(dataset_of(run).folder, predictions.ids[:5].tolist())
    page = open_page("explore", run=run.id, where=[f"drawn:{key}", "label:0"])
    assert counted(page) == 5, "the cell alone is not asked of the matrix"
    agree(page, run, predictions.ids[:5][predictions.labels[:5] == 0].tolist(), of=27)


def test_ticks_select_among_the_rows_that_stay_listed(run):
    predictions = shown_of(run)
    key = keep_set(dataset_of(run).folder, predictions.ids[:2].tolist())
    page = open_page("explore", run=run.id, where=[f"ticked:{key}"])
    assert "2 of 27 selected" in texts(page) and len(listed(page)) == 27
    assert standing_out(page) == set(predictions.ids[:2])


def test_each_condition_can_be_taken_away_and_all_be_cleared(run):
    page = open_page("explore", run=run.id, where=["split:val", "label:0", "label:1", "right:no"])
    chip = next(button for button in page.button if button.label.startswith("Label: ants, bees · "))
    chip.click().run()
    assert where(page) == ["split:val", "right:no"]
    press(page, "Clear")
    assert where(page) == ["split:val"] and "9 of 9 selected" in texts(page)


def test_where_nothing_fits_the_page_says_so_and_what_fits_alone(run):
    page = open_page("explore", run=run.id, where=["label:0", "name:bees"])
    assert "0 of 27 selected" in texts(page) and "No examples match all of these conditions" in texts(page)
    labels = [button.label for button in page.button]
    assert "Label: ants · 9" in labels and "Name contains “bees” · 9" in labels
    assert next(button for button in page.button if button.label == "Only these").disabled


def test_an_address_that_can_not_be_read_is_a_clear_word_and_selects_all(run):
    for bad in (["label:99"], ["nonsense"], ["drawn:000000000000"], ["kept:nobody"], ["only:../x"]):
        page = open_page("explore", run=run.id, where=bad)
        assert "27 of 27 selected" in texts(page) and page.error, bad


def test_only_these_puts_others_away_and_all_but_these_puts_these_away(run):
    predictions = shown_of(run)
    page = open_page("explore", run=run.id, where=["label:0"])
    press(page, "Only these")
    agree(page, run, predictions.ids[predictions.labels == 0].tolist(), of=9)
    assert counted(page) == 9
    page.segmented_control(key="ask-right").set_value("no").run()
    press(page, "All but these")
    agree(
        page, run, predictions.ids[(predictions.labels == 0) & (predictions.predicted == 0)].tolist(), of=counted(page)
    )
    assert [text.split(":")[0] for text in where(page)] == ["only", "without"]


def test_more_like_these_are_the_nearest_of_the_shown_ones_nearest_first(run):
    predictions = shown_of(run)
    key = keep_set(dataset_of(run).folder, predictions.ids[:1].tolist())
    page = open_page("explore", run=run.id, where=[f"ticked:{key}"])
    page.number_input(key="alike-number").set_value(4)
    press(page, "Find similar")
    ids, vectors = features_of(run, "trained")
    places, distances = nearest(vectors, vectors[ids == predictions.ids[0]][0], 5, np.isin(ids, predictions.ids))
    table = page.dataframe[0].value
    assert table["File"].tolist() == [dataset_of(run).source_name(id) for id in ids[places]]
    np.testing.assert_allclose(table["Distance"], distances, atol=1e-4)
    agree(page, run, ids[places].tolist(), of=27)


def test_feature_vectors_that_were_thrown_out_are_computed_again_when_asked_for(run, home):
    ids, vectors = features_of(run, "module")
    vectors = np.asarray(vectors)
    shutil.rmtree(home / "features")
    page = open_page("explore", run=run.id, which="the module as it came", where=["label:0"])
    press(page, "Find similar")
    (job,) = jobs.queue()
    assert (job.kind, job.args) == ("features", {"run": run.id, "which": "module"})
    assert "9 of 27 selected" in texts(page) and not page.exception
    hashes = dataset_of(run).examples.set_index("id")["sha256"]
    keep_features(dataset_of(run), find_module("efficientnet-lite0"), hashes[ids].tolist(), vectors)
    EventLog(job.folder).event("done")
    page.run()
    assert not page.exception and [text.split(":")[0] for text in where(page)] == ["like"]


def test_a_module_that_was_deleted_is_said_to_be_gone(run, home):
    shutil.rmtree(home / "features")
    record = workspace.read_json(run.folder / "run.json")
    record["module"]["fingerprint"] = "another"
    workspace.write_json(run.folder / "run.json", record)
    page = open_page("explore", run=run.id, which="the module as it came", where=["label:0"])
    press(page, "Find similar")
    assert not page.exception and "The run's module has changed" in texts(page) and not jobs.queue()


def test_a_selection_is_kept_by_name_used_and_deleted(run):
    folder = dataset_of(run).folder
    page = open_page("explore", run=run.id, where=["label:1"])
    next(each for each in page.text_input if each.label == "Name" and each.key is None).set_value("stinging")
    press(page, "Save 9 examples")
    assert named_sets(folder)["stinging"].size == 9
    press(page, "Clear")
    page.multiselect(key="ask-kept").set_value(["stinging"]).run()
    predictions = shown_of(run)
    agree(page, run, predictions.ids[predictions.labels == 1].tolist(), of=27)
    press(page, "Delete")
    next(button for button in page.button if button.label == "Delete").click()  # keeps the dialog open
    press(page, "Delete the selection")
    assert not named_sets(folder) and "27 of 27 selected" in texts(page)


def test_a_selection_without_a_name_is_not_kept(run):
    page = open_page("explore", run=run.id)
    press(page, "Save 27 examples")
    assert "A selection needs a name" in texts(page) and not named_sets(dataset_of(run).folder)


def test_a_selection_is_there_again_when_the_page_is_opened_anew(run):
    page = open_page("explore", run=run.id, where=["label:0"])
    page.switch_page("results/page.py").run()
    page.query_params["run"] = run.id
    page.switch_page("explore/page.py").run()
    assert where(page) == ["label:0"] and "9 of 27 selected" in texts(page)


def test_a_cell_of_the_results_opens_here(run):
    page = open_page("results", run=run.id, cell="0,")
    press(page, "Explore these")
    predictions = run_predictions(run).only("val")
    assert not page.exception
    agree(page, run, predictions.ids[predictions.labels == 0].tolist(), of=9)


def test_all_is_there_when_the_dataset_is_deleted_and_sets_are_kept_with_the_run(run):
    ids = shown_of(run).ids.tolist()
    delete_dataset(run.record["dataset"]["id"])
    page = open_page("explore", run=run.id, where=["label:0"])
    assert "was deleted" in texts(page) and "9 of 27 selected" in texts(page) and listed(page) <= set(ids)
    press(page, "Only these")
    assert not page.exception and "9 of 9 selected" in texts(page)
    assert set(read_set(run.folder, where(page)[0].split(":")[1]).ids) == listed(page)


def test_a_dataset_that_has_changed_since_the_run_is_told_of(run):
    resplit_dataset(run.record["dataset"]["id"], 5, (0.4, 0.3, 0.3))
    page = open_page("explore", run=run.id)
    assert "This run used version 0 of the dataset" in texts(page) and "27 of 27 selected" in texts(page)


def test_tags_select_and_are_listed(run):
    predictions = shown_of(run)
    edits.tag(dataset_of(run), predictions.ids[:3].tolist(), "odd, maybe")
    page = open_page("explore", run=run.id)
    assert set(page.dataframe[0].value["Tags"]) == {"", "odd, maybe"}
    page.multiselect(key="ask-tag").set_value(["odd, maybe"]).run()
    agree(page, run, predictions.ids[:3].tolist(), of=27)
    assert where(page) == ["tag:odd, maybe"]


def test_the_selected_examples_can_be_mended_and_tagged_here(run):
    predictions = shown_of(run)
    edits.tag(dataset_of(run), predictions.ids[:1].tolist(), "striped")
    page = open_page("explore", run=run.id, where=["label:1", "split:val"])
    page.selectbox(key="explore-tag").set_value("striped").run()
    page.button(key="explore-put-on").click().run()
    ids = predictions.ids[(predictions.labels == 1) & (predictions.splits == "val")]
    assert len(ids) and {*edits.tags_of(dataset_of(run))["id"]} == {predictions.ids[0], *ids}


def test_what_was_mended_since_the_run_is_listed_beside_what_the_run_saw(run):
    predictions = shown_of(run)
    first, second = (predictions.ids[predictions.labels == 0][place] for place in (0, 1))
    edits.correct_label(dataset_of(run), [first], "wasps")
    edits.leave_out(dataset_of(run), [second])
    key = keep_set(dataset_of(run).folder, [first, second])
    page = open_page("explore", run=run.id, where=[f"drawn:{key}"])
    table = page.dataframe[0].value.set_index("File")
    names = [dataset_of(run).source_name(id) for id in (first, second)]
    assert table["Label"].tolist() == ["ants", "ants"] and table["Label now"][names].tolist() == ["wasps", "left out"]


def test_a_kept_selection_of_examples_that_are_not_in_the_run_selects_none(run):
    name_set(dataset_of(run).folder, "others", ["e", "f"])
    page = open_page("explore", run=run.id, where=["kept:others"])
    assert "0 of 27 selected" in texts(page)


def test_a_class_without_examples_in_the_shown_split_selects_none(make_images, tmp_path):
    run = finished_run(make_images, tmp_path / "few", {"ants": 12, "bees": 2}, fractions=(0.5, 0.5, 0.0))
    page = open_page("explore", run=run.id, where=["split:test"])
    assert not page.exception and "selected" in texts(page)
    page = open_page("explore", run=run.id, where=["split:val", "label:1", "predicted:0", "right:yes"])
    assert "No examples match" in texts(page)


def test_a_linear_probe_has_the_module_as_it_came_alone_and_says_so(make_images, tmp_path):
    page = open_page("explore", run=finished_run(make_images, tmp_path / "zoo", fine_tuned=False).id)
    assert page.segmented_control(key="which").options == ["the module as it came"]
    assert "trained no layer group" in texts(page)


def test_every_colouring_is_drawn(run):
    page = open_page("explore", run=run.id)
    for colouring in ("predicted", "right", "confidence", "split", "label"):
        page.segmented_control(key="colour").set_value(colouring).run()
        assert not page.exception, colouring


def test_a_map_in_space_shows_what_is_selected(run):
    predictions = run_predictions(run)
    random = np.random.default_rng(0).normal(size=(len(predictions), 3))
    write_map(map_path(run, "trained", "pca", 3), predictions.ids, random)
    page = open_page("explore", run=run.id, where=["label:0"], dimensions="3")
    faint = [trace for trace in charts(page)[MAP]["data"] if trace["marker"]["opacity"] < 0.5]
    assert {trace["type"] for trace in charts(page)[MAP]["data"]} == {"scatter3d"}
    assert {id for trace in faint for id in trace["customdata"]} == {*shown_of(run).ids[shown_of(run).labels != 0]}


def test_a_missing_map_is_asked_of_a_worker_once_while_the_other_views_are_there(run):
    page = open_page("explore", run=run.id, method="t-SNE")
    page.run()
    (job,) = jobs.queue()
    assert job.kind == "map" and job.args["method"] == "t-sne" and job.args["which"] == "trained"
    assert len(charts(page)) == 1 and len(listed(page)) == 27
    ids = run_predictions(run).ids
    write_map(map_path(run, "trained", "t-sne"), ids, np.zeros((len(ids), 2)))
    EventLog(job.folder).event("done")
    page.run()
    assert len(standing_out(page)) == 27 and not page.exception


def test_a_map_that_failed_says_why_and_can_be_asked_for_again(run):
    page = open_page("explore", run=run.id, method="t-SNE")
    EventLog(jobs.queue()[0].folder).event("failed", title="Memory ran out", detail="", hint="Close programs")
    page.run()
    assert "Memory ran out" in texts(page) and not jobs.queue()
    press(page, "Try again")
    assert len(jobs.queue()) == 1 and not page.exception


def test_a_run_under_way_shows_train_and_val_and_its_selection_outlives_its_end(run):
    early = make_early(run)
    predictions = run_predictions(early)
    page = open_page("explore", run=early.id)
    assert "This is the result of the linear probe" in texts(page)
    assert page.segmented_control(key="which").options == ["the module as it came"]
    assert page.pills(key="ask-split").options == ["train", "val"]
    assert f"{len(predictions)} of {len(predictions)} selected" in texts(page)
    key = keep_set(dataset_of(run).folder, predictions.ids[:2].tolist())
    page.query_params["where"] = [f"only:{key}"]
    page.run()
    finish(early)
    page.run()
    agree(page, run, predictions.ids[:2].tolist(), of=2)
