"""When and where work happens: a queue, a supervisor that hands it over, and workers. Imports no TensorFlow."""

from tlcore.jobs.job import Job, open_job
from tlcore.jobs.launch import ensure_supervisor, is_supervised, supervision
from tlcore.jobs.submit import ask, find_job, position, queue, submit, submit_run

__all__ = [
    "Job", "ask", "ensure_supervisor", "find_job", "is_supervised", "open_job", "position", "queue", "submit",
    "submit_run", "supervision",
]  # fmt: skip
