"""A plan at a glance: its stages in words, and the settings that are not the defaults."""

from tlcore.plans.descriptions import chosen_settings, in_words
from tlcore.plans.plan import Plan
from tlcore.reports.drawing import as_card


def plan_html(plan: Plan) -> str:
    """The plan for a notebook."""
    return as_card("plan.html", title="Plan", plan=drawn_plan(plan))


def drawn_plan(plan: Plan) -> dict:
    """What the template `plan.html` draws."""
    return {"words": in_words(plan), "settings": chosen_settings(plan)}
