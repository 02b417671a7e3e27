"""A job's or run's progress, followed by polling until it ends; and what its failure says."""

import time

import streamlit as st

from pages.parts.words import count, plain, shorten, show_error, size
from tlcore import jobs
from tlcore.errors import UserError
from tlcore.events import latest_events
from tlcore.jobs import Job
from tlcore.progress import Progress
from tlcore.runs import ENDINGS

SECONDS = 0.5
_STAGES = {
    "fetch": "Fetching",
    "inspect": "Looking into the module",
    "import": "Checking",
    "pixels": "Decoding pictures",
    "features": "Computing feature vectors",
    "probe": "Fitting the linear probe",
    "head": "Training the head",
    "fine-tune": "Fine-tuning",
    "evaluation": "Evaluating",
    "map": "Computing the embedding map",
    "predict": "Predicting",
    "export": "Writing the export",
}


def wait_for(job: Job, title: str) -> Job | None:
    """Follows a job: bar, words and a cancel button while it is under way; its error when it failed.

    Args:
        job: as `jobs.submit`, `jobs.find_job` or `jobs.open_job` gave it.
        title: what is being done, in Markdown (names through `words.plain`): “Opening MobileNet V2”.

    Returns:
        The job once it has ended with a result, else None. The page draws on either way, and is drawn again
        by itself when the job ends.
    """
    state = job.state
    if state in ("done", "stopped"):
        return job
    if state == "failed":
        show_failure(job.error)
    elif state == "cancelled":
        st.info(f"{title} was cancelled.", icon=":material/cancel:")
    else:
        _follow(job, title)
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


@st.fragment(run_every=SECONDS)
def _follow(job: Job, title: str) -> None:
    state = job.state
    if state in ENDINGS:
        st.rerun()
    value, words = describe_progress(latest_events(job.folder))
    with st.container(border=True):
        st.markdown(f"**{title}**")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.progress(value, text="Waiting for a worker …" if state == "queued" else words)
            if st.button("Cancel", icon=":material/cancel:", key=f"cancel-{job.id}"):
                jobs.ask(job.folder, "cancel")


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
    words = [_STAGES.get(stage, stage.capitalize()) or "Starting"]
    if not step:
        return 0.0, f"{words[0]} …"
    done, total = step["done"], step["total"]
    words.append(_amount(done, total, step["unit"]))
    if step.get("name"):
        words.append(plain(shorten(step["name"], 50)))
    return (min(1.0, done / total) if total else 0.0), " · ".join(words)


def _amount(done: int, total: int | None, unit: str) -> str:
    if unit == "bytes":
        return f"{size(done)} of {size(total)}" if total else size(done)
    return f"{done:,} of {count(total, unit, unit)}" if total else f"{done:,} {unit}"


class PageProgress(Progress):
    """Moves a progress bar on the page, for short work that the page does itself.

    A click elsewhere on the page ends the work, as it ends the page's script.
    """

    def __init__(self, title: str):
        self._title = title
        self._events: list[dict] = []
        self._drawn = 0.0
        self._bar = st.progress(0.0, text=f"**{title}** …")

    def event(self, kind: str, **fields) -> None:
        if kind not in ("stage", "step") or (kind == "step" and time.monotonic() - self._drawn < 0.1):
            return
        self._drawn = time.monotonic()
        if kind == "step" and self._events and self._events[-1]["event"] == "step":
            self._events.pop()
        self._events.append({"event": kind, **fields})
        value, words = describe_progress(self._events)
        self._bar.progress(value, text=f"**{self._title}** · {words}")
