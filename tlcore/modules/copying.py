"""A module's files, copied with progress in bytes."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from tlcore.base.progress import Progress


def copy_files(files: Sequence[Path], source: Path, into: Path, progress: Progress) -> None:
    """Copies files that lie under one folder to the same places under another.

    Args:
        files: which.
        source: the folder that they lie under.
        into: the other folder.
        progress: hears of bytes.
    """
    total = sum(file.stat().st_size for file in files)
    done = 0
    for file in files:
        target = into / file.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
        done += file.stat().st_size
        progress.step(done, total, "bytes", file.name)
