"""An explanation as files and JSON, as a page shows it."""

from pathlib import Path

import numpy as np

from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.evaluation.explanations.explain import Explainer, Explanation
from tlcore.evaluation.explanations.representers import Representers
from tlcore.runs import Run

_SHOWN = 3  # random parts that are shown
_STRONGEST = 6  # train examples of either kind


def explain_to(
    folder: Path,
    explainer: Explainer,
    *,
    example: str = "",
    file: str = "",
    label: int | None = None,
    progress: Progress | None = None,
) -> dict:
    """Explains one picture and writes what a page draws of it.

    `folder` gets `picture.png`, `heat.png` (8 bits: 255 is hottest), and where something is marked `covered.png` and
    `random-0.png` … with the picture covered there and elsewhere; all in the shape that the picture itself has.

    Args:
        folder: for the files.
        explainer: of a run.
        example: the id of an example of the run's dataset;
        file: or the path of any picture.
        label: of the class that is explained; None: the one that is predicted.
        progress: hears it.

    Returns:
        `label`, `predicted`, `probabilities` (a list), `method`, `why_occlusion` (empty for Grad-CAM), `share` (of the
        picture that is marked), `lost` (None where nothing is), `random` (`mean`, `low`, `high`: within are 95 % of the
        random parts; `below`: how many cost less than the marked one; `draws`; `shown`: what each shown one cost), and
        `voices`: None with `why_no_voices` where the run's dataset is gone, else as `representers.Influences`, with
        `agreement` and `examples`.

    Raises:
        UserError: the picture or the class is not there, or can't be read.
    """
    progress = progress or Progress()
    path = example_file(explainer.run, example) if example else Path(file)
    progress.step(0, 3, "steps", f"the {explainer.modality.noun.one}")
    modality, values = explainer.modality, explainer.run.values
    item = modality.decode(path, explainer.spec, values)
    explanation = explainer.explain(item, label, progress=progress)
    progress.step(1, 3, "steps", "its train examples")
    document = _numbers(explanation, explainer)
    try:
        document["voices"] = _influences(explanation, explainer.representers(progress))
    except UserError as error:
        document |= {"voices": None, "why_no_voices": str(error)}
    progress.step(2, 3, "steps", "drawing")
    names = ["covered", *(f"random-{number}" for number in range(_SHOWN))]
    covered = dict(zip(names, explanation.covered, strict=False))
    modality.write_explanation(folder, path, explanation.heat, covered, values)
    progress.step(3, 3, "steps", "drawing")
    return document


def example_file(run: Run, id: str) -> Path:
    """Where the picture of an example of a run lies.

    Raises:
        UserError: it is not there any more.
    """
    dataset = run.dataset_now()
    try:
        return dataset.file(id)
    except KeyError:
        raise UserError(
            "This example is not in the dataset any more", f"{dataset.name} has no “{id[:80]}”", "Choose another one"
        ) from None


def _numbers(explanation: Explanation, explainer: Explainer) -> dict:
    lost, at_random = explanation.lost, explanation.lost_at_random
    random = None
    if lost is not None:
        low, high = np.percentile(at_random, (2.5, 97.5)).tolist()
        random = {
            "mean": float(at_random.mean()),
            "low": low,
            "high": high,
            "below": int((at_random < lost).sum()),
            "draws": len(at_random),
            "shown": at_random[:_SHOWN].tolist(),
        }
    return {
        "label": explanation.label,
        "predicted": int(explanation.probabilities.argmax()),
        "probabilities": explanation.probabilities.tolist(),
        "method": explanation.method,
        "why_occlusion": explainer.why_occlusion,
        "share": explanation.share,
        "lost": lost,
        "random": random,
    }


def _influences(explanation: Explanation, representers: Representers) -> dict:
    found = representers.influences(explanation.vector, explanation.label, _STRONGEST)
    return {
        "speak_for": [each._asdict() for each in found.supporting],
        "speak_against": [each._asdict() for each in found.opposing],
        "in_favour": found.in_favour,
        "opposed": found.opposed,
        "offset": found.offset,
        "logit": found.logit,
        "agreement": representers.agreement,
        "examples": representers.train_examples,
    }
