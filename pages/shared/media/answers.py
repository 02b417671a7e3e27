"""Pictures with what was true and what the model said of them."""

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from pages.shared.media.gallery import show_gallery
from pages.shared.media.why import why_button
from pages.shared.wording.formatting import count, escape, share, shorten
from tlcore.datasets.dataset import Dataset
from tlcore.evaluation.predictions import Top1Predictions
from tlcore.runs import Run


def show_answers(
    dataset: Dataset | None,
    predictions: Top1Predictions,
    ids: Sequence[str],
    *,
    key: str,
    empty: str,
    page: int,
    run: Run | None = None,
    more: Callable[[str], str] | None = None,
) -> None:
    """A gallery of examples, each with the predicted class and its confidence, and the true one where they differ.

    Args:
        dataset: where the pictures lie; None where it was deleted.
        predictions: what was said, of these examples at least.
        ids: in the order to show them.
        key: names the gallery's paging.
        empty: a sentence for when there are none.
        page: pictures a page.
        run: whose model can be asked why, once it has a result of its own; None: it can't be.
        more: what else stands below an example, in Markdown, by its id; "" for nothing.
    """
    if dataset is None:
        st.caption(f"{count(len(ids), 'example')} unavailable: the dataset was deleted.")
        return
    names = predictions.class_names

    def caption(id: str) -> str:
        row = int(np.flatnonzero(predictions.ids == id)[0])
        true, predicted = predictions.labels[row], predictions.predicted[row]
        words = f"**{escape(shorten(names[predicted], 24))}** {share(float(predictions.confidence[row]))}"
        lines = [f":material/check: {words}"]
        if true != predicted:
            lines = [f":material/close: {words}", f"true: {escape(shorten(names[true], 24))}"]
        if more and (line := more(id)):
            lines.append(line)
        return "  \n".join(lines)

    def ask(id: str) -> None:
        why_button(run, id, key=f"{key}-{id}")

    show_gallery(dataset, ids, caption, key=key, empty=empty, page=page, below=ask if run and run.has_result else None)
