"""Data that ships with the project, to try it with one click."""

from pathlib import Path
from typing import NamedTuple

from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.datasets.dataset import Dataset
from tlcore.datasets.importing import import_dataset

_FOLDER = Path(__file__).parent


class Sample(NamedTuple):
    """A dataset that ships with the project, as an archive."""

    name: str
    title: str
    description: str
    licence: str
    path: Path
    class_names: tuple[str, ...] = ("animals", "faces", "food", "people", "places", "vehicles")


def samples() -> list[Sample]:
    """All samples; the first is the one to start with, the second shows the same things in another style."""
    return [
        Sample(
            "emoji-google",
            "Emoji, Google's style",
            "352 small pictures in six classes: animals, faces, food, people, places and vehicles (Noto Emoji).",
            "Apache-2.0, Google",
            _FOLDER / "emoji-google.zip",
        ),
        Sample(
            "emoji-twitter",
            "Emoji, Twitter's style",
            "The same 352 emoji in Twitter's style (Twemoji): try a model trained on Google's style on them.",
            "CC BY 4.0, Twitter, Inc and other contributors",
            _FOLDER / "emoji-twitter.zip",
        ),
    ]


def import_sample(name: str, owner: str = "", progress: Progress | None = None) -> Dataset:
    """Imports a sample by its name, or returns it where it has been imported before.

    Raises:
        UserError: there is no sample of this name.
    """
    for sample in samples():
        if sample.name == name:
            return import_dataset(
                sample.path,
                name=sample.title,
                owner=owner,
                description=sample.description,
                licence_note=sample.licence,
                progress=progress,
            )
    names = ", ".join(sample.name for sample in samples())
    raise UserError("There is no such sample", f"No sample is called “{name[:80]}”", f"The samples are: {names}")
