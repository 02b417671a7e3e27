"""The whole test: `python -m tests`. Installs a browser where there is none, then lints and runs every test."""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_SIDE_BY_SIDE = ("-m", "not browser", "-n", "auto", "--dist", "loadfile")
_ALONE = ("-m", "browser")  # what a browser sees depends on who else is at work


def run(*command: str) -> None:
    print("$", " ".join(command), flush=True)
    subprocess.run(command, cwd=ROOT, check=True)


def install_browser() -> None:
    """Debian's Chromium through apt where that can be done, else Playwright's own."""
    if shutil.which("chromium"):
        return
    if platform.system() == "Linux" and shutil.which("apt-get") and os.geteuid() == 0:
        run("apt-get", "update", "-q")
        run("apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium", "fonts-dejavu-core")
    else:
        run(sys.executable, "-m", "playwright", "install", "--with-deps", "chromium")


def run_tests(*options: str) -> int:
    """Runs the tests that these options and the command's own choose; the exit status, 0 where none is chosen."""
    status = subprocess.run([sys.executable, "-m", "pytest", *options, *sys.argv[1:]], cwd=ROOT).returncode
    return 0 if status == pytest.ExitCode.NO_TESTS_COLLECTED else status


if __name__ == "__main__":
    install_browser()
    run(sys.executable, "-m", "ruff", "check", ".")
    run(sys.executable, "-m", "ruff", "format", "--check", ".")
    sys.exit(max(run_tests(*options) for options in (_SIDE_BY_SIDE, _ALONE)))
