"""The slices of a run by one column, from what it keeps."""

from tlcore.base.errors import UserError
from tlcore.datasets.metadata import columns_of, read_columns
from tlcore.evaluation.run_results import answers
from tlcore.evaluation.slices.metrics_by_slice import SliceMeasures, compare_with_rest
from tlcore.evaluation.slices.slices import cut
from tlcore.runs import Run


def slices_by(run: Run, column: str, splits: tuple[str, ...]) -> dict[str, list[SliceMeasures]]:
    """A run's slices by a column of its dataset, in each of some splits, the worst by accuracy first.

    Args:
        run: with a result, or an early one.
        column: the name of a metadata column or property, or its title.
        splits: "train", "val" or "test"; whoever shows test counts the look.

    Returns:
        Of each split that has examples; p is corrected for a split's slices of this column.

    Raises:
        UserError: the run has no result, its dataset was deleted, or there is no such column.
    """
    predictions, dataset = answers(run), run.dataset_now()
    columns = columns_of(dataset)
    name = next((each.name for key in ("name", "title") for each in columns if getattr(each, key) == column), None)
    if name is None:
        known = ", ".join(each.name for each in columns)
        raise UserError(
            f"There is no column called “{column[:80]}”",
            f"The columns of “{dataset.name}” are: {known}",
            "Choose one of these columns",
        )
    slices = cut(read_columns(dataset, predictions.ids)[name])
    found = {}
    for split in splits:
        rows = predictions.splits == split
        if rows.any():
            found[split] = compare_with_rest(predictions.take(rows), [each.of(rows) for each in slices])
    return found
