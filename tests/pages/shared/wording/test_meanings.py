"""Every number and chart has a word on what it is."""

import ast

import pytest

from tests.pages.opened import charts, open_page
from tests.root import ROOT

PAGES = ROOT / "pages"


def calls(function: ast.FunctionDef, *names: str) -> list[ast.Call]:
    """The calls of `name` or `st.name` in a function."""
    found = (node for node in ast.walk(function) if isinstance(node, ast.Call))
    return [call for call in found if (getattr(call.func, "attr", "") or getattr(call.func, "id", "")) in names]


def has_meaning(call: ast.Call) -> bool:
    return any(keyword.arg in ("help", "meaning") for keyword in call.keywords)


SHOWING = [
    pytest.param(function, id=f"{path.relative_to(PAGES)}:{function.name}")
    for path in sorted(PAGES.rglob("*.py"))
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    if isinstance(function, ast.FunctionDef) and calls(function, "metric", "card", "show_chart")
]


@pytest.mark.parametrize("function", SHOWING)
def test_every_number_and_chart_says_what_it_is(function):
    assert all(map(has_meaning, calls(function, "metric"))), "a metric without help"
    assert all(len(call.args) > 3 or has_meaning(call) for call in calls(function, "card")), "a card without a meaning"
    if calls(function, "show_chart"):
        beside = calls(function, "markdown", "caption", "subheader", "header")
        assert any(map(has_meaning, beside)), "a chart without help at its heading"


@pytest.mark.parametrize(
    ("name", "tab"), [("results", "overview"), ("results", "calibration"), ("train", ""), ("runs", "compare")]
)
def test_what_is_shown_of_a_run_is_explained(run, name, tab):
    page = open_page(name, run=run.id, tab=tab, dataset=run.record["dataset"]["id"], split="test")
    assert all(metric.help for metric in page.metric)
    explained = [each for each in (*page.markdown, *page.subheader, *page.caption) if each.proto.help]
    assert len(explained) >= len(charts(page))
