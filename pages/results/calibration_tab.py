"""Whether a run's confidence can be believed, and what to do with answers that are not sure enough."""

from pages.results.calibration import show_calibration
from pages.results.class_curves import show_class_curves
from pages.results.limitations import tell_of_limits
from pages.results.prediction_sets import show_sets
from pages.results.selective_prediction import show_thresholds
from pages.shared.run.finished import probabilities_of
from pages.shared.run.shown_split import choose_shown_split
from pages.shared.shell.tabs import Tab, show_views
from tlcore.runs import Run


def show_calibration_tab(run: Run) -> None:
    """Calibration, thresholds, prediction sets and curves of one split of a run with a result."""
    split = choose_shown_split(run)
    predictions, val = probabilities_of(run, split), probabilities_of(run, "val")
    tell_of_limits(predictions, split)
    show_views(
        {
            "calibration": Tab("Calibration", lambda: show_calibration(predictions, val, split)),
            "threshold": Tab("Threshold", lambda: show_thresholds(run, predictions, split)),
            "prediction-sets": Tab("Prediction sets", lambda: show_sets(run, predictions, val, split)),
            "curves": Tab("ROC and precision-recall", lambda: show_class_curves(predictions)),
        }
    )
