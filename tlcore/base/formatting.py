"""How names and numbers read, the same on every page, in a terminal, in a report and in a notebook."""

from collections.abc import Iterable

STAGES = {  # of `progress.Progress`, as they are told to whoever waits
    "fetch": "Downloading",
    "inspect": "Reading the module",
    "import": "Checking",
    "unpack": "Unpacking",
    "features": "Computing feature vectors",
    "probe": "Fitting the linear probe",
    "head": "Training the head",
    "fine-tune": "Fine-tuning",
    "evaluation": "Evaluating",
    "map": "Computing the embedding map",
    "separation": "Measuring class separability",
    "suspects": "Looking for data issues",
    "predict": "Predicting",
    "explain": "Explaining the prediction",
    "export": "Writing files",
    "sprite": "Drawing the examples",
    "convert": "Converting the model",
    "calibrate": "Calibrating on train examples",
    "check": "Comparing with the run",
}


def stage(name: str) -> str:
    """What is being done in a stage of work; "" for the time before the first."""
    return STAGES.get(name, name.capitalize())


def shorten(text: str, length: int = 40) -> str:
    """A long name with its middle left out."""
    if len(text) <= length:
        return text
    end = (length - 1) // 2
    return f"{text[: length - 1 - end]}…{text[-end:]}"


def listed(names: Iterable[str], most: int = 4, length: int = 60) -> str:
    """The first names in quotation marks, each cut to a length, and how many more there are."""
    names = [f"“{name[:length]}”" for name in names]
    return ", ".join(names[:most]) + (f" and {len(names) - most:,} more" if len(names) > most else "")


def count(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: 1 picture, 1,200 pictures."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def share(value: float | None) -> str:
    """A share as a percentage with one decimal; "–" for none."""
    return "–" if value is None else f"{value:.1%}"


def with_interval(metrics: dict) -> str:
    """Accuracy with its 95 % interval in one line.

    Args:
        metrics: an entry of a run's metrics.
    """
    low, high = metrics["accuracy_interval"]
    return f"{share(metrics['accuracy'])} ({low * 100:.1f} – {high * 100:.1f})"


def size(bytes: int) -> str:
    """Bytes, rounded: 1.2 MB."""
    for unit in ("B", "kB", "MB", "GB"):
        if bytes < 1000 or unit == "GB":
            return f"{bytes:.0f} {unit}" if unit == "B" else f"{bytes:.1f} {unit}"
        bytes /= 1000
    raise AssertionError


def amount(done: int, total: int | None, unit: str) -> str:
    """How far work is: 3 of 12 files, 5.0 MB of 10.0 MB; where the total is unknown, what is done."""
    if unit == "bytes":
        return f"{size(done)} of {size(total)}" if total else size(done)
    return f"{done:,} of {count(total, unit, unit)}" if total else f"{done:,} {unit}"


def millions(number: int | None) -> str:
    """A large number, rounded: 4.7 M, 320 k, 12; – for none."""
    if number is None:
        return "–"
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= limit:
            return f"{number / limit:.1f} {unit}"
    return str(number)


def duration(seconds: float) -> str:
    """Seconds as people say them: 8 s, 2 min 10 s, 1 h 5 min."""
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s" if seconds % 60 else f"{seconds // 60} min"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"
