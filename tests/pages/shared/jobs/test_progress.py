"""What a page says of work under way, from the events that the work left."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.jobs.progress import describe_progress
from tlcore import jobs
from tlcore.base.events import EventLog


def step(done, total=None, unit="images", name=""):
    return {"event": "step", "done": done, "total": total, "unit": unit, "name": name}


def stage(name):
    return {"event": "stage", "name": name}


@pytest.mark.parametrize(
    ("events", "value", "words"),
    [
        ([], 0.0, "Starting …"),
        ([stage("fetch")], 0.0, "Downloading …"),
        ([stage("fetch"), step(5_000_000, 10_000_000, "bytes")], 0.5, "Downloading · 5.0 MB of 10.0 MB"),
        ([stage("fetch"), step(5_000_000, None, "bytes")], 0.0, "Downloading · 5.0 MB"),
        ([stage("import"), step(3, 12, "files", "*a*.png")], 0.25, r"Checking · 3 of 12 files · \*a\*\.png"),
        ([stage("import"), step(3, 12), stage("features")], 0.0, "Computing feature vectors …"),
        ([stage("something new")], 0.0, "Something new …"),
        ([stage("import"), step(13, 12, "files")], 1.0, "Checking · 13 of 12 files"),
        ([stage("import"), step(0, 0, "files")], 0.0, "Checking · 0 files"),
    ],
)
def test_progress_is_the_last_step_of_the_present_stage(events, value, words):
    assert describe_progress(events) == (value, words)


def follow(id: str) -> None:
    import streamlit as st

    from pages.shared.jobs.progress import wait_for
    from tlcore import jobs

    job = wait_for(jobs.open_job(id), "Doing it")
    st.title("over" if job else "not over")


def open_page(job: jobs.Job) -> AppTest:
    page = AppTest.from_function(follow, args=(job.id,)).run()
    assert not page.exception
    return page


def test_a_job_is_followed_until_it_is_done():
    job = jobs.submit("map", {})
    page = open_page(job)
    assert page.title[0].value == "not over" and "Waiting for a worker" in page.get("progress")[0].proto.text
    EventLog(job.folder).stage("map")
    page.run()
    assert "Computing the embedding map" in page.get("progress")[0].proto.text
    EventLog(job.folder).event("done")
    page.run()
    assert page.title[0].value == "over" and not page.get("progress") and not page.button


def test_a_job_can_be_cancelled_from_the_page():
    job = jobs.submit("map", {})
    page = open_page(job)
    page.button[0].click().run()
    assert job.state == "cancelled"
    page.run()
    assert page.title[0].value == "not over" and "was cancelled" in page.info[0].value


def test_a_failure_is_words_with_the_traceback_folded_away():
    job = jobs.submit("map", {})
    EventLog(job.folder).event("failed", title="It broke", detail="a <b>.png", hint="Mend it", traceback="Trace")
    page = open_page(job)
    assert page.error[0].value == r"**It broke.** a \<b\>\.png. Mend it."
    assert page.expander[0].label == "Traceback" and page.code[0].value == "Trace"
    assert page.title[0].value == "not over"


def test_a_mistake_that_a_person_can_mend_has_no_traceback():
    job = jobs.submit("map", {})
    EventLog(job.folder).event("failed", title="It broke", detail="", hint="Mend it")
    page = open_page(job)
    assert page.error[0].value == "**It broke.** Mend it." and not page.expander


def have(is_gone: bool) -> None:
    import streamlit as st

    from pages.shared.jobs.progress import have_done

    job = have_done("map", {"run": "r"}, "Doing it", is_gone=is_gone)
    st.title("done" if job else "not done")


@pytest.mark.parametrize("is_gone", [False, True])
def test_work_is_asked_for_once_and_again_only_where_what_it_made_is_gone(is_gone):
    page = AppTest.from_function(have, args=(is_gone,)).run()
    (job,) = jobs.queue()
    page.run()
    assert jobs.queue() == [job] and page.title[0].value == "not done"
    EventLog(job.folder).event("done")
    page.run()
    assert page.title[0].value == ("not done" if is_gone else "done") and len(jobs.queue()) == is_gone


def test_work_that_failed_is_offered_again():
    page = AppTest.from_function(have, args=(False,)).run()
    EventLog(jobs.queue()[0].folder).event("failed", title="It broke", detail="", hint="Mend it")
    page.run()
    assert "It broke" in page.error[0].value and not jobs.queue()
    page.button[0].click().run()
    assert len(jobs.queue()) == 1 and not page.error
