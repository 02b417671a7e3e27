"""Embedding: the map of a run's feature vectors, what lies where on it, and an example's nearest neighbours."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st

from pages.parts.answers import show_answers
from pages.parts.early import OUT_OF_FOLD
from pages.parts.finished import dataset_of, predictions_of, require_result
from pages.parts.gallery import show_gallery
from pages.parts.map_chart import COLOURINGS, map_figure, part_of
from pages.parts.map_points import inside, thin
from pages.parts.tables import download_csv
from pages.parts.waiting import wait_for
from pages.parts.words import count, plain, shorten, show_error
from tlcore import jobs
from tlcore.datasets.dataset import SPLITS, Dataset
from tlcore.errors import UserError
from tlcore.evaluation.maps import METHODS, WHICH, map_path, read_map
from tlcore.evaluation.neighbours import nearest
from tlcore.evaluation.of_run import features_of, has_trained_features, predictions_file
from tlcore.evaluation.predictions import Answers
from tlcore.runs import Run

_HEIGHT = 560
_NEIGHBOURS = 11
_ROWS = 500  # of a table or list on the page


def choose_map(run: Run, early: bool) -> tuple[str, str, str, list[str]]:
    """Which module's vectors, the method, what colours mean, and the splits shown; all in the URL."""
    trained = has_trained_features(run) and not early
    with st.container(horizontal=True):
        which = st.segmented_control(
            "Feature vectors of", list(WHICH) if trained else ["module"], format_func=WHICH.get,
            default="trained" if trained else "module", required=True, key="which", bind="query-params",
        )  # fmt: skip
        method = st.segmented_control(
            "Map", list(METHODS), format_func=METHODS.get, default="pca", required=True, key="method",
            bind="query-params",
        )  # fmt: skip
        colouring = st.segmented_control(
            "Colour", list(COLOURINGS), format_func=COLOURINGS.get, default="label", required=True, key="colour",
            bind="query-params", wrap=True,
        )  # fmt: skip
        there, key = (SPLITS[:2], "early-splits") if early else (SPLITS, "splits")
        splits = st.pills("Splits", there, selection_mode="multi", default=there, key=key, bind="query-params")
    if early:
        st.caption(OUT_OF_FOLD)
    elif not trained:
        st.caption("This run trained no layer group, so its feature vectors are those of the module as it came.")
    return which, method, colouring, splits


def has_map(run: Run, early: bool, which: str, method: str) -> bool:
    """Whether the map is kept; else it is asked of a worker, and its progress is shown in the map's place."""
    if map_path(run, which, method).exists():
        return True
    args = {"run": run.id, "which": which, "method": method}
    job = jobs.find_job("map", args)
    with st.container(height=_HEIGHT, border=False):
        if job is None or (job.state in ("done", "stopped")):
            job = jobs.submit("map", args)
        if job.state in ("failed", "cancelled") and st.button("Compute it again", icon=":material/refresh:"):
            job = jobs.submit("map", args)
        if wait_for(job, f"{METHODS[method]} of {count(len(predictions_of(run, early)), 'feature vector')}"):
            st.rerun()
    return False


def points_of(run: Run, early: bool, dataset: Dataset | None, which: str, method: str) -> pd.DataFrame:
    """A row an example: where it lies, and what was true and said of it. Shared by all who look: not to be changed."""
    files = [map_path(run, which, method), predictions_file(run, early=early)]
    files += [dataset.folder / "examples.parquet"] if dataset else []
    versions = tuple((str(file), file.stat().st_mtime_ns) for file in files)
    return _points(predictions_of(run, early), dataset, lambda: read_map(run, which, method), versions)


@st.cache_resource(max_entries=4, show_spinner=False)
def _points(_predictions: Answers, _dataset: Dataset | None, _read: Callable, versions: tuple) -> pd.DataFrame:
    said = _predictions
    table = pd.DataFrame(
        {
            "id": said.ids,
            "split": said.splits,
            "label": said.labels,
            "predicted": said.predicted,
            "confidence": said.confidence,
        }
    )
    if _dataset:
        names = _dataset.columns("id", "source_name", left_out=True).rename(columns={"source_name": "name"})
        table = table.merge(names, on="id", how="left")
    else:
        table["name"] = table["id"]
    return table.merge(_read(), on="id")


