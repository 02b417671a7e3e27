"""How work ends: whatever happens in it, its last event says so, in words that a person can act on."""

import contextlib
import errno
import shutil
import traceback
from collections.abc import Iterator
from pathlib import Path

from tlcore.errors import UserError
from tlcore.jobs.job import cut_half_line
from tlcore.progress import Cancelled
from tlcore.runs import EventLog

OUT_OF_MEMORY = "Choose a smaller batch size or fewer layer groups, or close other programs, and train again"
_LONGEST = 8000  # letters: an event must fit in what `runs.state_of` reads of a file's end; log.txt has all of it
_MEMORY_ERRORS = ("MemoryError", "ResourceExhaustedError", "_ArrayMemoryError", "OutOfMemoryError")


@contextlib.contextmanager
def ending(folder: Path, log: EventLog) -> Iterator[None]:
    """Writes the last event of the work done inside: done, stopped, cancelled or failed.

    What was raised goes on to the caller.
    """
    try:
        yield
    except (Cancelled, KeyboardInterrupt):
        end(folder, "cancelled")
        raise
    except Exception as error:
        end(folder, "failed", **describe(error, folder))
        raise
    else:
        log.event("stopped" if log.request() == "stop" else "done")


def end(folder: Path, how: str, **fields) -> None:
    """Writes the last event of work that nobody goes on with; what a cancelled one has made is thrown away."""
    cut_half_line(folder)
    if how == "cancelled":
        for made in ("checkpoints", "result", "out"):
            shutil.rmtree(folder / made, ignore_errors=True)
        (folder / "result.json").unlink(missing_ok=True)
    EventLog(folder).event(how, **fields)


def describe(error: Exception, folder: Path) -> dict[str, str]:
    """title, detail and hint of whatever went wrong, and the traceback of what no person could have caused."""
    if isinstance(error, UserError):
        return {part: text[:_LONGEST] for part, text in error.to_dict().items()}
    trace = "".join(traceback.format_exception(error))[-_LONGEST:]
    if type(error).__name__ in _MEMORY_ERRORS:
        return {"title": "Memory ran out", "detail": _first_line(error), "hint": OUT_OF_MEMORY, "traceback": trace}
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return {
            "title": "The disk is full",
            "detail": _first_line(error),
            "hint": "Delete datasets, runs or modules that are no longer needed, and try again",
            "traceback": trace,
        }
    return {
        "title": "This failed through a defect in the program",
        "detail": f"{type(error).__name__}: {_first_line(error)}",
        "hint": f"The log lies in {folder}; a report of the defect needs it",
        "traceback": trace,
    }


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:300]
