"""Tabs and views: the address opens them, and a view writes it; a click on a tab needs a real browser."""

import pytest

from tests.pages.opened import open_page, texts


@pytest.mark.parametrize("tab", ["", "overview", "nothing", "Calibration", "x" * 5000, "<b>"])
def test_the_first_tab_is_open_unless_the_address_names_another(run, tab):
    page = open_page("results", run=run.id, tab=tab)
    assert page.session_state["tab"] == "Overview" and "Confusion matrix" in texts(page)


def test_only_the_open_tab_is_drawn(run):
    page = open_page("results", run=run.id, tab="calibration")
    assert page.session_state["tab"] == "Calibration" and "Confusion matrix" not in texts(page)
    assert [tab.label for tab in page.tabs] == ["Overview", "By slice", "Calibration", "Fine-tuning"]


def test_a_view_is_opened_by_its_button_and_stands_in_the_address_unless_it_is_the_first(run):
    page = open_page("results", run=run.id, tab="calibration")
    page.segmented_control(key="view").set_value("threshold").run()
    assert page.query_params["view"] == "threshold" and page.query_params["tab"] == "calibration"
    page.segmented_control(key="view").set_value("calibration").run()
    assert "view" not in page.query_params and not page.exception


@pytest.mark.parametrize("view", ["prediction-sets", "nothing", ""])
def test_a_view_of_another_tab_opens_the_first(run, view):
    page = open_page("results", run=run.id, view=view)
    assert page.segmented_control(key="view").value == "classes"
