"""A page of the app as a person opens it, without a browser."""

import json

from streamlit.testing.v1 import AppTest

from pages.shared.shell.pages import PAGES
from tests.root import APP


def open_app(**query: str) -> AppTest:
    """The app's first page, with what its address says."""
    page = AppTest.from_file(APP, default_timeout=60)
    for key, value in query.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception
    return page


def open_page(name: str, **query: str) -> AppTest:
    """The page by its key in `PAGES`, with what its address says."""
    page = AppTest.from_file(APP, default_timeout=30).run()
    for key, value in query.items():
        page.query_params[key] = value
    page.switch_page(PAGES[name]["page"]).run()
    assert not page.exception
    return page


def turn_to(page: AppTest, *, tab: str = "", view: str = "") -> AppTest:
    """Opens a tab of the page, a view of that tab, or both, by their names in the address."""
    for key, name in (("tab", tab), ("view", view)):
        if name:
            page.query_params[key] = name
    page.run()
    assert not page.exception
    return page


def texts(page: AppTest) -> str:
    """All that the page says in words."""
    shown = (*page.markdown, *page.caption, *page.info, *page.error, *page.warning, *page.subheader)
    return "\n".join(each.value for each in shown)


def charts(page: AppTest) -> dict[str, dict]:
    """The figures on the page, as Plotly's JSON, by what is said to those who don't see them; in the page's order."""
    shown = [json.loads(each.proto.json) for each in page.get("bidi_component")]
    return {each["alt"]: json.loads(each["figure"]) for each in shown}


def press(page: AppTest, label: str) -> AppTest:
    """Presses the first button of that label."""
    next(button for button in page.button if button.label == label).click()
    return page.run()
