"""Which of the compared runs is better, in plain words, with the numbers that say so."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages.parts.charts import intervals
from pages.parts.colours import LETTERS
from pages.parts.numbers import with_interval
from pages.parts.words import count, plain, share, shorten
from tlcore.evaluation.metrics import summary
from tlcore.evaluation.paired import DRAWS, LEVEL, Difference, McNemar
from tlcore.evaluation.predictions import Answers
from tlcore.runs import Run

_VERDICTS = {
    "better": (":material/trending_up:", "{} is better"),
    "worse": (":material/trending_down:", "{} is worse"),
    "open": (":material/drag_handle:", "Chance may explain how {} differs from A"),
    "same": (":material/drag_handle:", "{} has the same examples right as A"),
}
_TITLES = {"accuracy": "Accuracy", "macro_f1": "Macro F1"}
_BESIDE = "Behind it is the difference from A, with its 95 % interval."
_MEASURES = {
    "accuracy": ("Accuracy", f"The share of examples that are right, with its 95 % interval (Wilson). {_BESIDE}"),
    "macro_f1": ("Macro F1", f"The mean over classes of F1, which needs precision and recall to be high. {_BESIDE}"),
    "macro_precision": (
        "Macro precision",
        f"The mean over classes of the share of answers of that class that are right. {_BESIDE}",
    ),
    "macro_recall": (
        "Macro recall",
        f"The mean over classes of the share of that class's examples that are found. {_BESIDE}",
    ),
    "loss": ("Loss", f"The mean of −log of the true class's probability, where lower is better. {_BESIDE}"),
}


def verdict(letter: str, test: McNemar) -> str:
    """What McNemar's test says of a run and the baseline, in a sentence."""
    return f"{_VERDICTS[test.outcome][1].format(letter)}; {count(test.gained, 'example')} gained, {test.lost:,} lost"


def show_verdicts(runs: Sequence[Run], tests: Sequence[McNemar]) -> None:
    """A card for each run but the baseline.

    Args:
        runs: the first is the baseline.
        tests: of the others against it, in their order.
    """
    with st.grid(min_column_width=300, gap="small"):
        for letter, run, test in zip(LETTERS[1:], runs[1:], tests, strict=False):
            with st.container(border=True, height="stretch", gap="small"):
                st.markdown(f"{_VERDICTS[test.outcome][0]} **{verdict(letter, test)}.**")
                st.caption(
                    f"{letter} is {plain(shorten(run.name, 60))} · p = {_p(test.p)}",
                    help="p is how often runs that are equally good would differ so unevenly in the examples gained "
                    f"and lost (McNemar's exact test). Below {LEVEL:g} one run is called better.",
                )
    if len(runs) > 2:
        st.caption(
            f"{len(runs) - 1} runs are held against A: of twenty that are as good as A, about one would be called "
            "better or worse by chance alone."
        )


def show_measures(runs: Sequence[Run], answers: Sequence[Answers], differences: Sequence[dict]) -> None:
    """A row a run, a column a measure; under it the differences from the baseline as intervals.

    Args:
        runs: the first is the baseline.
        answers: of each, as compared.
        differences: of the others from the baseline, as `paired.differences` gives them.
    """
    table = measures_table(runs, answers, differences)
    helps = {title: st.column_config.Column(help=words) for title, words in _MEASURES.values()}
    helps["Run"] = st.column_config.Column(
        help="The compared runs by their letters. A is the baseline.", pinned=True, width="small"
    )
    st.dataframe(table, hide_index=True, column_config=helps, alt="Measures of each run, and differences from A")
    rows = {letter: each for letter, each in zip(LETTERS[1:], differences, strict=False)}
    st.plotly_chart(
        intervals(rows, _TITLES), key="intervals", config={"displayModeBar": False},
        alt="Differences from A in accuracy and macro F1, with intervals",
    )  # fmt: skip
    st.caption(
        "How far each run is above A, or below it, in points.",
        help=f"The examples are drawn with replacement {DRAWS:,} times, and each time both runs are measured on the "
        "same ones (paired bootstrap). The line spans the middle 95 % of the differences; where it stays on one side "
        "of 0, chance in these examples hardly explains them.",
    )


def measures_table(runs: Sequence[Run], answers: Sequence[Answers], differences: Sequence[dict]) -> pd.DataFrame:
    rows = []
    for letter, run, said, difference in zip(LETTERS, runs, answers, [None, *differences], strict=False):
        numbers = summary(said)
        row = {"Run": f"{letter} · {shorten(run.name, 40)}"}
        for measure, (title, _) in _MEASURES.items():
            own = {"accuracy": with_interval(numbers), "loss": f"{numbers['loss']:.3f}"}
            row[title] = own.get(measure) or share(numbers[measure])
            if difference:
                row[title] += f"  {_signed(difference[measure], points=measure != 'loss')}"
        rows.append(row)
    return pd.DataFrame(rows)


def _signed(difference: Difference, *, points: bool) -> str:
    value, low, high = (_number(each, points) for each in difference)
    return f"{value} ({low} … {high})"


def _number(value: float, points: bool) -> str:
    text = f"{value * 100:+.1f}" if points else f"{value:+.3f}"
    return text.replace("-", "−") if float(text) else text[1:]


def _p(p: float) -> str:
    return f"{p:.3f}" if p >= 0.001 else "less than 0.001"
