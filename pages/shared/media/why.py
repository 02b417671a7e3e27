"""Why the model says what it says of one picture: a button beside it, and the dialog that it opens."""

import functools
from pathlib import Path

import numpy as np
import streamlit as st

from pages.shared.jobs.progress import have_done
from pages.shared.media.items import show_item
from pages.shared.run.finished import dataset_of, predictions_of
from pages.shared.wording.formatting import count, escape, share, shorten
from pages.shared.wording.numbers import share_card
from tlcore.jobs import Job
from tlcore.pipeline.outputs import explanation_picture
from tlcore.runs import Run

_OPEN = "why-open"  # the key of the button whose dialog is open, and where: it is drawn again with that page
_ICON = ":material/lightbulb:"
_PICTURE, _COVERED, _INFLUENCE = 400, 124, 80  # pixels

_HEAT = {
    "Grad-CAM": "Grad-CAM (Selvaraju et al., 2017): the module's last feature maps, each weighted by how much it "
    "raises the class's score. Bright regions support the class; dark regions do not, or count against it.",
    "occlusion": "Occlusion (Zeiler and Fergus, 2014): a window of the picture's mean colour is moved over the "
    "picture. Bright regions are those that lower the class's probability when they are covered.",
}
_LOST = (
    "The brightest region is covered with the picture's mean colour, and the model predicts again. This is the "
    "share of the class's probability that is lost. The higher it is, the more the prediction depends on this "
    "region; below zero, covering the region raises the probability."
)
_AT_RANDOM = (
    "The mean loss when regions of the same size and shape are covered at random places; 95 % of them lie within "
    "the interval. The explanation is convincing only if the loss for the marked region is clearly larger."
)
_INFLUENCES = (
    "Representer points (Yeh et al., 2018): the head's score for a class is an offset plus one term per train "
    "example, the error of the fit on that example times the similarity of its feature vector to this picture's. "
    "Examples with large positive terms support the class. An example of another class supports it if it is unlike "
    "this picture."
)


def why_button(run: Run, example_id: str, *, key: str, label: str = "Why?") -> None:
    """A button that opens why the run's model says what it says of one example of its dataset.

    Args:
        run: one with a result of its own.
        example_id: of which `finished.predictions_of` the run knows.
        key: of the button; another one for each on the page.
        label: what stands on it.
    """
    if _is_open(key, label):
        predictions = predictions_of(run)
        row = int(np.flatnonzero(predictions.ids == example_id)[0])
        _show(run, {"example": example_id}, int(predictions.predicted[row]), int(predictions.labels[row]), key)


def why_file_button(run: Run, path: Path, predicted: str, label: str | None, *, key: str) -> None:
    """The same for a file that was predicted on.

    Args:
        run: one with a result of its own.
        path: of the file.
        predicted: the class's name.
        label: the true class's name, where it is known.
        key: as for `why_button`.
    """
    if _is_open(key):
        names = run.class_names
        true = None if label is None else names.index(label)
        _show(run, {"file": str(path)}, names.index(predicted), true, key)


def _is_open(key: str, label: str = "Why?") -> bool:
    if st.button(label, icon=_ICON, type="tertiary", key=f"why-{key}"):
        st.session_state[_OPEN] = (key, _address())
    return st.session_state.get(_OPEN) == (key, _address())


def close_elsewhere() -> None:
    """Forgets an open dialog once another address is shown, so that it does not come back with the browser's Back."""
    if _OPEN in st.session_state and st.session_state[_OPEN][1] != _address():
        _close()


def _address() -> str:
    query = {key: st.query_params.get_all(key) for key in sorted(st.query_params)}
    return f"{st.context.url} {query}"


def _close() -> None:
    st.session_state.pop(_OPEN, None)


@st.dialog("Why?", width="large", icon=_ICON, on_dismiss=_close)
def _show(run: Run, picture: dict, predicted: int, true: int | None, key: str) -> None:
    names = run.class_names

    def name(label: int) -> str:
        roles = [role for role, place in (("predicted", predicted), ("true class", true)) if place == label]
        return shorten(names[label], 60) + (f" ({', '.join(roles)})" if roles else "")

    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = st.selectbox(
            "Class to explain", range(len(names)), index=predicted, format_func=name, key=f"why-class-{key}", width=320,
            help="The predicted class, or any other class.",
        )  # fmt: skip
        opacity = st.slider(
            "Heat map", 0, 100, 60, format="%d %%", key="why-opacity", width=240, persist_state="session"
        )
    args = {"run": run.id, "label": label, **picture}
    job = have_done("explain", args, "Explaining the prediction")
    if job:
        result = job.result
        with st.grid(columns=2, min_column_width=380, gap="medium"):
            with st.container(gap="small"):
                _show_heat(job, result, opacity)
            with st.container(gap="small"):
                _show_cover(job, result, escape(shorten(names[label], 40)))
        _show_influences(run, result, picture.get("example", ""))


