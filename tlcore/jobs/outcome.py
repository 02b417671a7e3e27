"""How work ends: whatever happens in it, its last event says so, in words that a person can act on."""

import contextlib
import shutil
import traceback
from collections.abc import Iterator
from pathlib import Path

from tlcore.base.errors import UserError, as_user_error
from tlcore.base.events import EventLog, cut_half_line
from tlcore.base.progress import Cancelled

_LONGEST = 8000  # letters: an event must fit in what `work.state_of` reads of a file's end; log.txt has all of it
# of work that is cancelled: what was asked, what was said, and who works on it; all else it has made
_KEPT = ("job.json", "run.json", "notes.json", "events.jsonl", "request", "log.txt", "lock")


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
        with contextlib.suppress(OSError):  # a disk that is full takes no last event; what the work began with is told
            end(folder, "failed", **describe(error, folder))
        raise
    else:
        log.event("stopped" if log.request() == "stop" else "done")


def end(folder: Path, how: str, **fields) -> None:
    """Writes the last event of work that nobody goes on with; what a cancelled one has made is thrown away."""
    cut_half_line(folder)
    if how == "cancelled":
        for path in folder.iterdir():
            if path.name not in _KEPT:
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    EventLog(folder).event(how, **fields)


def describe(error: Exception, folder: Path) -> dict[str, str]:
    """title, detail and hint of whatever went wrong, and the traceback of all that is no `UserError`."""
    known = as_user_error(error) or UserError(
        "Internal error",
        f"{type(error).__name__}: {error}"[:300],
        f"Please report it together with the log in {folder}",
    )
    words = {part: text[:_LONGEST] for part, text in known.to_dict().items()}
    if isinstance(error, UserError):
        return words
    return {**words, "traceback": "".join(traceback.format_exception(error))[-_LONGEST:]}
