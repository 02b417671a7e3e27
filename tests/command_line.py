"""A workspace in which the command line has trained once, on little pictures with a tiny SavedModel."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from click.testing import CliRunner, Result
from PIL import Image

from tlcore.cli import cli


def invoke(*args: object) -> Result:
    """Runs a command in this process."""
    return CliRunner().invoke(cli, [str(arg) for arg in args])


def document(*args: object) -> object:
    """The document that a command prints with `--json`; it must succeed."""
    result = invoke(*args, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@dataclass(frozen=True)
class Trained:
    home: Path
    pictures: Path
    module: Path
    dataset: dict  # what `import` said
    run: dict  # what `train` said


def write_pictures(folder: Path, classes: dict[str, tuple[int, int, int]], count: int) -> Path:
    """PNGs of a colour a class, a folder a class, with a file among them that is none of them."""
    random = np.random.default_rng(0)
    for name, colour in classes.items():
        (folder / name).mkdir(parents=True)
        for number in range(count):
            pixels = (np.array(colour) + random.integers(-30, 31, (24, 24, 3))).clip(0, 255)
            Image.fromarray(pixels.astype(np.uint8)).save(folder / name / f"{number}.png")
    (folder / "Thumbs.db").write_bytes(b"")
    return folder


def train_once(folder: Path, home: Path) -> Trained:
    """Imports and fine-tunes in the workspace that TLCORE_HOME names, which is `home`."""
    from tests.modules.tiny import write_batch_norm_module

    pictures = write_pictures(folder / "pictures", {"red": (200, 40, 40), "blué": (40, 40, 200)}, 14)
    module = write_batch_norm_module(folder / "module")
    dataset = document("import", pictures, "--name", "colours")
    run = document("train", "colours", "--module", module, "--unfreeze", "last:1", "--epochs", 2, "--seed", 3)
    return Trained(home, pictures, module, dataset, run)
