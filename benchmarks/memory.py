"""Twenty thousand little pictures trained on: the memory of a process, and what is left in the workspace."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measuring import NotMeasured, Row, benchmark, say
from benchmarks.synthetic import little_pictures

_COUNT = 20_000
_SIDE = 32
_FEATURES = 1280  # of efficientnet-lite0
_ROOT = Path(__file__).parents[1]


@benchmark("memory", minutes=15)
def memory() -> Iterator[Row]:
    """20,000 JPEGs of 32 × 32 imported and fine-tuned by the command line: memory of a process, bytes kept."""
    import tlcore.base.workspace as workspace

    if not hasattr(os, "wait4"):
        raise NotMeasured("the highest memory of another process is what wait4 says")
    with workspace.scratch() as folder:
        little_pictures({_COUNT: folder / "pictures"}, _SIDE, suffix=".jpg")
        source = _bytes(folder / "pictures")
        _largest("import", str(folder / "pictures"), "--name", "little")
        before = _bytes(workspace.home()) - _bytes(folder)
        largest = _largest("train", "little", "--module", "efficientnet-lite0", "--unfreeze", "last:2", "--epochs", "1")
        grown = _bytes(workspace.home()) - _bytes(folder)
    say(json.dumps({"source": source, "imported": before, "trained": grown}))
    data = f"{_COUNT:,} JPEG of {_SIDE} × {_SIDE}, {source / 1e6:.0f} MB"
    command = "`train little --module efficientnet-lite0 --unfreeze last:2 --epochs 1`"
    yield Row("train, highest memory of a process", data, largest / 1e6, "MB", target=1500, at_most=True, note=command)
    yield Row(
        "train, the workspace afterwards",
        data,
        grown / 1e6,
        "MB",
        target=2 * (source + 4 * _COUNT * _FEATURES) / 1e6,
        at_most=True,
        note=f"{command} after `import`; the target is twice the files and their feature vectors",
    )


def _largest(*command: str) -> int:
    """Runs a command of tlcore's; the highest resident memory, in bytes, of its process or of one that it waited for.

    Files that are mapped count as far as they lie in memory.
    """
    process = subprocess.Popen([sys.executable, "-m", "tlcore", *command], cwd=_ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"tlcore {command[0]} ended with status {process.returncode}")
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
