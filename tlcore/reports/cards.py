"""What a notebook draws of a dataset, a module, a plan and a run. `tlcore.api` imports it, so that it is registered."""

from tlcore.base.rich_display import draws
from tlcore.datasets.dataset import Dataset
from tlcore.modules.module import Module
from tlcore.plans.plan import Plan
from tlcore.runs import Run

# Each card is imported when it is drawn: whoever draws none waits for no templates.


@draws(Dataset)
def _dataset(dataset: Dataset) -> str:
    from tlcore.reports.dataset_card import dataset_html

    return dataset_html(dataset)


@draws(Module)
def _module(module: Module) -> str:
    from tlcore.reports.module_card import module_html

    return module_html(module)


@draws(Plan)
def _plan(plan: Plan) -> str:
    from tlcore.reports.plan_card import plan_html

    return plan_html(plan)


@draws(Run)
def _run(run: Run) -> str:
    from tlcore.reports.run_card import run_html

    return run_html(run)
