"""One export: a format chosen, a folder filled whole or not at all."""

import os
import shutil
import tempfile
from pathlib import Path

from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.evaluation import count_test_view
from tlcore.exports.formats import FORMATS
from tlcore.runs import Run


def export_run(
    run: Run, format: str, out: str | Path, *, baseline: Run | None = None, progress: Progress | None = None
) -> dict:
    """Writes what a run made, to take away. Every format holds results on test, so that it counts as a look at them.

    Args:
        run: a finished one.
        format: one of `FORMATS`.
        out: the folder to write to: a new one, or an empty one.
        baseline: a run since which a report says what changed.
        progress: hears it.

    Returns:
        `path`, the folder, and `files`, the paths of its files under it.

    Raises:
        UserError: the run has no result, or can't be had in this format; the format is unknown; what was made does not
            agree with the run; or the folder can't be written or is not empty.
    """
    if format not in FORMATS:
        raise UserError("There is no such format", f"“{format[:80]}”", f"Choose one of: {', '.join(FORMATS)}")
    if baseline and not FORMATS[format].takes_baseline:
        takers = ", ".join(name for name, each in FORMATS.items() if each.takes_baseline)
        raise UserError("Only some formats take a baseline", f"“{format}” does not", f"Choose one of: {takers}")
    if not run.has_result:
        raise UserError("This run has nothing to export yet", f"{run.name} is {run.state}", "Wait until it ends")
    out = Path(out).expanduser().absolute()
    staging = _staging(out)
    try:
        FORMATS[format].write(run, staging, progress or Progress(), **({"baseline": baseline} if baseline else {}))
        os.chmod(staging, 0o777 & ~_umask())
        os.rename(staging, out)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    if run.metrics.get("test"):
        count_test_view(run)
    files = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    return {"path": str(out), "files": files}


def _staging(out: Path) -> Path:
    """A folder beside the one to be filled, to be renamed in the end."""
    if out.is_dir() and any(out.iterdir()):
        raise UserError("The folder for the export is not empty", str(out), "Choose a new or an empty folder")
    if out.exists() and not out.is_dir():
        raise UserError("The export needs a folder", f"{out} is a file", "Choose a new or an empty folder")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f".{out.name[:100]}-", dir=out.parent))
    except OSError as error:
        raise UserError("The export can't be written", f"{out}: {error.strerror}", "Choose another folder") from error


def _umask() -> int:
    """The process's mask for new files; `mkdtemp` does not heed it, and what is taken away should."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
