"""What kinds of job there are: the lane that each waits in, and how long one may take."""

from typing import NamedTuple

_MINUTE, _HOUR = 60, 3600
LANES = ("train", "quick", "import")
BEHIND = ("train", "import")  # the lanes whose work lets the other, and the app itself, have the processor first


class Kind(NamedTuple):
    """Of work: `limit` in seconds, after which others need not wait for it any longer; None: it takes its time."""

    lane: str
    limit: float | None


KINDS = {  # runs go one after the other, and so do imports; all other work goes past them
    "train": Kind("train", None),
    "import": Kind("import", None),
    "open_module": Kind("quick", 2 * _HOUR),
    "sample": Kind("quick", 30 * _MINUTE),
    "example": Kind("quick", 30 * _MINUTE),
    "map": Kind("quick", 2 * _HOUR),
    "features": Kind("quick", 2 * _HOUR),
    "separation": Kind("quick", 2 * _HOUR),
    "suspects": Kind("quick", 2 * _HOUR),
    "predict": Kind("quick", 4 * _HOUR),
    "thumbnails": Kind("quick", 10 * _MINUTE),
    "explain": Kind("quick", 20 * _MINUTE),
    "export": Kind("quick", 2 * _HOUR),
    "preview": Kind("quick", 10 * _MINUTE),
}
