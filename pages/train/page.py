"""Train: a plan, every setting of it, and the run as it goes."""

import hashlib
import json

import streamlit as st

from pages.shared.jobs.load_plan import forget_brought_plan, load_plan, starting_plan
from pages.shared.jobs.submit import submit_once
from pages.shared.shell.pages import go_to, link_to
from pages.shared.shell.required import require_dataset, require_module
from pages.shared.shell.selection import selected_groups
from pages.shared.wording.formatting import count, duration, escape, millions, share, show_error
from pages.shared.wording.meanings import MEANING
from pages.train.augmentation_preview import show_preview
from pages.train.plan_form import PlanForm
from pages.train.run_progress import follow
from tlcore import jobs
from tlcore.base.errors import UserError
from tlcore.datasets.dataset import Dataset
from tlcore.modules.module import Module
from tlcore.plans import Plan, make_plan
from tlcore.runs import check_plan, open_run
from tlcore.training.estimate import estimate_seconds


def new_run() -> None:
    st.title("Train")
    dataset, module = require_dataset(), require_module()
    show_queue()
    groups = selected_groups(module)
    start, reasons = starting_plan(dataset, module, groups)
    show_what_trains(dataset, module, groups)
    form = PlanForm(start, reasons, key=form_key(dataset, module, start))
    form.draw(module)
    if groups:
        with st.expander("Augmentation", icon=":material/auto_fix_high:"):
            form.draw_augmentation()
            preview_area = st.container()
    plan = checked(form.settings)
    if plan:
        if groups:
            with preview_area:
                show_preview(dataset, plan)
        start_run(dataset, module, plan)
    plan_file(plan)


def form_key(dataset: Dataset, module: Module, start: Plan) -> str:
    text = f"{dataset.fingerprint} {module.fingerprint} {start.to_json()}"
    return f"plan-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def show_what_trains(dataset: Dataset, module: Module, groups: tuple[str, ...]) -> None:
    splits = dataset.splits
    with st.grid(columns=3, min_column_width=230, gap="small"):
        with st.container(border=True, height="stretch"):
            st.markdown(f":material/photo_library: **{escape(dataset.name)}**")
            parts = ", ".join(f"{number:,} {split}" for split, number in splits.items())
            st.caption(f"{count(len(dataset.class_names), 'class', 'classes')}; {parts}")
        with st.container(border=True, height="stretch"):
            st.markdown(f":material/layers: **{escape(module.name)}**")
            st.caption(
                f"{millions(module.parameters)} parameters; feature vectors of length {module.feature_dim or '–'}"
            )
        with st.container(border=True, height="stretch"):
            trained = module.trainable_parameters(groups)
            total = module.trainable_parameters(module.group_names)
            if groups:
                st.markdown(
                    f":material/lock_open: **{count(len(groups), 'layer group')} trained**",
                    help=MEANING["values trained"],
                )
                st.caption(
                    f"{escape(', '.join(groups))}: {millions(trained)} of {millions(total)} parameters "
                    f"({share(trained / total if total else 0)}), and the head"
                )
            else:
                st.markdown(":material/lock: **Linear probe only**")
                st.caption("All layer groups stay frozen. Switch some on to fine-tune them.")
            link_to("module", "Change layer groups")


def start_run(dataset: Dataset, module: Module, plan: Plan) -> None:
    try:
        check_plan(plan, dataset, module)
    except UserError as error:
        show_error(error)
        return
    seconds, basis = estimate_seconds(dataset, module, plan)
    with st.container(border=True):
        stages = {"probe": "linear probe", "head": "head with hidden layers", "fine-tune": "fine-tuning"}
        st.markdown(
            f"**{' → '.join(stages[stage] for stage in plan.stages).capitalize()}**, about **{duration(seconds)}**",
            help=MEANING["estimate"],
        )
        st.caption(escape(basis))
        with st.container(horizontal=True, vertical_alignment="bottom"):
            name = st.text_input("Name of the run", placeholder=f"{dataset.name} · {module.name}"[:80], max_chars=200)
            if st.button("Train", type="primary", icon=":material/play_arrow:"):
                run = submit_once(dataset, module, plan, name=name)
                forget_brought_plan()
                go_to("train", run=run.id)


def plan_file(plan: Plan | None) -> None:
    """Takes a plan out of the page and brings one in."""
    with st.expander("Plan file", icon=":material/data_object:"):
        st.caption("The same plan on the command line: `python -m tlcore train DATASET --module M --plan plan.json`")
        if plan:
            st.download_button(
                "Download this plan", plan.to_json(), "plan.json", "application/json", icon=":material/download:"
            )
        file = st.file_uploader("Open a plan", type="json", key="plan-file")
        if file and st.button("Use this plan", icon=":material/upload_file:"):
            try:
                brought = make_plan(read_upload(file))
            except UserError as error:
                show_error(error)
                return
            load_plan(brought, file.name)
            st.rerun()


def read_upload(file) -> object:
    try:
        return json.loads(file.getvalue())
    except (ValueError, RecursionError) as error:
        raise UserError(
            "The plan is not valid JSON", f"{file.name}: {error}", "Use a plan downloaded from this page"
        ) from None


def checked(settings: dict[str, object]) -> Plan | None:
    try:
        return make_plan(settings)
    except UserError as error:
        show_error(error)
        return None


def show_queue() -> None:
    """Runs that wait or are under way, each with a way to follow it."""
    for run in jobs.queue():
        if run.kind == "train":
            with st.container(horizontal=True, vertical_alignment="center"):
                record = open_run(run.id)
                st.caption(f":material/hourglass_top: {escape(record.name)} is {record.state}")
                if st.button("Follow", key=f"follow-{run.id}", type="tertiary"):
                    go_to("train", run=run.id)


if "run" in st.query_params:
    follow()
else:
    new_run()
