"""What kinds of job there are: the lane that each waits in, and how long one may take."""

_MINUTE, _HOUR = 60, 3600
LANES = ("train", "quick", "import")
_SECONDS = {  # of quick work; others wait for it. Runs and imports take as long as they take
    "open_module": 2 * _HOUR,
    "sample": 30 * _MINUTE,
    "example": 30 * _MINUTE,
    "map": 2 * _HOUR,
    "features": 2 * _HOUR,
    "separation": 2 * _HOUR,
    "suspects": 2 * _HOUR,
    "predict": 4 * _HOUR,
    "thumbnails": 10 * _MINUTE,
    "explain": 20 * _MINUTE,
    "export": 2 * _HOUR,
    "preview": 10 * _MINUTE,
}


def lane_of(kind: str) -> str:
    """Runs go through one lane, one after the other, and so do imports; all other work goes past them."""
    return kind if kind in LANES else "quick"


def most_seconds(kind: str) -> float:
    """After which a job is ended, by the clock of a supervisor that is awake."""
    return _SECONDS.get(kind, _HOUR if lane_of(kind) == "quick" else float("inf"))
