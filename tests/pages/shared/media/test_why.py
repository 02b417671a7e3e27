"""Why a picture was predicted so: the button beside it, and what its dialog shows of a worker's answer."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.predict.predicted import read_predictions
from pages.shared.media.why import overlay
from tests.pages.early_run import make_early
from tests.pages.explained import carry_out_explanation
from tests.pages.opened import open_page, press, texts
from tests.pages.predict.test_page import carry_out
from tlcore import jobs
from tlcore.base.events import EventLog
from tlcore.evaluation.run_results import run_predictions
from tlcore.jobs import Job
from tlcore.runs import Run


def why_buttons(page: AppTest) -> list:
    return [button for button in page.button if button.label.startswith("Why")]


def ask(run: Run, **query: str) -> tuple[AppTest, Job, int]:
    """The Results page with the first gallery's first picture asked why; the job, and the row of its example."""
    page = open_page("results", run=run.id, cell="0,0", **query)
    why_buttons(page)[0].click().run()
    (job,) = [job for job in jobs.queue() if job.kind == "explain"]
    predictions = run_predictions(run)
    return page, job, int(np.flatnonzero(predictions.ids == job.args["example"])[0])


def test_the_predicted_class_is_explained_first_with_what_it_costs_to_cover_it(run):
    page, job, row = ask(run)
    assert job.args == {
        "run": run.id,
        "label": int(run_predictions(run).predicted[row]),
        "example": job.args["example"],
    }
    carry_out_explanation(job, run)
    page.run()
    assert not page.exception
    cards = {metric.label: (metric.value, metric.delta) for metric in page.metric}
    assert cards["Probability"][0] == "80.0%"
    assert cards["Lost when covered"][0] == "50.0%"
    assert cards["Lost, random regions"] == ("4.0%", "-1.0 – 12.0 %")
    shown = texts(page)
    assert "**29 of 30 cases**" in shown and "marked region  \nlost 50.0%" in shown
    assert "random region  \nlost -1.0%" in shown
    assert "+3.25 for the class, -1.50 against it, and an offset of +0.25" in shown
    assert "fitted again" in shown and "97.5%" in shown  # the run is fine-tuned
    assert len(jobs.queue()) == 0, "what was asked once is not asked again"


def test_any_other_class_can_be_asked_for(run):
    page, job, _ = ask(run)
    carry_out_explanation(job, run)
    page.run()
    box = next(box for box in page.selectbox if box.label == "Class to explain")
    assert box.options[0] == "ants (predicted, true class)"
    box.set_value(2).run()
    (other,) = jobs.queue()
    assert other.args == {**job.args, "label": 2}


def test_a_class_that_is_nowhere_a_dataset_that_is_gone_and_occlusion_are_told_in_words(run):
    page, job, _ = ask(run)
    why = "It was saved for serving only, without what training needs"
    carry_out_explanation(
        job, run, lost=None, random=None, voices=None, why_no_voices="There is no such dataset.", method="occlusion",
        why_occlusion=why,
    )  # fmt: skip
    page.run()
    assert not page.exception
    shown = texts(page)
    assert "No region supports" in shown and "no such dataset" in shown and why.split(",")[0] in shown


def _back_and_forth() -> None:
    """A page with a picture to ask about, as `app.py` runs it, and another without one."""
    import streamlit as st

    from pages.shared.media import why

    why.close_elsewhere()
    if st.query_params.get("page") == "pictures" and why._is_open("a picture"):
        st.caption("open")


def test_an_open_dialog_stays_while_its_page_is_drawn_again_and_closes_for_good_when_another_is():
    page = AppTest.from_function(_back_and_forth)

    def shows(place: str) -> bool:
        page.query_params["page"] = place
        return bool(page.run().caption)

    assert not shows("pictures")
    page.button[0].click().run()
    assert shows("pictures") and shows("pictures")
    assert not shows("elsewhere") and not shows("pictures")


def test_a_failed_explanation_says_why(run):
    page, job, _ = ask(run)
    EventLog(job.folder).event("failed", title="The run's module is gone", detail="", hint="Open it again")
    page.run()
    assert "module is gone" in texts(page) and not page.exception


def test_an_early_result_has_no_button(run):
    make_early(run)
    page = open_page("results", run=run.id, cell="0,0")
    assert "true: " in texts(page) or ":material/check:" in texts(page)
    assert not why_buttons(page)


def test_a_new_file_is_explained_by_its_path(run, make_images, tmp_path):
    page = open_page("predict", run=run.id)
    picture = (make_images(tmp_path / "new", {"a": 1}) / "a" / "a-0.png").read_bytes()
    page.file_uploader[0].set_value([("cat.png", picture, "image/png")]).run()
    (predicted,) = jobs.queue()
    carry_out(predicted, run)
    press(page.run(), "Why?")
    (job,) = jobs.queue()
    path = read_predictions(predicted)["path"].item()
    assert job.args == {"run": run.id, "label": 0, "file": path} and Path(path).read_bytes() == picture
    carry_out_explanation(job, run)
    page.run()
    assert not page.exception and "29 of 30" in texts(page)


@pytest.mark.parametrize("opacity", [0.0, 0.5, 1.0])
def test_heat_covers_as_much_as_it_is_hot(opacity):
    picture = np.full((1, 3, 3), 100, np.uint8)
    drawn = overlay(picture, np.array([[0, 128, 255]], np.uint8), opacity)
    hottest = overlay(picture, np.array([[0, 128, 255]], np.uint8), 1.0)[0, 2].astype(float)
    assert (drawn[0, 0] == 100).all()
    np.testing.assert_allclose(drawn[0, 2], 100 + opacity * (hottest - 100), atol=1)
