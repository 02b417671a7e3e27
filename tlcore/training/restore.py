"""The model of a finished run, made again from its files. Imports TensorFlow."""

from tlcore.modules.backbones.backbone import Backbone
from tlcore.modules.build import build_backbone
from tlcore.runs import Run
from tlcore.training.model import Classifier, assign_values, build_head, named_variables
from tlcore.training.result_weights import module_of, read_probe, read_weights


def load_classifier(run: Run, backbone: Backbone | None = None) -> Classifier:
    """The trained model of a run that has been trained: images float32 [n, h, w, 3] in 0…1 to logits.

    Args:
        run: whose.
        backbone: its module's, untrained, where there is one already; its trained groups change.

    Raises:
        UserError: the run has no weights yet, or its module is gone or has become another one.
    """
    module = module_of(run)
    backbone = backbone or build_backbone(module)
    head = build_head(read_probe(run), run.plan)
    assign_values(named_variables(head, backbone, run.plan.train_groups), read_weights(run))
    return Classifier(backbone, head)
