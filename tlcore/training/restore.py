"""The model of a finished run, made again from its files. Imports TensorFlow."""

from tlcore.errors import UserError
from tlcore.modules import find_module
from tlcore.modules.backbone import build_backbone
from tlcore.runs import Run
from tlcore.training.model import Classifier, assign_values, build_head, named_variables
from tlcore.training.weights import read_probe, read_weights


def load_classifier(run: Run) -> Classifier:
    """The trained model of a run that has been trained: images float32 [n, h, w, 3] in 0…1 to logits.

    Raises:
        UserError: the run has no weights yet, or its module is gone or has become another one.
    """
    if not (run.folder / "result" / "weights.safetensors").exists():
        raise UserError("This run has no model yet", f"{run.name} is {run.state}", "Wait for it, or choose another run")
    record = run.record["module"]
    module = find_module(record["id"])
    if module is None or module.fingerprint != record["fingerprint"]:
        raise UserError(
            "The run's module is gone" if module is None else "The run's module has become another one",
            f"{run.name} was trained from {record['name']} ({record['handle']})",
            "Open that module again on the Module page",
        )
    backbone = build_backbone(module)
    head = build_head(read_probe(run), run.plan)
    assign_values(named_variables(head, backbone, run.plan.train_groups), read_weights(run))
    return Classifier(backbone, head, run.plan)
