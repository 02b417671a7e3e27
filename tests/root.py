"""Where the project lies."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
APP = ROOT / "pages" / "main.py"  # what `AppTest` runs
