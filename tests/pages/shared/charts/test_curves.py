"""Figures are pure functions of data: what they show is what is in it."""

import re

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from plotly.colors import hex_to_rgb, sample_colorscale, unlabel_rgb

from pages.results.movement_chart import movement_figure
from pages.shared.charts.colours import RIGHT, WRONG, class_colours, run_colours
from pages.shared.charts.curves import bars, curves, curves_together, intervals, strengths
from pages.shared.charts.map_chart import COLOURINGS, map_figure
from pages.shared.charts.matrix_chart import CELLS, confusion_figure, difference_figure, shares

NAMES = ("a<b>", "x" * 300, "c")
MATRIX = np.array([[5, 1, 0], [2, 0, 2], [0, 0, 0]])


def epoch(stage: str, number: int, epochs: int, **values) -> dict:
    measured = {"train_loss": 1.0, "val_loss": 1.5, "train_accuracy": 0.5, "val_accuracy": 0.4, "best": False}
    return {"event": "epoch", "stage": stage, "epoch": number, "epochs": epochs, **measured, **values}


def lines(figure: go.Figure) -> dict:
    return {(trace.name, trace.yaxis): trace for trace in figure.data}


def test_curves_show_each_epoch_once_the_repeated_one_as_it_was_last():
    events = [
        epoch("fine-tune", 1, 4, train_loss=9.0),
        epoch("fine-tune", 1, 4, train_loss=2.0),
        epoch("fine-tune", 2, 4),
    ]
    train_loss = lines(curves(events))["train", "y"]
    assert train_loss.x == (1, 2) and train_loss.y == (2.0, 1.0)


def test_the_epoch_axis_reaches_to_the_last_epoch_planned():
    assert curves([epoch("fine-tune", 1, 30)]).layout.xaxis.range == (0.5, 30.5)


def test_stages_follow_each_other():
    events = [epoch("head", number, 3) for number in (1, 2, 3)] + [epoch("fine-tune", 1, 2)]
    figure = curves(events)
    assert lines(figure)["val", "y2"].x == (1, 2, 3, 4)
    assert figure.layout.xaxis.range == (0.5, 5.5)


def test_fine_tuning_begins_at_its_epoch_0_which_is_kept_where_no_epoch_is_better():
    start = {"event": "baseline", "stage": "fine-tune", "val_loss": 0.9, "val_scaled_loss": 0.8, "val_accuracy": 0.7}
    epochs = [epoch("fine-tune", number, 2, val_scaled_loss=1.0 + number) for number in (1, 2)]
    figure = curves([start, *epochs])
    traces = lines(figure)
    assert traces["val", "y"].x == (0, 1, 2) and traces["val", "y"].y == (0.9, 1.5, 1.5)
    assert traces["val, scaled", "y"].y == (0.8, 2.0, 3.0) and ("val, scaled", "y2") not in traces
    assert traces["train", "y"].y == (None, 1.0, 1.0)
    assert [shape.x0 for shape in figure.layout.shapes] == [0, 0]
    assert figure.layout.xaxis.range == (-0.5, 2.5)
    epochs[1]["best"] = True
    assert [shape.x0 for shape in curves([start, *epochs]).layout.shapes] == [2, 2]


def test_curves_without_val_or_without_epochs_are_drawn():
    figure = curves([epoch("fine-tune", 1, 1, val_loss=None, val_accuracy=None)])
    assert {trace.name for trace in figure.data} == {"train"}
    assert not curves([{"event": "log", "message": "x"}]).data


def test_strengths_are_ordered_and_leave_out_a_missing_val():
    path = [
        {"c": c, "train_loss": c, "train_accuracy": 1.0, "val_loss": None, "val_accuracy": None} for c in (1.0, 0.1)
    ]
    figure = strengths(path, 0.1)
    assert {trace.name for trace in figure.data} == {"train"} and figure.data[0].x == (0.1, 1.0)


