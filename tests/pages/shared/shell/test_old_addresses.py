"""Pages that have become tabs, under the addresses that they had."""

import asyncio
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from starlette.requests import Request
from streamlit.testing.v1 import AppTest

from pages.shared.shell.old_addresses import ROUTES, new_address
from tests.pages.finished_run import run_on
from tests.pages.opened import open_app, open_page, texts
from tlcore.datasets import open_dataset
from tlcore.evaluation.data_issues.find import find_suspects
from tlcore.evaluation.data_issues.kinds import KINDS


def opened(old: str, **query: str) -> AppTest:
    """What an old address leads to."""
    (route,) = [each for each in ROUTES if each.path == f"/{old}"]
    said = urlencode(query).encode()
    scope = {"type": "http", "method": "GET", "path": route.path, "headers": [], "query_string": said}
    answer = asyncio.run(route.endpoint(Request(scope)))
    assert answer.status_code == 307
    url = urlsplit(answer.headers["location"])
    name = url.path.removeprefix("./")
    return open_page(name, **dict(parse_qsl(url.query))) if name else open_app(**dict(parse_qsl(url.query)))


def test_calibration_opens_with_its_run_split_and_view(run):
    page = opened("confidence", run=run.id, split="test", sure="Prediction sets")
    assert page.title[0].value == "Results" and page.session_state["tab"] == "Calibration"
    assert page.segmented_control(key="view").value == "prediction-sets"
    assert page.segmented_control(key="split").value == "test" and page.query_params["run"] == run.id


def test_the_effect_of_fine_tuning_opens_with_its_run_and_view(run):
    page = opened("before_after", run=run.id, **{"before-after": "Matrix by epoch"})
    assert page.title[0].value == "Results" and page.session_state["tab"] == "Fine-tuning"
    assert page.segmented_control(key="view").value == "matrix-by-epoch"


def test_data_issues_open_with_the_run_its_dataset_and_the_kind(run):
    find_suspects(run)
    page = opened("suspects", run=run.id, kind=KINDS["outlier"])
    assert page.title[0].value == "Data" and page.session_state["tab"] == "Data issues"
    assert page.query_params["dataset"] == run.record["dataset"]["id"]
    assert page.selectbox(key="issues-run").value == run.id
    assert page.segmented_control(key="kind").value == "outlier"


def test_a_comparison_opens_with_its_runs(run):
    other = run_on(open_dataset(run.record["dataset"]["id"]))
    page = opened("compare", runs=f"{other.id},{run.id}")
    assert page.title[0].value == "Runs" and page.session_state["tab"] == "Compare"
    assert page.selectbox(key="baseline").value == other.id


@pytest.mark.parametrize("old", ["suspects", "confidence", "before_after", "compare"])
def test_without_a_selection_each_opens_too(old):
    page = opened(old)
    assert not page.exception and page.title[0].value in ("Data", "Results", "Runs") and texts(page)


@pytest.mark.parametrize("old", ["suspects", "confidence", "before_after", "compare"])
def test_a_run_that_is_gone_is_said_to_be(old):
    page = opened(old, run="nothing-000000", runs="nothing-000000")
    assert not page.exception and "There is no such run" in texts(page)


def test_all_of_an_address_is_kept():
    query = [("where", "label:0"), ("where", "split:val"), ("run", "a b&c")]
    assert new_address("compare", query) == "./runs?tab=compare&where=label%3A0&where=split%3Aval&run=a+b%26c"
