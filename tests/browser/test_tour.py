"""The first opening in a real browser: matrix and map before anything is trained, and the path through them."""

import re

from playwright.sync_api import Page, expect

from benchmarks.serving import App, settle
from pages.shared.shell.tour import STEPS
from tests.browser.journey import click_matrix_cell, press, visible_pictures


def test_a_client_is_shown_around_before_anything_is_trained(app: App, page: Page, shoot):
    page.goto(app.url)
    expect(page.get_by_text("A finished run to look at")).to_be_visible(timeout=120_000)
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    shoot(page, "first-opening", full=True)
    page.get_by_test_id("stMain").get_by_role("button", name="Show me around").click()
    for number, step in enumerate(STEPS, start=1):
        expect(page.get_by_text(f"Step {number} of {len(STEPS)}")).to_be_visible()
        expect(page).to_have_url(re.compile(f"tour={number}"))
        settle(page)
        assert page.get_by_test_id("stException").count() == 0, step.page
        shoot(page, f"tour-{number}")
        if (step.page, step.tab) == ("results", ""):
            click_matrix_cell(page, 0)
            expect(visible_pictures(page).first).to_be_visible()
            page.reload()
            expect(page.get_by_text(f"Step {number} of {len(STEPS)}")).to_be_visible()
            settle(page)
        if number < len(STEPS):
            button = page.get_by_role("button", name=f"Next: {STEPS[number].place}")
            button.focus()
            button.press("Enter")
    press(page, "End", exact=True)
    expect(page.get_by_text(f"Step {len(STEPS)} of")).to_have_count(0)
    expect(page.get_by_test_id("stSidebar").get_by_role("button", name="Show me around")).to_be_visible()
