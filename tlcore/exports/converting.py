"""What all conversions of a model have in common: that they may fail, and what is written beside the model."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

from tlcore.base.errors import UserError
from tlcore.base.progress import Cancelled, Progress
from tlcore.exports.parity import Limits, check_agreement
from tlcore.exports.readme import CLASS_NAMES, write_class_names, write_readme
from tlcore.runs import Run

_Made = TypeVar("_Made")


def convert(format: str, make: Callable[[], _Made]) -> _Made:
    """Does a conversion; one that can't be done is no defect, for a module may hold any operation.

    Raises:
        UserError: it failed.
    """
    try:
        return make()
    except (UserError, Cancelled):
        raise
    except Exception as error:
        reason = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise UserError(
            f"This model can't be converted to {format}",
            reason.strip()[:300],
            "Choose another format; a SavedModel can be exported from every run",
        ) from error


def finish_model(
    run: Run,
    folder: Path,
    predict: Callable[[np.ndarray], np.ndarray],
    limits: Limits,
    progress: Progress,
    *,
    what: str,
    use: str,
) -> None:
    """Compares an exported model with its run, and writes what lies beside it: agreement, class names, README.

    Args:
        run: a finished one.
        folder: of the export: the model's files, and nothing else yet.
        predict: as `check_agreement` takes it.
        limits: what it must keep to.
        progress: hears it.
        what: as `write_readme` takes it.
        use: likewise.

    Raises:
        UserError: it does not agree.
    """
    agreement = check_agreement(run, folder, predict, limits, progress)
    write_class_names(run, folder / CLASS_NAMES)
    write_readme(run, folder, what=what, use=use, agreement=agreement)
