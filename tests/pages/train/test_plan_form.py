"""The form of a plan has every setting that takes effect in it, and no other."""

import pytest
from streamlit.testing.v1 import AppTest

from tlcore.modules import find_module
from tlcore.plans import NO_AUGMENTATION, Plan
from tlcore.plans.effective import takes_effect

ELSEWHERE = {"train_groups", "hidden_units"}  # chosen on the Module page; drawn as a number of layers and their units


def draw(settings):
    from pages.train.plan_form import PlanForm
    from tlcore.modules import find_module
    from tlcore.plans import make_plan

    form = PlanForm(make_plan(settings), {}, "form")
    form.draw(find_module("efficientnet-lite0"))
    form.draw_augmentation()


@pytest.mark.parametrize("hidden", [(), (8,)])
@pytest.mark.parametrize("groups", [0, 1])
@pytest.mark.parametrize("more", [{}, {"optimizer": "sgd", **NO_AUGMENTATION}])
def test_every_setting_that_takes_effect_is_in_the_form_and_no_other(hidden, groups, more):
    module = find_module("efficientnet-lite0")
    plan = Plan(hidden_units=hidden, train_groups=module.last_groups(groups), **more)
    page = AppTest.from_function(draw, args=(plan.model_dump(),), default_timeout=60).run()
    assert not page.exception
    widgets = [*page.number_input, *page.selectbox, *page.slider, *page.multiselect, *page.get("button_group")]
    drawn = {name for name in Plan.model_fields if any(widget.key == f"form-{name}" for widget in widgets)}
    effective = {name for name in Plan.model_fields if takes_effect(name, plan)}
    assert drawn == effective - ELSEWHERE
