"""A job's or run's progress, followed until it ends; and what its failure says."""

import time
from collections.abc import Callable
from datetime import datetime

import streamlit as st

from pages.shared.wording.formatting import amount, errors_shown, escape, shorten, show_error
from pages.shared.wording.formatting import stage as stage_words
from tlcore import jobs, pipeline
from tlcore.base.errors import UserError
from tlcore.base.work import ENDINGS
from tlcore.jobs import Job
from tlcore.runs import Run

_MOMENT = 1.0  # seconds that a page waits for a job before it shows that it waits
_UNTIL_TAKEN = 0.3  # the part of them in which a worker that is free has taken the job
_LOOK = 0.004
_BEATS = (0.25, 1.0)  # seconds between two drawings of young work, and of older
_YOUNG = 15
_SECONDS_BETWEEN_PACES = 5


def wait_for(job: Job, title: str) -> Job | None:
    """Follows a job: bar, words and a cancel button while it is under way; its error when it failed.

    Args:
        job: as `jobs.submit`, `jobs.find_job` or `jobs.open_job` gave it.
        title: what is being done, in Markdown (names through `formatting.escape`): “Opening MobileNet V2”.

    Returns:
        The job once it has ended with a result, else None. The page draws on either way, and is drawn again
        by itself when the job ends.
    """
    _wait_a_moment(job)
    state = job.state
    if state in ("done", "stopped"):
        return job
    if state == "failed":
        show_failure(job.error)
    elif state == "cancelled":
        st.info(f"{title} was cancelled.", icon=":material/cancel:")
    else:
        watch(job, title, job.created)
    return None


def watch(work: Job | Run, title: str, created: str) -> None:
    """Draws how far work is until it ends, with a button that cancels it; then the page is drawn again.

    Args:
        work: a job, or a run, whoever carries it out.
        title: as `wait_for` takes it.
        created: when it was asked for, as ISO 8601.
    """
    poll(lambda: _show_progress(work, title), created, work.events)


def have_done(kind: str, args: dict, title: str, *, is_gone: bool = False) -> Job | None:
    """Has a worker do something, unless it has been done already; follows it, and offers it anew where it failed.

    Args:
        kind: of job.
        args: of the job.
        title: as `wait_for` takes it.
        is_gone: whether what such a job makes elsewhere is not there, even if one was done.

    Returns:
        As `wait_for`.
    """
    job = pipeline.find_job(kind, args)
    if job is None or (is_gone and job.state in ("done", "stopped")):
        job = pipeline.submit(kind, args)
    if job.state in ("failed", "cancelled") and st.button(
        "Try again", icon=":material/refresh:", key=f"again-{job.id}"
    ):
        job = pipeline.submit(kind, args)
    return wait_for(job, title)


def follow(key: str, job: str) -> None:
    """Keeps which job this page follows, for the session and in the page's URL; an empty text follows none.

    Args:
        key: what the job is called in the URL.
        job: its id.
    """
    st.session_state[key] = job
    if job:
        st.query_params[key] = job
    else:
        st.query_params.pop(key, None)


def followed(key: str, *kinds: str) -> Job | None:
    """The job that `follow` was told of, also after a reload, when it is there and of one of these kinds."""
    id = st.query_params.get(key) or st.session_state.get(key)
    try:
        job = jobs.open_job(id) if id else None
        return job if job and job.kind in kinds else None
    except UserError:
        return None


def show_failure(error: dict) -> None:
    """A failed job's or run's error in words, with the traceback of a defect folded away.

    Args:
        error: `title`, `detail`, `hint`, and `traceback` (empty for what a person can mend).
    """
    show_error(UserError(error["title"], error.get("detail", ""), error.get("hint", "")))
    if error.get("traceback"):
        with st.expander("Traceback", icon=":material/bug_report:"):
            st.code(error["traceback"], language=None, wrap_lines=True)


def _wait_a_moment(job: Job) -> None:
    """Waits for a job that was asked for just now, so that a quick one's result is drawn without a detour."""
    asked = datetime.fromisoformat(job.created).timestamp()
    if time.time() - asked > _MOMENT or not jobs.is_supervised():
        return
    while (age := time.time() - asked) < _MOMENT and (state := job.state) not in ENDINGS:
        if state == "queued" and age > _UNTIL_TAKEN:
            return
        time.sleep(_LOOK)


def _show_progress(work: Job | Run, title: str) -> None:
    events = work.events
    state = work.state
    if state in ENDINGS:
        st.rerun()
    value, words = describe_progress(events)
    with st.container(border=True):
        st.markdown(f"**{title}**")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.progress(value, text="Waiting for a worker …" if state == "queued" else words)
            if st.button("Cancel", icon=":material/cancel:", key=f"cancel-{work.id}"):
                jobs.cancel(work.folder)


@st.fragment(run_every=_SECONDS_BETWEEN_PACES)
def poll(draw: Callable[[], None], created: str, events: list[dict]) -> None:
    """Draws a part of the page again and again, quickly while the work is young.

    Args:
        draw: draws it, and calls `st.rerun` when the work is over.
        created: when it was asked for, as ISO 8601.
        events: of the work so far.
    """
    begun = [datetime.fromisoformat(created).timestamp()]
    begun += [event["time"] for event in events if event["event"] == "start"]
    st.fragment(errors_shown()(draw), run_every=_BEATS[time.time() - begun[-1] > _YOUNG])()


def describe_progress(events: list[dict]) -> tuple[float, str]:
    """How far work is, from its events.

    Returns:
        The share of the present stage that is done (0…1; 0 while unknown), and words for it, in Markdown.
    """
    stage, step = "", {}
    for event in events:
        if event["event"] == "stage":
            stage, step = event["name"], {}
        elif event["event"] == "step":
            step = event
    words = [stage_words(stage) or "Starting"]
    if not step:
        return 0.0, f"{words[0]} …"
    done, total = step["done"], step["total"]
    words.append(amount(done, total, step["unit"]))
    if step.get("name"):
        words.append(escape(shorten(step["name"], 50)))
    return (min(1.0, done / total) if total else 0.0), " · ".join(words)
