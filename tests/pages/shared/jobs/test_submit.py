"""A run that is asked for twice, as by a double click, is one run."""

from pages.shared.jobs.submit import submit_once
from tlcore.datasets import import_dataset
from tlcore.modules import find_module
from tlcore.plans import suggest_plan


def test_the_same_run_is_queued_once_and_another_one_beside_it(make_images, tmp_path):
    dataset = import_dataset(make_images(tmp_path / "zoo"))
    module = find_module("efficientnet-lite0")
    plan = suggest_plan(dataset, module)
    first = submit_once(dataset, module, plan)
    assert submit_once(dataset, module, plan).id == first.id
    assert submit_once(dataset, module, plan, name="again").id != first.id
    assert submit_once(dataset, module, plan.model_copy(update={"seed": 1})).id != first.id
