"""When and where work happens: a queue, a supervisor that hands it over, and workers. Imports no TensorFlow.

What work there is the queue does not know: `tlcore.pipeline` says it.
"""

from tlcore.jobs.job import RECORD, Job, open_job
from tlcore.jobs.launch import ensure_supervisor, is_supervised, supervision
from tlcore.jobs.submit import cancel, enqueue, find_job, new_record, position, queue, stop, submit

__all__ = [
    "RECORD", "Job", "cancel", "enqueue", "ensure_supervisor", "find_job", "is_supervised", "new_record", "open_job",
    "position", "queue", "stop", "submit", "supervision",
]  # fmt: skip
