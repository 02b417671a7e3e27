"""The page Effect of fine-tuning without a browser, on a finished run written by hand."""

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.early_run import make_early
from tests.pages.epochs import EPOCHS, add_epochs
from tests.pages.finished_run import finished_run
from tests.pages.opened import charts, open_page, press, texts
from tlcore import jobs
from tlcore.base.events import EventLog
from tlcore.datasets import delete_dataset
from tlcore.evaluation.comparison.significance import gained_and_lost
from tlcore.evaluation.maps.class_separability import measure_separation
from tlcore.evaluation.maps.embedding_maps import WHICH, map_path, read_map, write_map
from tlcore.evaluation.maps.procrustes import align
from tlcore.evaluation.metrics.classification import summary
from tlcore.evaluation.run_results import run_predictions, test_views
from tlcore.runs import Run

test_views.__test__ = False
WAYS = ("Side by side", "Lines", "Slider")


@pytest.fixture
def moved(run) -> Run:
    """A run after which every example lies elsewhere on the map."""
    table = read_map(run, "trained", "pca")
    places = table[["x", "y"]].to_numpy() + np.random.default_rng(5).normal(scale=3, size=(len(table), 2))
    write_map(map_path(run, "trained", "pca"), table["id"].tolist(), places)
    return run


def open_tab(run: Run, view: str, **query: str) -> AppTest:
    return open_page("results", tab="fine-tuning", view=view, run=run.id, **query)


def places(figure: dict, axes: str = "xy") -> dict[str, tuple]:
    """Where each example is drawn."""
    found = {}
    for trace in figure["data"]:
        if trace["mode"] == "markers":
            found |= zip(trace["text"], zip(*(decoded(trace[axis]) for axis in axes), strict=True), strict=True)
    return found


def decoded(values: list | dict) -> list[float]:
    """Numbers as Plotly writes them: a list, or bytes."""
    if isinstance(values, list):
        return values
    import base64

    return np.frombuffer(base64.b64decode(values["bdata"]), np.dtype(values["dtype"])).tolist()


def test_a_run_that_trained_no_layer_group_says_that_nothing_changed_and_leads_on(make_images, tmp_path):
    run = finished_run(make_images, tmp_path / "probe", fine_tuned=False)
    page = open_page("results", tab="fine-tuning", run=run.id)
    assert "trained no layer group" in texts(page) and not [tab for tab in page.tabs if "fine-tuning" in tab.label]
    press(page, "Choose layer groups")
    assert not page.exception
    assert page.query_params["module"] == run.record["module"]["id"]


def test_a_run_under_way_has_no_before_and_after_yet(run):
    assert "needs the result of the whole run" in texts(open_page("results", tab="fine-tuning", run=make_early(run).id))


def test_without_a_run_the_page_says_where_to_get_one():
    assert "Choose a run first" in texts(open_page("results", tab="fine-tuning"))


def test_the_maps_stand_side_by_side_the_first_laid_over_the_second(moved):
    page = open_tab(moved, "map")
    before, after = (places(figure) for figure in charts(page).values())
    predictions = run_predictions(moved)
    shown = predictions.splits != "test"
    assert len(before) == len(after) == shown.sum()
    maps = [read_map(moved, which, "pca")[["x", "y"]].to_numpy() for which in WHICH]
    laid, left = align(*maps)
    np.testing.assert_allclose(sorted(before.values()), sorted(map(tuple, laid[shown])), rtol=1e-5)
    np.testing.assert_allclose(sorted(after.values()), sorted(map(tuple, maps[1][shown])), rtol=1e-5)
    assert f"**{left:.1%}** of the spread" in texts(page)


def test_lines_lead_from_before_to_after(moved):
    before, after = (places(figure) for figure in charts(open_tab(moved, "map")).values())
    (figure,) = charts(open_tab(moved, "map", way="Lines")).values()
    lines = [trace for trace in figure["data"] if trace["mode"] == "lines"]
    ways = np.concatenate([np.array([decoded(line[axis]) for axis in "xy"]).T.reshape(-1, 3, 2) for line in lines])
    assert np.isnan(ways[:, 2]).all() and len(ways) == len(after)
    assert places(figure) == after
    found = {tuple(way[1]): tuple(way[0]) for way in ways}
    assert found == {after[text]: before[text] for text in after}


def test_the_slider_leads_from_one_map_to_the_other_in_one_frame(moved):
    before, after = (places(figure) for figure in charts(open_tab(moved, "map")).values())
    page = open_tab(moved, "map", way="Slider")
    (first,) = charts(page).values()
    frames = {json.dumps(first["layout"][axis]["range"]) for axis in ("xaxis", "yaxis")}
    assert places(first) == before
    for way in (50, 100):
        page.slider(key="on-the-way").set_value(way).run()
        (figure,) = charts(page).values()
        expected = {text: np.add(before[text], np.subtract(after[text], before[text]) * way / 100) for text in after}
        for text, place in places(figure).items():
            np.testing.assert_allclose(place, expected[text], rtol=1e-4, atol=1e-4)
        assert {json.dumps(figure["layout"][axis]["range"]) for axis in ("xaxis", "yaxis")} == frames


