"""The program that an export's README has, as a person would run it."""

import contextlib
import io
from pathlib import Path


def readme_program(export: Path) -> str:
    """The first program of an export's README."""
    return programs((export / "README.md").read_text(encoding="utf-8"), export)[0]


def programs(text: str, folder: Path) -> list[str]:
    """The programs in Python that a text has, on the export in a folder."""
    return [part.split("```")[0].replace("PATH/OF/THIS/FOLDER", str(folder)) for part in text.split("```python\n")[1:]]


def run_readme(export: Path) -> tuple[str, float]:
    """The label and its probability that the program prints of `picture.jpg` in the present folder."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(readme_program(export), {})
    label, _, probability = printed.getvalue().splitlines()[-1].rpartition(" ")
    return label, float(probability)
