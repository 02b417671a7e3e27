"""Pictures of examples with what two runs say of each."""

import numpy as np
import streamlit as st

from pages.shared.media.gallery import show_gallery
from pages.shared.media.why import why_button
from pages.shared.wording.formatting import count, escape, share, shorten
from tlcore.datasets.dataset import Dataset
from tlcore.evaluation.predictions import Top1Predictions
from tlcore.runs import Run


def show_moved(
    dataset: Dataset | None,
    predictions: dict[str, tuple[Run, Top1Predictions]],
    rows: np.ndarray,
    *,
    key: str,
    empty: str,
    page: int = 12,
) -> None:
    """A gallery of examples, each with each run's answer and its confidence, and the true class.

    Args:
        dataset: where the pictures lie; None where it was deleted.
        predictions: two runs and their answers, of the same examples in the same order, by their letters; or one run's
            answers at two times, by what these are called.
        rows: (m,) int, which of them, in the order to show them.
        key: names the gallery's paging.
        empty: a sentence for when there are none.
        page: pictures a page.
    """
    _, first = next(iter(predictions.values()))
    ids = first.ids[rows]
    if dataset is None and len(ids):
        st.caption(f"{count(len(ids), 'example')} unavailable: the dataset was deleted.")
        return
    row_of = dict(zip(ids.tolist(), rows.tolist(), strict=True))

    def caption(id: str) -> str:
        row = row_of[id]
        names = first.class_names
        lines = []
        for letter, (_, answers) in predictions.items():
            right = answers.predicted[row] == answers.labels[row]
            word = escape(shorten(names[answers.predicted[row]], 22))
            icon = ":material/check:" if right else ":material/close:"
            lines.append(f"{icon} {letter}: **{word}** {share(float(answers.confidence[row]))}")
        return "  \n".join([*lines, f"true: {escape(shorten(names[first.labels[row]], 22))}"])

    def ask(id: str) -> None:
        runs = {run.id: (letter, run) for letter, (run, _) in predictions.items()}
        with st.container(horizontal=True, gap="small"):
            for letter, run in runs.values():
                label = f"Why {letter}?" if len(runs) > 1 else "Why?"
                why_button(run, id, key=f"{key}-{letter}-{id}", label=label)

    show_gallery(dataset, ids.tolist(), caption, key=key, empty=empty, page=page, below=ask)