def test_curves_together_have_a_colour_a_run_and_a_level_where_there_are_no_epochs():
    learnt = {
        "A": [epoch("head", 1, 2, val_loss=3.0), epoch("head", 2, 2), epoch("fine-tune", 1, 1, val_loss=0.5)],
        "C": [epoch("fine-tune", 1, 1)],
    }
    figure = curves_together(learnt, {"B": {"loss": 0.7, "accuracy": 0.9}}, "val")
    traces = lines(figure)
    assert traces["A", "y"].x == (1, 2, 3) and traces["A", "y"].y == (3.0, 1.5, 0.5)
    assert traces["B, no epochs", "y2"].y == (0.9, 0.9) and traces["B, no epochs", "y2"].x == (0.5, 3.5)
    colours = run_colours()
    assert {trace.line.color for trace in figure.data if trace.name == "C"} == {colours["C"]}
    assert traces["C", "y"].y == (1.5,) and lines(curves_together(learnt, {}, "train"))["C", "y"].y == (1.0,)


def test_intervals_reach_from_low_to_high_in_points():
    figure = intervals({"B": {"accuracy": (0.02, -0.01, 0.05)}, "C": {"accuracy": (0.0, 0.0, 0.0)}}, {"accuracy": "x"})
    b, c = figure.data
    assert b.y == ("B",) and c.y == ("C",) and b.x[0] == pytest.approx(2)
    assert b.x[0] + b.error_x.array[0] == pytest.approx(5) and b.x[0] - b.error_x.arrayminus[0] == pytest.approx(-1)


def test_bars_are_of_the_most_probable_classes_in_their_colours():
    names = tuple(f"class {number}" for number in range(8))
    figure = bars({name: number / 28 for number, name in enumerate(names)}, names, most=3)
    colours = class_colours(names)
    assert figure.data[0].x == (7 / 28, 6 / 28, 5 / 28)
    assert figure.data[0].marker.color == tuple(colours[f"class {number}"] for number in (7, 6, 5))


def test_shares_of_rows_and_columns_sum_to_one_where_there_is_something():
    assert shares(MATRIX, "row").sum(axis=1).tolist() == [1, 1, 0]
    assert shares(MATRIX, "column").sum(axis=0).tolist() == [1, 1, 1]
    assert shares(MATRIX, "counts").max() == 1
    assert not shares(np.zeros((2, 2), int), "counts").any()


@pytest.mark.parametrize("measure", CELLS)
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_each_cell_names_its_classes(measure, order):
    figure = confusion_figure(MATRIX, NAMES, np.array(order), measure=measure)
    (heatmap,) = figure.data
    for y, row in zip(heatmap.y, heatmap.customdata, strict=True):
        assert [(x, y) for x in heatmap.x] == [(f"c{predicted}", f"c{true}") for true, predicted in row]
    assert tuple(figure.layout.yaxis.categoryarray) == tuple(f"c{place}" for place in order)


def test_the_matrix_shows_each_count_in_its_place_in_any_order():
    cells = confusion_figure(MATRIX, NAMES, np.array([2, 0, 1])).data[0]
    assert words(cells) == [["", "", ""], ["", "5", "1"], ["2", "2", ""]]


@pytest.mark.parametrize(("k", "count", "size"), [(3, 5, 12), (10, 1234, 8), (20, 5, 12), (20, 123456, 6)])
def test_numbers_are_as_large_as_their_cells_let_them(k, count, size):
    (cells,) = confusion_figure(np.full((k, k), count), tuple(map(str, range(k))), np.arange(k)).data
    assert cells.textfont.size == size


def words(cells: go.Heatmap) -> list[list[str]]:
    return [[re.sub("<.*?>", "", text) for text in row] for row in cells.text]


