"""The record of one run."""

from tlcore.runs.run import Run as Run
from tlcore.runs.run import begin_run as begin_run
from tlcore.runs.run import check_unused as check_unused
from tlcore.runs.run import create_run as create_run
from tlcore.runs.run import damaged_runs as damaged_runs
from tlcore.runs.run import delete_run as delete_run
from tlcore.runs.run import ends_as_probe as ends_as_probe
from tlcore.runs.run import list_runs as list_runs
from tlcore.runs.run import open_run as open_run
from tlcore.runs.run import rename_run as rename_run
from tlcore.runs.validation import check_plan as check_plan
