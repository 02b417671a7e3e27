"""Results: what one run gave."""

import streamlit as st

from pages.results.by_slice_tab import show_by_slice
from pages.results.calibration_tab import show_calibration_tab
from pages.results.fine_tuning_tab import show_fine_tuning, tell_of_no_change
from pages.results.overview_tab import show_overview
from pages.shared.run.finished import require_result
from pages.shared.shell.tabs import Tab, show_tabs


def tell_of_early() -> None:
    st.info(
        "**This tab needs the result of the whole run.** It is available once the run has finished.",
        icon=":material/hourglass_top:",
    )


st.title("Results")
run, early = require_result("results")
tabs = {
    "overview": Tab("Overview", lambda: show_overview(run, early)),
    "slices": Tab("By slice", lambda: show_by_slice(run, early)),
}
if not early:
    tabs["calibration"] = Tab("Calibration", lambda: show_calibration_tab(run))
    if run.plan.train_groups:
        tabs["fine-tuning"] = Tab("Fine-tuning", lambda: show_fine_tuning(run))
no_fine_tuning = tell_of_early if early else lambda: tell_of_no_change(run)
show_tabs(tabs, {"calibration": tell_of_early, "fine-tuning": no_fine_tuning})
