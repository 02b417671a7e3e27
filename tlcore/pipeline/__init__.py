"""What work there is, and how it is carried out: a function for each kind of job."""

from tlcore.pipeline.submit import find_job as find_job
from tlcore.pipeline.submit import submit as submit
from tlcore.pipeline.submit import submit_run as submit_run
