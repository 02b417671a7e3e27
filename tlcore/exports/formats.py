"""What can be taken away of a run. Read without TensorFlow: pages and the command line list it."""

import pkgutil
from dataclasses import dataclass
from pathlib import Path

from tlcore.base.progress import Progress
from tlcore.runs import Run


@dataclass(frozen=True)
class Format:
    """One kind of export.

    Attributes:
        title: what it is called.
        purpose: a sentence: what it is for.
        writer: `room.file:function`. The function takes a finished run, an empty folder to fill and a
            Progress, and raises a `UserError` where the run can't be had in this format, or does not agree with what
            was made of it.
        takes_baseline: whether the function also takes `baseline`, a run since which it says what changed.
    """

    title: str
    purpose: str
    writer: str
    takes_baseline: bool = False

    def write(self, run: Run, folder: Path, progress: Progress, **baseline: Run) -> None:
        """Fills a folder; what that needs, TensorFlow in most cases, is imported now."""
        pkgutil.resolve_name(f"tlcore.{self.writer}")(run, folder, progress, **baseline)


FORMATS = {
    "savedmodel": Format(
        "TensorFlow SavedModel",
        "For a server with TensorFlow: takes the bytes of JPEG and PNG files. In TF Hub's form, so that it can be the "
        "module of a next run.",
        "exports.savedmodel:write_savedmodel",
    ),
    "keras": Format(
        "Keras model",
        "For going on in Python: one .keras file of Keras's own layers, to look into, train further or convert.",
        "exports.keras:write_keras",
    ),
    "tflite": Format(
        "TFLite, float",
        "For phones and small computers, with the run's own probabilities.",
        "exports.tflite:write_float",
    ),
    "tflite-dynamic": Format(
        "TFLite, dynamic range",
        "A quarter of the size: weights kept in 8 bits, floats in and out.",
        "exports.tflite:write_dynamic",
    ),
    "tflite-int8": Format(
        "TFLite, full int8",
        "For microcontrollers and accelerators that compute in whole numbers alone, those of its input and output too.",
        "exports.tflite:write_int8",
    ),
    "onnx": Format(
        "ONNX",
        "For ONNX Runtime, in many languages and on many devices, without TensorFlow.",
        "exports.onnx:write_onnx",
    ),
    "predictions": Format(
        "Predictions as CSV",
        "A row an example: file name, split, label, and what the model said of it.",
        "exports.predictions:write_predictions",
    ),
    "report": Format(
        "Report",
        "A page for people that opens anywhere and prints: data, plan, results, examples, limits (a model card). To "
        "make it is a look at the test split, which is counted.",
        "reports.report:write_report",
        takes_baseline=True,
    ),
    "notebook": Format(
        "Jupyter notebook",
        "Makes the run again with tlcore, from its data to the same numbers.",
        "reports.notebook:write_notebook",
    ),
    "projector": Format(
        "TensorBoard Projector files",
        "The feature vectors of all examples with their labels and pictures, to explore in TensorBoard.",
        "exports.projector:write_projector",
    ),
}
