"""A run's model as a .keras file that plain Keras opens. Imports TensorFlow."""

from pathlib import Path

import keras
import numpy as np

from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.exports.converting import finish_model
from tlcore.exports.network import as_inputs, build_network
from tlcore.exports.parity import EXACT
from tlcore.exports.readme import use_on_items
from tlcore.modules.providers import provider_of
from tlcore.runs import Run
from tlcore.training.result_weights import module_of

_FILE = "model.keras"


def write_keras(run: Run, folder: Path, progress: Progress) -> None:
    """Writes `model.keras`, a functional model of Keras's own layers.

    Raises:
        UserError: such a file can't hold the run's module; or it does not agree.
    """
    module = module_of(run)
    provider = provider_of(module.source)
    if not provider.keras_layers:
        raise UserError(
            "A .keras file can't hold this run's module",
            f"{module.name} ({provider.title}) is not made of Keras's own layers",
            "Export a SavedModel, TFLite or ONNX file instead",
        )
    progress.stage("convert")
    build_network(run).save(folder / _FILE)
    loaded = keras.saving.load_model(folder / _FILE)
    use = use_on_items(
        run,
        imports="import keras",
        load='model = keras.saving.load_model("PATH/OF/THIS/FOLDER/model.keras")',
        predict=f"probabilities = model.predict({loaded.inputs[0].name})[0]",
    )

    def predict(items: np.ndarray) -> np.ndarray:
        return loaded.predict_on_batch(as_inputs(run, items))

    finish_model(run, folder, predict, EXACT, progress, what="A Keras 3 model", use=use)
