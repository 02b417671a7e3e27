"""Whether a plan can be carried out on a dataset with a module."""

from tlcore.base.errors import UserError
from tlcore.datasets.dataset import Dataset
from tlcore.modalities import modality_of
from tlcore.modules.module import Module
from tlcore.plans import Plan


def check_plan(plan: Plan, dataset: Dataset, module: Module) -> None:
    """Raises a `UserError` when a plan can't be carried out on this dataset with this module."""
    unknown = [group for group in plan.train_groups if group not in module.group_names]
    if plan.train_groups and not module.trainable:
        raise UserError(
            "This module can't be fine-tuned",
            module.why_not_trainable,
            "Train the linear probe alone, or choose another module",
        )
    if unknown:
        raise UserError(
            "The module has no such layer groups",
            ", ".join(unknown),
            f"Its groups are: {', '.join(module.group_names)}",
        )
    if plan.train_groups and plan.batch_norm == "update":
        everything = set(plan.train_groups) == set(module.group_names)
        if module.batch_norm_update == "never" or (module.batch_norm_update == "all" and not everything):
            needs_all = module.batch_norm_update == "all"
            raise UserError(
                "This module's batch-norm statistics can't be updated"
                + (" unless every layer group trains" if needs_all else ""),
                f"batch_norm is “update”, and {len(plan.train_groups)} of {len(module.groups)} groups train",
                "Set batch_norm to “freeze”" + (", or train every group" if needs_all else ""),
            )
    if module.modality != dataset.modality:
        raise UserError(
            "The module does not fit the dataset",
            f"The dataset holds {modality_of(dataset.modality).noun.many}, which {module.name} does not take",
            "Choose another module",
        )
    if untrained := dataset.untrained_classes:
        raise UserError(
            "A class has no examples to learn from",
            f"None in train: {', '.join(f'“{name[:80]}”' for name in untrained[:10])}",
            "Give this label to more examples, split the dataset again, or merge the class into another",
        )