def take_selection(chart: str, chosen: str, points: pd.DataFrame, drawn: np.ndarray, colouring: str) -> None:
    """Keeps the ids of what was selected: of all points within a loop or box, whether they are drawn or not."""
    event = st.session_state[chart].selection
    clicked = [point["customdata"] for point in event.points]
    clicked = [id[0] if isinstance(id, list) else id for id in clicked]
    rows = points["id"].isin(clicked).to_numpy()
    if event.lasso or event.box:
        within = inside(points, event.lasso, event.box)
        parts = part_of(points, colouring)
        hidden = np.setdiff1d(parts[drawn][within[drawn]], parts[rows])  # switched off by a click on the legend
        rows = rows | (within & ~np.isin(parts, hidden))
    st.session_state[chosen] = points["id"][rows].array


def clear(chosen: str) -> None:
    st.session_state.pop(chosen, None)
    st.session_state["map-number"] = st.session_state.get("map-number", 0) + 1


def show_map(run: Run, points: pd.DataFrame, colouring: str, name: str) -> pd.DataFrame:
    """The map; gives the rows selected on it."""
    chosen = f"chosen-{run.id}"
    selected = points[points["id"].isin(st.session_state.get(chosen, ()))]
    drawn = thin(points)
    key = f"map-{name}-{colouring}-{len(points)}-{st.session_state.get('map-number', 0)}"
    figure = map_figure(points.iloc[drawn], colouring, run.class_names, chosen=selected["id"], height=_HEIGHT)
    st.plotly_chart(
        figure, key=key, on_select=lambda: take_selection(key, chosen, points, drawn, colouring),
        selection_mode=("points", "box", "lasso"),
        config={
            "scrollZoom": True, "displaylogo": False, "modeBarButtonsToRemove": ["autoScale2d"],
            "plotGlPixelRatio": 1,  # a quarter of the work where no graphics card draws
        },
        alt="Embedding map, a point an example",
    )  # fmt: skip
    if len(drawn) < len(points):
        st.caption(
            f"{len(drawn):,} of {len(points):,} points are drawn, rare classes and mistakes before others. "
            "A loop or box selects all that lie in it."
        )
    return selected


def show_selected(
    run: Run, dataset: Dataset | None, predictions: Answers, points: pd.DataFrame, selected: pd.DataFrame
) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{len(selected):,} of {len(points):,} selected**")
        st.button(
            "Clear", icon=":material/close:", on_click=clear, args=(f"chosen-{run.id}",), disabled=selected.empty,
            type="tertiary",
        )  # fmt: skip
    with st.container(height=_HEIGHT - 60, border=True):
        if selected.empty:
            st.caption(
                ":material/gesture: Draw a loop around points on the map; their pictures are shown here. The tools "
                "above the map drag a box instead, or move it so that single points can be clicked."
            )
        else:
            key = f"selected-{_key(selected)}"
            show_answers(dataset, predictions, selected["id"].array, key=key, empty="", page=12)


def _key(selected: pd.DataFrame) -> int:
    return int(pd.util.hash_pandas_object(selected["id"], index=False).sum())


