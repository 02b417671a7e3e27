"""Navigation and theme; each page is a file beside this one."""

import streamlit as st

from pages.shared.jobs.first_opening import open_workspace
from pages.shared.media.why import close_elsewhere
from pages.shared.shell.freeze_gc import freeze_gc
from pages.shared.shell.pages import SECTIONS, make_page
from pages.shared.shell.sidebar import show_selection
from pages.shared.shell.tour import show_tour
from pages.shared.wording.formatting import errors_shown
from tlcore import jobs

st.set_page_config(page_title="Transfer-learning workbench", page_icon=".streamlit/icon.png", layout="wide")

page = st.navigation({title: [make_page(name) for name in names] for title, names in SECTIONS.items()})
try:
    with errors_shown():
        open_workspace()
        show_selection()
        show_tour(page.title)
        close_elsewhere()
        page.run()
finally:  # also when the page stops early; after it, so that the first page need not share the processor
    with errors_shown():
        jobs.ensure_supervisor()
    freeze_gc()
