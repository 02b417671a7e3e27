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
        "For a server with TensorFlow: takes the bytes of JPEG and PNG files. In TF Hub's format, so that another run "
        "can use it as its module.",
        "exports.savedmodel:write_savedmodel",
    ),
    "keras": Format(
        "Keras model",
        "For further work in Python: one .keras file of Keras's own layers, to inspect, train further or convert.",
        "exports.keras:write_keras",
    ),
    "tflite": Format(
        "TFLite, float",
        "For phones and small computers, with the same probabilities as the run.",
        "exports.tflite:write_float",
    ),
    "tflite-dynamic": Format(
        "TFLite, dynamic range",
        "A quarter of the size: weights in 8 bits, input and output in floats.",
        "exports.tflite:write_dynamic",
    ),
    "tflite-int8": Format(
        "TFLite, full int8",
        "For microcontrollers and accelerators that compute only with integers; input and output are integers too.",
        "exports.tflite:write_int8",
    ),
    "onnx": Format(
        "ONNX",
        "For ONNX Runtime, in many languages and on many devices, without TensorFlow.",
        "exports.onnx:write_onnx",
    ),
    "predictions": Format(
        "Predictions as CSV",
        "One row per example: file name, split, label, predicted class and probabilities.",
        "exports.predictions:write_predictions",
    ),
    "report": Format(
        "Report",
        "One HTML page to read, share or print: data, plan, results, examples, limitations (a model card).",
        "reports.report:write_report",
        takes_baseline=True,
    ),
    "notebook": Format(
        "Jupyter notebook",
        "Reproduces the run with tlcore, from its data to the same metrics.",
        "reports.notebook:write_notebook",
    ),
    "projector": Format(
        "TensorBoard Projector files",
        "The feature vectors of all examples with their labels and pictures, to explore in TensorBoard.",
        "exports.projector:write_projector",
    ),
}