def show_table(run: Run, selected: pd.DataFrame) -> None:
    """The selected examples; a row that is chosen is the example whose neighbours are shown."""
    ids = selected["id"].head(_ROWS).tolist()
    key = f"table-{_key(selected)}"

    def take_row() -> None:
        rows = st.session_state[key].selection.rows
        st.session_state["example"] = ids[rows[0]] if rows else None

    st.dataframe(
        table_of(run, selected.head(_ROWS)),
        hide_index=True,
        height=min(38 + 35 * len(ids), 300),
        column_config={"Confidence": st.column_config.NumberColumn(format="percent")},
        on_select=take_row,
        selection_mode="single-row",
        key=key,
        alt="The selected examples",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        download_csv(lambda: table_of(run, selected), "selected.csv", key="selected-csv")
        if len(selected) > _ROWS:
            st.caption(f"The first {_ROWS:,} of {len(selected):,} are listed; the file has them all.")


def table_of(run: Run, selected: pd.DataFrame) -> pd.DataFrame:
    names = pd.Series(run.class_names)
    return pd.DataFrame(
        {
            "File": selected["name"],
            "Split": selected["split"],
            "Label": names[selected["label"]].to_numpy(),
            "Predicted": names[selected["predicted"]].to_numpy(),
            "Confidence": selected["confidence"].round(3),
        }
    )


def choose_example(points: pd.DataFrame, selected: pd.DataFrame) -> str | None:
    """One example of those selected, or of all shown where none is; the first of them are listed, others are typed."""
    options = points if selected.empty else selected
    listed = options.head(_ROWS)
    names = dict(zip(listed["id"], listed["name"], strict=True))
    now = st.session_state.get("example")
    if now is not None and now not in names:
        found = options[(options["id"] == now) | (options["name"] == now)]
        st.session_state["example"] = now = found["id"].iat[0] if len(found) else None
        names |= {now: found["name"].iat[0]} if len(found) else {}
    if now is None and len(names) == 1:
        st.session_state["example"] = next(iter(names))
    return st.selectbox(
        "Example", list(names), index=None, format_func=lambda id: shorten(names[id], 70), key="example",
        placeholder="Choose an example here, or a row of the table", width=480,
        accept_new_options=len(listed) < len(options),
        help="Type the whole name of a file that is not listed." if len(listed) < len(options) else None,
    )  # fmt: skip


def show_neighbours(
    run: Run,
    dataset: Dataset | None,
    predictions: Answers,
    which: str,
    points: pd.DataFrame,
    selected: pd.DataFrame,
) -> None:
    st.subheader("Nearest neighbours")
    example = choose_example(points, selected)
    st.caption(f"By cosine distance between all numbers of the feature vectors of {WHICH[which]}, not by the map.")
    if example is None:
        return
    if dataset is None:
        return
    try:
        ids, vectors = features_of(run, which)
    except UserError as error:
        show_error(error)
        return
    row = int(np.flatnonzero(ids == example)[0])
    said = None if len(ids) == len(predictions) else np.isin(ids, predictions.ids)
    with st.spinner("Comparing with all examples …", show_time=True):
        places, distances = nearest(vectors, vectors[row], _NEIGHBOURS + 1, said)
    near = {ids[place]: distance for place, distance in zip(places, distances, strict=True) if place != row}
    labels = {id: int(predictions.labels[predictions.ids == id][0]) for id in (example, *near)}

    def caption(id: str) -> str:
        label = plain(shorten(run.class_names[labels[id]], 24))
        if id == example:
            return f"**{label}**  \nthis example"
        same = "check" if labels[id] == labels[example] else "close"
        return f":material/{same}: **{label}**  \ndistance {near[id]:.3f}"

    show_gallery(
        dataset, [example, *list(near)[:_NEIGHBOURS]], caption, key="neighbours", empty="", page=_NEIGHBOURS + 1
    )


st.title("Embedding")
run, early = require_result("embedding")
which, method, colouring, splits = choose_map(run, early)
if has_map(run, early, which, method):
    dataset = dataset_of(run)
    predictions = predictions_of(run, early)
    points = points_of(run, early, dataset, which, method)
    if len(splits) < len(SPLITS):
        points = points[points["split"].isin(splits)].reset_index(drop=True)
    if points.empty:
        st.info("**No points to show.** Switch a split on.", icon=":material/filter_alt_off:")
        st.stop()
    with st.grid(min_column_width=440, gap="medium"):
        with st.container():
            selected = show_map(run, points, colouring, f"{which}-{method}")
        with st.container():
            show_selected(run, dataset, predictions, points, selected)
    if not selected.empty:
        show_table(run, selected)
    show_neighbours(run, dataset, predictions, which, points, selected)
