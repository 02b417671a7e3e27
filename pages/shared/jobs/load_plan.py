"""What the form of a plan begins with: the suggestion, or a plan brought from a file or an earlier run."""

import streamlit as st

from pages.shared.shell.pages import go_to
from pages.shared.shell.selection import select, select_groups
from pages.shared.wording.formatting import escape
from tlcore.datasets.dataset import Dataset
from tlcore.modules.module import Module
from tlcore.plans import Plan, make_plan, suggest_plan
from tlcore.runs import Run

_KEY = "brought_plan"


def load_plan(plan: Plan, source: str) -> None:
    """Makes the Train page begin with a plan, its layer groups switched on; `source` says where it is from."""
    st.session_state[_KEY] = {"plan": plan.model_dump(), "source": source}
    select_groups(plan.train_groups)


def duplicate(run: Run) -> None:
    """Opens the Train page with a run's dataset, module and plan, ready to be edited."""
    select(dataset=run.record["dataset"]["id"], module=run.record["module"]["id"], run="")
    load_plan(run.plan, f"the run “{run.name}”")
    go_to("train")


def forget_brought_plan() -> None:
    st.session_state.pop(_KEY, None)


def starting_plan(dataset: Dataset, module: Module, groups: tuple[str, ...]) -> tuple[Plan, dict[str, str]]:
    """The plan to begin with and the reasons of the suggestion; says where a brought one came from."""
    suggested = suggest_plan(dataset, module, groups)
    brought = st.session_state.get(_KEY)
    if brought is None:
        return suggested, suggested.reasons
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f":material/content_copy: These settings come from {escape(brought['source'])}.")
        st.button("Use the suggested plan", icon=":material/undo:", on_click=forget_brought_plan)
    return make_plan({**brought["plan"], "train_groups": groups}), suggested.reasons
