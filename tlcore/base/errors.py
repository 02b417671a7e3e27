"""What a person reads when something they gave, or something about their machine, is wrong."""

import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path

OUT_OF_MEMORY = "Choose a smaller batch size or fewer layer groups, or close other programs, and try again"
_WRITABLE = "Use a folder that you can write to; TLCORE_HOME sets the data folder"
_CAUSES = {
    errno.ENOSPC: ("The disk is full", "Delete datasets, runs or modules that are no longer needed, and try again"),
    errno.EDQUOT: ("The disk quota is used up", "Delete files that are no longer needed, and try again"),
    errno.EFBIG: ("A file is larger than the system allows", "Ask whoever runs this machine to raise the limit"),
    errno.EROFS: ("The disk is read-only", _WRITABLE),
    errno.EACCES: ("Permission denied", _WRITABLE),
    errno.EPERM: ("Permission denied", _WRITABLE),
    errno.EIO: ("The disk could not be read or written", "Check the disk and its connection, and try again"),
}
_NEVER_EXPECTED = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)  # whatever goes wrong right after them is their fault
_OF_SQLITE = {"SQLITE_FULL": errno.ENOSPC, "SQLITE_READONLY": errno.EROFS, "SQLITE_CANTOPEN": errno.EACCES}
_SHORT_WRITE = re.compile(r"\d+ requested and \d+ written")  # all that NumPy says of a disk that became full
_OF_MEMORY = ("MemoryError", "_ArrayMemoryError", "ResourceExhaustedError", "OutOfMemoryError")
_LONGEST = 300


class UserError(Exception):
    """A mistake that a person can mend: what is wrong, where, and what to do.

    Everything that a file, a name, a setting or a click can cause ends in one of these; any other
    exception is a defect and keeps its traceback.

    Args:
        title: what is wrong, in a few words, without a full stop.
        detail: where, naming the file or setting.
        hint: what to do about it.
    """

    def __init__(self, title: str, detail: str = "", hint: str = ""):
        super().__init__(title, detail, hint)
        self.title = title
        self.detail = detail
        self.hint = hint

    def __str__(self) -> str:
        return " ".join(f"{part.rstrip('.')}." for part in (self.title, self.detail, self.hint) if part)

    def to_dict(self) -> dict[str, str]:
        """The error as the command line's JSON has it."""
        return {"title": self.title, "detail": self.detail, "hint": self.hint}


class Damaged(UserError):
    """Something in the workspace that can't be read any more: cut short, empty, or another thing than it should be."""

    def __init__(self, path: Path, why: str):
        super().__init__(
            "A file in the workspace is damaged",
            f"{path}: {why}",
            "Restore it from a backup, or delete the dataset, module, run or job that it belongs to",
        )


def as_user_error(error: BaseException) -> UserError | None:
    """An error in words that a person can act on; None for one that only a defect in the program can cause.

    It knows disks that are full or can't be written to, and memory that ran out, by whichever library they are
    reported: by an error number where there is one, else by the system's own words in the message.
    """
    if isinstance(error, UserError):
        return error
    for code, each in _codes(error):
        title, hint = _CAUSES[code]
        path = getattr(each, "filename2", None) or getattr(each, "filename", None)
        return UserError(title, f"{path}: {os.strerror(code)}" if path else _first_line(each), hint)
    if type(error).__name__ in _OF_MEMORY:
        return UserError("Not enough memory", _first_line(error), OUT_OF_MEMORY)
    return None


def _codes(error: BaseException | None) -> Iterator[tuple[int, BaseException]]:
    """The error numbers of an error, and of those that it was raised from or in the wake of."""
    raised_from, seen = True, []
    while error is not None and error not in seen:
        seen.append(error)
        code = _code(error)
        if code in _CAUSES and (raised_from or code in _NEVER_EXPECTED):
            yield code, error
        raised_from = raised_from and error.__cause__ is not None
        error = error.__cause__ or error.__context__


def _code(error: BaseException) -> int | None:
    if code := getattr(error, "errno", None):
        return code
    if name := getattr(error, "sqlite_errorname", ""):
        return _OF_SQLITE.get("_".join(name.split("_")[:2]))
    text = str(error)
    if isinstance(error, OSError) and _SHORT_WRITE.search(text):
        return errno.ENOSPC
    return next((code for code in _CAUSES if os.strerror(code) in text), None)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0][:_LONGEST] or type(error).__name__
