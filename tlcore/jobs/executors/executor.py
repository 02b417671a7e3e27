"""Where jobs are carried out: here, in processes of this machine, or elsewhere, where the same command line runs."""

from pathlib import Path
from typing import Protocol


class Executor(Protocol):
    """Has workers carry out jobs, and says what became of the workers. What became of a job its folder says.

    A worker's log is `log.txt` in the job's folder.
    """

    def submit(self, folder: Path, lane: str) -> None:
        """Gives a job to a worker of a lane. The worker takes the job's lease, or gives the job up where it can't."""

    def poll(self, folder: Path) -> int | None:
        """None while a worker that was given the job may be at it; 0 when none is.

        Once, when that worker has died: its exit status, or minus the signal that it died of.
        """

    def cancel(self, folder: Path) -> None:
        """Ends whoever is at a job at once, also a worker of an earlier supervisor, with all that it started."""

    def is_free(self, lane: str) -> bool:
        """Whether a job given to the lane now would be begun at once."""

    def keep_warm(self, lanes: tuple[str, ...]) -> None:
        """Called now and then: the time to get workers ready for the next jobs."""

    def release(self) -> None:
        """Lets go of all workers: those that wait end now, those at work once they are done."""

    def kill_all(self) -> None:
        """Ends all workers at once."""
