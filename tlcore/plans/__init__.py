"""What to train and how, as plain data: written, suggested, and in words."""

from tlcore.plans.plan import NO_AUGMENTATION, Plan, make_plan, read_plan
from tlcore.plans.suggest import suggest_plan

__all__ = ["NO_AUGMENTATION", "Plan", "make_plan", "read_plan", "suggest_plan"]
