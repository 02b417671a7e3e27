"""The leaderboard of a dataset: runs by val, ticked to be compared; test is shown when asked, and counted."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages.shared.charts.colours import LETTERS
from pages.shared.run.shown_split import count_view
from pages.shared.shell.selection import order_of, select_runs, selected_runs
from pages.shared.tables.ticks import ticked, ticking_key
from pages.shared.wording.formatting import count, escape
from pages.shared.wording.numbers import with_interval
from tlcore.evaluation.comparison.leaderboard import Place
from tlcore.evaluation.run_results import test_views

_HELP = (
    "The runs of this dataset that have a result, the highest accuracy on val first. Tick two to six of them to "
    "compare them."
)
_LOOKS = (
    "How often the run's results on test have been looked at. If you make choices by them, test becomes a second val."
)
_ACCURACY = "The share of the {} examples that the run predicts correctly, with its 95 % interval (Wilson) in brackets."
_COLUMNS = {
    "Compared": "The letter of the run on this page. A is the baseline.",
    "Run": "The run's name. It can be changed on the Runs page.",
    "Dataset": "The version of the dataset that the run used; each edit creates a new one. Runs on other versions "
    "are measured on other examples, labels or splits.",
    "Accuracy, val": _ACCURACY.format("val"),
    "Macro F1, val": "The mean F1 of the classes. F1 is high only if precision and recall are both high. Every "
    "class counts the same, however rare it is.",
    "Loss, val": "The mean of −log of the probability given to the true class (cross-entropy). Lower is better.",
    "Accuracy, test": _ACCURACY.format("test"),
    "Looks at test": _LOOKS,
    "Module": "The pretrained module of the run. It was frozen, except for the groups that were trained.",
    "Groups trained": "How many layer groups of the module were fine-tuned. 0 means a linear probe, or a head on a "
    "frozen module.",
}


def show_leaderboard(places: Sequence[Place], dataset_name: str) -> None:
    """The table, whose ticks are the runs to compare, with the count of looks at the test split under it.

    Args:
        places: as `evaluation.comparison.leaderboard` gives them, at least one.
        dataset_name: for the words about test.
    """
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader("Leaderboard", help=_HELP, width="content")
        with_test = st.toggle(
            "Show test", key="board-test",
            help="The runs stay sorted by val. Each run's test split is counted as looked at once more.",
        )  # fmt: skip
    if with_test:
        for place in places:
            if place.run.metrics.get("test"):
                count_view(place.run)
    looks = {place.run.id: test_views(place.run) for place in places}
    table = table_of(places, looks, with_test=with_test)
    ids = [place.run.id for place in places]
    key = ticking_key("board", ids, selected_runs())
    chosen = [ids.index(id) for id in selected_runs() if id in ids]
    st.dataframe(
        table,
        hide_index=True,
        on_select=lambda: select_runs(order_of(ticked(key, ids), selected_runs())),
        selection_mode="multi-row",
        selection_default={"selection": {"rows": chosen}},
        key=key,
        height=min(38 + 35 * len(places), 260),
        column_config={
            **{name: st.column_config.Column(help=_COLUMNS[name]) for name in table.columns},
            "Macro F1, val": st.column_config.NumberColumn(format="percent", help=_COLUMNS["Macro F1, val"]),
        },
        alt="Runs by accuracy on val",
    )
    warn_of_test(sum(looks.values()), sum(each > 0 for each in looks.values()), dataset_name)


def table_of(places: Sequence[Place], looks: dict[str, int], *, with_test: bool) -> pd.DataFrame:
    """A row a run; the dataset's version is a column where they differ, test's accuracy where it is wanted."""
    letters = dict(zip(selected_runs(), LETTERS, strict=False))
    rows = []
    for place in places:
        run = place.run
        val = place.val or {}
        row = {
            "Compared": letters.get(run.id, ""),
            "Run": run.name,
            "Dataset": f"version {run.dataset_version}{' (current)' if place.is_current else ''}",
            "Accuracy, val": with_interval(val) if val else "–",
            "Macro F1, val": val.get("macro_f1"),
            "Loss, val": round(val["loss"], 3) if val else None,
        }
        if with_test:
            test = run.metrics.get("test")
            row["Accuracy, test"] = with_interval(test) if test else "–"
        row |= {
            "Looks at test": looks[run.id],
            "Groups trained": len(run.plan.train_groups),
            "Module": run.record["module"]["name"],
        }
        rows.append(row)
    table = pd.DataFrame(rows)
    return table if any(place.is_current is False for place in places) else table.drop(columns="Dataset")


def warn_of_test(looks: int, runs: int, dataset_name: str) -> None:
    """How often the test split was read, and from the second time on what comes of it."""
    if looks < 2:
        seen = "been looked at once" if looks else "not been looked at yet"
        st.caption(
            f":material/visibility: The test split has {seen}. Keep it for a final evaluation, after all choices are "
            "made.",
            help=_LOOKS,
        )
        return
    st.warning(
        f"**The test split of {escape(dataset_name)} has been looked at {count(looks, 'time')}, in "
        f"{count(runs, 'run')}: up to {count(looks - 1, 'choice')} may have been based on it.** The run with the "
        "best test result may then partly be the luckiest. Choose by val, and get new data for a final evaluation.",
        icon=":material/visibility:",
    )
