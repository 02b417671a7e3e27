"""What a new workspace shows, and the guided path through it."""

import shutil

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from pages.shared.shell.pages import PAGES
from pages.shared.shell.tour import STEPS
from tests.pages.finished_run import finished_run
from tests.pages.opened import charts, open_app, press, texts
from tlcore import jobs
from tlcore.base.events import EventLog
from tlcore.datasets import import_sample, samples
from tlcore.pipeline import example, tasks
from tlcore.pipeline.example import find_example, set_up_example
from tlcore.runs import delete_run, list_runs


@pytest.fixture(autouse=True)
def with_app_py(monkeypatch):
    """`AppTest` takes `pages/` for the older kind of pages, and draws one again without what stands above it."""
    make = PagesManager.__init__

    def make_newer(manager: PagesManager, *args, **kwargs) -> None:
        make(manager, *args, **kwargs)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", make_newer)


@pytest.fixture(scope="module")
def made_once(tmp_path_factory):
    """A workspace with the example in it."""
    home = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TLCORE_HOME", str(home))
        set_up_example()
    return home


@pytest.fixture
def run(made_once, home):
    """The example, in this test's workspace."""
    shutil.copytree(made_once, home, dirs_exist_ok=True)
    return find_example()


def card(page: AppTest) -> str:
    """The tour's line that says where the person is; empty without one."""
    return next((each.value for each in page.markdown if "Step" in each.value), "")


def go_on(page: AppTest) -> AppTest:
    page.button(key="tour-next").click().run()
    assert not page.exception
    return page


def test_a_new_workspace_opens_on_a_finished_run(new_workspace):
    page = open_app()
    assert "Preparing an example" in texts(page) and not list_runs()
    (job,) = jobs.queue()
    tasks.carry_out(job.folder, job.kind, job.args, EventLog(job.folder))
    EventLog(job.folder).event("done")
    page.run()
    (run,) = list_runs()
    assert run.state == "done" and len(charts(page)) == 2
    assert f"{run.metrics['val']['accuracy']:.1%}" in texts(page)
    press(page, "Open its results")
    assert page.title[0].value == "Results" and not page.exception


def test_it_steps_aside_for_the_first_run_of_ones_own(run, make_images, tmp_path):
    assert len(charts(open_app())) == 2
    finished_run(make_images, tmp_path / "zoo")
    assert not charts(open_app())


def test_the_tour_goes_from_page_to_page_and_back(run):
    page = open_app()
    page.button(key="tour-primary").click().run()
    for number, step in enumerate(STEPS, start=1):
        assert f"Step {number} of {len(STEPS)}" in card(page)
        assert step.words in texts(page) and page.query_params["tour"] == str(number)
        assert page.query_params.get("tab", "") == step.tab
        if step.page not in ("data", "train"):
            assert page.title[0].value == PAGES[step.page]["title"] and page.query_params["run"] == run.id
        if number < len(STEPS):
            go_on(page)
    assert "run" not in page.query_params
    page.button(key="tour-back").click().run()
    assert page.title[0].value == "Predict" and page.query_params["run"] == run.id


def test_it_survives_other_pages_and_a_reload_and_ends_when_told(run):
    page = go_on(open_app(tour="1", dataset=run.record["dataset"]["id"]))
    assert "Step 2" in card(page)
    page.switch_page("runs/page.py").run()
    assert "This step is on Results" in texts(page)
    page.button(key="tour-here").click().run()
    assert page.title[0].value == "Results" and "Step 2" in card(page)
    page.button(key="tour-end").click().run()
    assert not card(page) and "tour" not in page.query_params
    page.button(key="tour-tertiary").click().run()
    assert "Step 1" in card(page)


@pytest.mark.parametrize("step", ["0", "7", "x", "", "²", "1" * 5000])
def test_a_step_that_is_none_is_no_tour(run, step):
    assert not card(open_app(tour=step))


def test_without_the_example_it_goes_through_the_newest_finished_run(run, make_images, tmp_path):
    own = finished_run(make_images, tmp_path / "zoo")
    delete_run(run.id)
    page = open_app()
    page.button(key="tour-tertiary").click().run()
    assert page.query_params["dataset"] == own.record["dataset"]["id"]
    assert go_on(page).query_params["run"] == own.id


def test_without_a_finished_run_it_says_what_is_missing():
    import_sample(samples()[0].name)
    page = open_app()
    page.button(key="tour-tertiary").click().run()
    assert "Train a linear probe" in page.toast[0].value and not card(page) and not page.exception


def test_every_step_is_a_page():
    assert {step.page for step in STEPS} <= set(PAGES)
    assert example.VECTORS.stat().st_size < 2e6