def _show_heat(job: Job, result: dict, opacity: int) -> None:
    """The picture, with heat over it where the class is seen."""
    picture = overlay(explanation_picture(job, "picture"), explanation_picture(job, "heat"), opacity / 100)
    st.image(picture, width=_PICTURE, alt="The picture with a heat map of the evidence for the class")
    st.caption(f"Evidence for the class, by {result['method']}", help=_HEAT[result["method"]])
    if result["why_occlusion"]:
        st.caption(f"Grad-CAM is unavailable: {escape(result['why_occlusion'])}.")


def _show_cover(job: Job, result: dict, name: str) -> None:
    """What covering the marked region costs, beside random regions; with the covered pictures."""
    lost, random = result["lost"], result["random"]
    before = result["probabilities"][result["label"]]
    with st.grid(min_column_width=150, gap="small"):
        share_card("Probability", before, None, f"The probability of {name} with nothing covered.")
        share_card("Lost when covered", lost, None, _LOST)
        if random:
            share_card("Lost, random regions", random["mean"], (random["low"], random["high"]), _AT_RANDOM)
    if lost is None:
        st.caption(
            f"No region supports {name}."
            if before
            else f"The model gives {name} a probability of 0, so covering can't lower it."
        )
        return
    st.markdown(
        f"Covering the marked region, {share(result['share'])} of the picture, lowers the probability of {name} more "
        f"than covering a random region of the same size and shape in **{random['below']} of "
        f"{count(random['draws'], 'case')}**."
    )
    shown = [("covered", "marked region", lost)]
    shown += [(f"random-{number}", "random region", each) for number, each in enumerate(random["shown"])]
    with st.container(horizontal=True, gap="small"):
        for picture, what, cost in shown:
            with st.container(width=_COVERED, gap=None):
                st.image(explanation_picture(job, picture), width=_COVERED, alt=f"The picture with a {what} covered")
                st.caption(f"{what}  \nlost {share(round(cost, 3) + 0.0)}")  # not “-0.0%”


def _show_influences(run: Run, result: dict, example: str) -> None:
    """The train examples that speak for the class, and against it, and that their sum is the score."""
    st.markdown("**Train examples for and against this class**", help=_INFLUENCES)
    influences = result["voices"]
    if influences is None:
        st.caption(escape(result["why_no_voices"]))
        return
    dataset = dataset_of(run)
    if dataset is None:
        return
    with st.grid(columns=2, min_column_width=380, gap="medium"):
        for title, kind, total in (
            ("For the class", "speak_for", "in_favour"),
            ("Against the class", "speak_against", "opposed"),
        ):
            with st.container(gap="small"):
                st.caption(
                    f"{title}: the strongest examples. All such examples together add {influences[total]:+.2f} to the "
                    "score"
                )
                with st.container(horizontal=True, gap="small"):
                    for each in influences[kind]:
                        with st.container(width=_INFLUENCE, gap=None):
                            name = shorten(run.class_names[each["label"]], 14)
                            itself = "  \nthis picture" if each["id"] == example else ""
                            caption = f"{escape(name)}  \n{each['adds']:+.2f}{itself}"
                            show_item(dataset, each["id"], caption, width=_INFLUENCE)
    words = (
        f"The score of {influences['logit']:+.2f} is the sum over {count(influences['examples'], 'train example')}: "
        f"{influences['in_favour']:+.2f} for the class, {influences['opposed']:+.2f} against it, and an offset of "
        f"{influences['offset']:+.2f}."
    )
    if not run.is_probe:
        words += (
            " The sum is for a linear head fitted again on the feature vectors of the trained module, because only "
            "such a head can be split up in this way. It predicts the same class as the run's own head for "
            f"{share(influences['agreement'])} of all examples."
        )
    st.caption(words)


def overlay(picture: np.ndarray, heat: np.ndarray, opacity: float) -> np.ndarray:
    """A picture with heat over it, the hotter the less is seen of what lies beneath.

    Args:
        picture: uint8 (h, w, 3).
        heat: uint8 (h, w).
        opacity: of the hottest place, 0…1.

    Returns:
        uint8 (h, w, 3).
    """
    part = opacity * heat[..., None] / 255
    return ((1 - part) * picture + part * _colours()[heat]).round().astype(np.uint8)


@functools.cache
def _colours() -> np.ndarray:
    """The colour of each heat, uint8 (256, 3)."""
    from plotly.colors import sample_colorscale, unlabel_rgb

    sampled = sample_colorscale("Inferno", np.linspace(0, 1, 256).tolist())
    return np.array([unlabel_rgb(colour) for colour in sampled]).round().astype(np.uint8)
