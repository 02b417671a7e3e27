"""The process that hands jobs to workers of this machine: `python -m tlcore.pipeline.supervisor`, one a workspace."""

import sys

from tlcore.jobs.executors.local import LocalExecutor
from tlcore.jobs.supervisor import supervise
from tlcore.pipeline.cleanup import sweep
from tlcore.pipeline.kinds import BEHIND, LANES
from tlcore.pipeline.submit import adopt


def main() -> None:
    adopt()
    supervise(lambda: LocalExecutor("tlcore.pipeline.worker", BEHIND, log=sys.stderr.fileno()), LANES, sweep)


if __name__ == "__main__":
    main()