@pytest.mark.parametrize("way", WAYS)
def test_maps_of_three_dimensions_are_drawn_in_every_way(run, way):
    ids = run_predictions(run).ids.tolist()
    for seed, which in enumerate(WHICH):
        write_map(map_path(run, which, "umap", 3), ids, np.random.default_rng(seed).normal(size=(len(ids), 3)))
    page = open_tab(run, "map", way=way, method="UMAP", dimensions="3")
    for figure in charts(page).values():
        assert {trace["type"] for trace in figure["data"]} == {"scatter3d"}
        assert figure["layout"]["scene"]["zaxis"]["range"]


def test_maps_that_are_missing_are_asked_of_a_worker_both_at_once(run):
    page = open_tab(run, "map", method="UMAP", dimensions="3")
    page.run()
    asked = [{"run": run.id, "which": which, "method": "umap", "dimensions": 3} for which in WHICH]
    assert [job.args for job in jobs.queue()] == asked and not charts(page)


def test_splits_can_be_left_out_and_a_look_at_test_counts(run):
    page = open_tab(run, "map")
    assert test_views(run) == 0
    page.pills(key="moved-splits").set_value(["test"]).run()
    assert len(places(next(iter(charts(page).values())))) == run.metrics["test"]["n"] and test_views(run) == 1
    page.pills(key="moved-splits").set_value([]).run()
    assert "No points to show" in texts(page) and not page.exception


def test_the_maps_stay_when_the_dataset_is_deleted(run):
    delete_dataset(run.record["dataset"]["id"])
    page = open_tab(run, "map")
    assert "was deleted" in texts(page) and len(charts(page)) == 2


def test_separation_is_asked_of_a_worker_once_and_shown_with_its_intervals(run):
    page = open_tab(run, "separation")
    page.run()
    (job,) = jobs.queue()
    assert (job.kind, job.args) == ("separation", {"run": run.id, "split": "val"}) and not page.metric
    found = measure_separation(run, "val")
    EventLog(job.folder).event("done")
    page.run()
    values = [(each.value, each.delta) for each in page.metric]
    assert values[0][0] == f"{found.knn.before.value:.1%}"
    assert values[0][1] == f"{found.knn.before.low:.1%} … {found.knn.before.high:.1%}"
    assert values[4][0] == f"{found.silhouette.after.value:.3f}"
    assert len(values) == 6 and "Measured on all" in texts(page)
    assert "the difference may be due to chance" in texts(page)  # twice as long vectors point where they did


def test_separation_without_the_dataset_says_so(run):
    delete_dataset(run.record["dataset"]["id"])
    job = jobs.submit("separation", {"run": run.id, "split": "val"})
    EventLog(job.folder).event("failed", title="There is no such dataset", detail="", hint="")
    page = open_tab(run, "separation")
    assert "There is no such dataset" in texts(page)
    press(page, "Try again")
    assert len(jobs.queue()) == 1 and not page.exception


def test_the_matrix_by_epoch_goes_from_the_probe_to_the_last_epoch(run):
    written = add_epochs(run)
    page = open_tab(run, "matrix-by-epoch")
    slider = page.select_slider(key="epoch")
    assert slider.options == ["Linear probe", "Epoch 1", "Epoch 2", f"Epoch {EPOCHS}, kept"]
    for epoch, predictions in written.items():
        page.select_slider(key="epoch").set_value(epoch).run()
        assert not page.exception
        values = {each.label: each.value for each in page.metric}
        gained, lost = gained_and_lost(written[0].answers, predictions.answers)
        assert values["Accuracy on val"] == f"{summary(predictions)['accuracy']:.1%}"
        assert (values["Gained"], values["Lost"]) == (str(len(gained)), str(len(lost)))


def test_a_cell_shows_what_the_probe_and_the_epoch_say_of_its_pictures(run):
    predictions = add_epochs(run)[EPOCHS]
    cell = (int(predictions.labels[0]), int(predictions.predicted[0]))
    page = open_tab(run, "matrix-by-epoch", cell=f"{cell[0]},{cell[1]}")
    pictures = [each.value for each in page.caption if "Linear probe" not in each.value and "Probe: " in each.value]
    assert len(pictures) == int(((predictions.labels == cell[0]) & (predictions.predicted == cell[1])).sum())
    assert all(f"Epoch {EPOCHS}, kept: " in each for each in pictures)


def test_a_run_without_kept_epochs_says_what_they_need(run):
    assert "There is no matrix by epoch" in texts(open_tab(run, "matrix-by-epoch"))