@pytest.mark.parametrize("dark", [False, True])
def test_the_number_of_a_cell_is_read_on_its_colour(dark):
    (cells,) = confusion_figure(np.array([[9, 1, 4], [2, 5, 7], [3, 6, 8]]), NAMES, np.arange(3), dark=dark).data
    scale = [[place, f"rgb{hex_to_rgb(colour)}"] for place, colour in cells.colorscale]
    for depth, text in zip(np.ravel(cells.z), np.ravel(cells.text), strict=True):
        (cell,) = (unlabel_rgb(each) for each in sample_colorscale(scale, [(depth + 1) / 2]))
        (ink,) = re.findall("color:(#[0-9a-f]{6})", text)
        light, low = sorted((wcag(cell), wcag(hex_to_rgb(ink))), reverse=True)
        assert (light + 0.05) / (low + 0.05) > 3.5


def wcag(rgb: tuple[float, ...]) -> float:
    """The relative luminance of a colour, as WCAG 2.2 defines it."""
    red, green, blue = (c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_right_answers_are_above_zero_and_mistakes_below():
    depth = np.array(confusion_figure(MATRIX, NAMES, np.arange(3)).data[0].z)
    assert (np.sign(depth) == np.sign(MATRIX) * np.where(np.eye(3, dtype=bool), 1, -1)).all()
    assert abs(depth).max() == 1


def test_the_difference_of_matrices_colours_the_better_apart_from_the_worse():
    after = np.array([[6, 0, 0], [3, 0, 1], [0, 0, 0]])
    figure = difference_figure(MATRIX, after, NAMES, names=("A", "B"), cell=(1, 0))
    (cells,) = figure.data
    assert words(cells) == [["+1", "−1", ""], ["+1", "", "−1"], ["", "", ""]]
    np.testing.assert_allclose(cells.z, [[1, 1, 0], [-1, 0, 1], [0, 0, 0]])
    assert cells.hovertext[1][0].endswith("A: 2, B: 3") and "&lt;b&gt;" in cells.hovertext[1][0]
    assert (figure.layout.shapes[0].x0, figure.layout.shapes[0].y0) == (-0.5, 0.5)


def test_equal_matrices_differ_nowhere():
    figure = difference_figure(MATRIX, MATRIX, NAMES)
    assert not np.any(figure.data[0].z) and not any(map(any, figure.data[0].text))


def test_class_names_are_escaped_and_shortened_on_axes():
    aliases = confusion_figure(MATRIX, NAMES, np.arange(3)).layout.xaxis.labelalias
    assert aliases["c0"] == "a&lt;b&gt;" and len(aliases["c1"]) <= 26


@pytest.mark.parametrize("k", [2, 20, 21, 100])
def test_the_matrix_is_drawn_from_two_to_a_hundred_classes(k):
    names = tuple(f"class {number}" for number in range(k))
    figure = confusion_figure(np.eye(k, dtype=int), names, np.arange(k), cell=(k - 1, 0))
    assert (figure.data[0].text is not None) == (k <= 20), "numbers only where they fit"
    assert figure.layout.height >= 13 * k
    frame = figure.layout.shapes[0]
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (-0.5, 0.5, k - 1.5, k - 0.5)


def test_a_whole_row_is_framed():
    frame = confusion_figure(MATRIX, NAMES, np.array([2, 1, 0]), cell=(0, None)).layout.shapes[0]
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (-0.5, 2.5, 1.5, 2.5)


def points(n: int) -> pd.DataFrame:
    rows = np.arange(n)
    return pd.DataFrame(
        {
            "id": [f"e{row}" for row in rows],
            "x": rows * 1.0,
            "y": rows * 0.5,
            "name": [f"<i>{row}.png" for row in rows],
            "split": [("train", "val", "test")[row % 3] for row in rows],
            "label": rows % 3,
            "predicted": (rows * 2) % 3,
            "confidence": 0.5 + rows / n / 2,
        }
    )


@pytest.mark.parametrize("colouring", COLOURINGS)
@pytest.mark.parametrize("n", [1, 3, 2500])
def test_each_point_carries_its_examples_id_in_every_colouring(colouring, n):
    figure = map_figure(points(n), colouring, NAMES)
    where = {id: (x, y) for trace in figure.data for id, x, y in zip(trace.customdata, trace.x, trace.y, strict=True)}
    assert where == {f"e{row}": (row * 1.0, row * 0.5) for row in range(n)}
    assert {type(trace) for trace in figure.data} == ({go.Scattergl} if n > 2000 else {go.Scatter})


def test_right_and_wrong_points_are_told_apart():
    table = points(30)
    parts = {
        trace.name: (trace.marker.color, set(trace.customdata)) for trace in map_figure(table, "right", NAMES).data
    }
    right = set(table["id"][table["label"] == table["predicted"]])
    assert parts == {"right": (RIGHT, right), "wrong": (WRONG, set(table["id"]) - right)}


def test_a_class_has_the_same_colour_by_label_and_by_prediction():
    colours = list(class_colours(NAMES).values())
    for colouring in ("label", "predicted"):
        assert [trace.marker.color for trace in map_figure(points(9), colouring, NAMES).data] == colours


def test_chosen_points_stand_out_whichever_trace_they_are_in():
    figure = map_figure(points(9), "label", NAMES, chosen=np.isin(np.arange(9), [1, 4, 5]))
    chosen = {trace.customdata[place] for trace in figure.data for place in trace.selectedpoints}
    assert chosen == {"e1", "e4", "e5"}
    assert all(trace.selectedpoints is None for trace in map_figure(points(9), "label", NAMES).data)


def test_names_on_the_map_are_escaped():
    assert map_figure(points(1), "label", NAMES).data[0].text[0].startswith("&lt;i&gt;0.png")


@pytest.mark.parametrize("colouring", COLOURINGS)
def test_a_map_of_three_dimensions_is_drawn_in_space(colouring):
    figure = map_figure(points(9).assign(z=np.arange(9) * 3.0), colouring, NAMES)
    assert {type(trace) for trace in figure.data} == {go.Scatter3d}
    where = {id: z for trace in figure.data for id, z in zip(trace.customdata, trace.z, strict=True)}
    assert where == {f"e{row}": row * 3.0 for row in range(9)}


def test_in_space_chosen_points_stand_out_and_each_part_is_once_in_the_legend():
    table = points(9).assign(z=0.0)
    figure = map_figure(table, "label", NAMES, chosen=np.isin(np.arange(9), [1, 4, 5]))
    strong = {id for trace in figure.data if trace.marker.opacity > 0.5 for id in trace.customdata}
    faint = {id for trace in figure.data if trace.marker.opacity < 0.5 for id in trace.customdata}
    assert strong == {"e1", "e4", "e5"} and faint == set(table["id"]) - strong
    in_legend = [trace.legendgroup for trace in figure.data if trace.showlegend]
    assert sorted(in_legend) == sorted({trace.legendgroup for trace in figure.data})


@pytest.mark.parametrize("n", [1, 1500])
@pytest.mark.parametrize("space", [False, True])
def test_a_line_leads_from_each_place_to_the_next_in_its_classs_colour(n, space):
    before = points(n).assign(**({"z": 1.0} if space else {}))
    after = before.assign(x=before["x"] + 10)
    figure = movement_figure(before, after, NAMES, height=300)
    lines = [trace for trace in figure.data if trace.mode == "lines"]
    assert [line.line.color for line in lines] == list(class_colours(NAMES).values())[: min(n, 3)]
    starts, ends = (sorted(x for line in lines for x in line.x[place::3]) for place in (0, 1))
    assert starts == before["x"].tolist() and ends == after["x"].tolist()
    frame = figure.layout.scene if space else figure.layout
    assert frame.xaxis.range[0] <= 0 and frame.xaxis.range[1] >= n + 9
    assert frame.yaxis.range[0] < frame.yaxis.range[1], "a map without height has a frame too"
