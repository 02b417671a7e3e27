"""The Module page without a browser or TensorFlow: the catalogue, ways to open a module, and the layer groups."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import tlcore.base.workspace as workspace
from pages.module.catalogue_table import fits, table
from pages.module.layer_groups import trained_at_end
from tests.pages import opened
from tlcore import jobs
from tlcore.base.events import EventLog
from tlcore.datasets import import_dataset
from tlcore.modules import catalogue, find_module
from tlcore.modules.module import LayerGroup, Module, TensorFact, VariableFact
from tlcore.plans import Plan
from tlcore.runs import create_run

BUILT_IN = "efficientnet-lite0"
HANDLE = "https://tfhub.dev/google/tiny/1"


def keep(**facts) -> Module:
    """A module in the workspace, as opening one leaves it."""
    groups = tuple(
        LayerGroup(
            name=name,
            variables=(
                VariableFact(name=f"{name}/kernel", shape=(3, size)),
                VariableFact(name=f"{name}/moving_mean", shape=(size,), trainable=False),
            ),
        )
        for name, size in (("stem", 10), ("block [1](x)", 20), ("top", 70))
    )
    given = {
        "id": "tiny-abc123",
        "name": "tiny",
        "handle": HANDLE,
        "source": "hub",
        "fingerprint": "f",
        "input": TensorFact(shape=(None, None, 3)),
        "outputs": (TensorFact(name="features", shape=(70,)), TensorFact(name="scores", shape=(5,))),
        "output": ("features",),
        "feature_dim": 70,
        "groups": groups,
        "trainable": True,
        "parameters": sum(group.parameters for group in groups),
    }
    module = Module(**(given | facts))
    with workspace.new_folder("modules", module.id) as folder:
        workspace.write_json(folder / "module.json", module.model_dump(mode="json"))
    return module


def open_page(**query) -> AppTest:
    return opened.open_page("module", **query)


def texts(page: AppTest) -> str:
    shown = (*page.markdown, *page.caption, *page.header, *page.error, *page.info, *page.warning)
    return "\n".join(each.value for each in shown)


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


def button(page: AppTest, label: str):
    return next(each for each in page.button if each.label == label)


def last_groups(page: AppTest):
    return next(slider for slider in page.slider if slider.label == "Train the last groups")


def count(page: AppTest) -> str:
    return next(each.value for each in page.markdown if "parameters will be" in each.value)


def tick(page: AppTest, row: int) -> AppTest:
    page.session_state[page.dataframe[0].key] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    page.run()
    assert not page.exception
    return page


def end(job: jobs.Job, result: dict | None = None, **error) -> None:
    """What a worker leaves behind."""
    if result is not None:
        workspace.write_json(job.folder / "result.json", result)
    EventLog(job.folder).event("failed" if error else "done", **error)


def opening() -> jobs.Job:
    return next(job for job in jobs.queue() if job.kind == "open_module")


def test_the_built_in_module_is_chosen_for_a_new_user():
    page = open_page()
    assert page.query_params["module"] == BUILT_IN
    assert [toggle.label for toggle in page.toggle] == list(find_module(BUILT_IN).group_names)
    assert "None of 3,371,008" in count(page)


def test_the_table_shows_the_catalogue_with_blanks_for_what_is_not_known():
    modules = catalogue()
    rows = table([*modules, Module(name="unknown", handle="x", source="hub")])
    assert len(rows) >= 14 and set(rows["Where"]) == {"on this machine", "not fetched yet"}
    last = rows.iloc[-1]
    assert last["Input"] == last["Licence"] == last["Fine-tuning"] == ""
    assert rows["Parameters"].isna().iloc[-1] and rows["Features"].isna().iloc[-1]


def test_the_catalogue_is_filtered_by_words_and_by_what_a_module_can():
    here = Module(id="a", name="Alpha Net", handle="x/1", source="file", licence="MIT", trainable=False)
    away = Module(name="Beta", handle="https://tfhub.dev/net", source="hub", trainable=True)
    assert fits(here, "net mit", []) and not fits(away, "net mit", [])
    assert fits(away, "TF HUB", [])
    assert [fits(module, "", ["On this machine"]) for module in (here, away)] == [True, False]
    assert [fits(module, "", ["Not fetched yet"]) for module in (here, away)] == [False, True]
    assert [fits(module, "", ["On this machine", "Not fetched yet"]) for module in (here, away)] == [True, True]
    assert [fits(module, "", ["Can be fine-tuned"]) for module in (here, away)] == [False, True]


def test_a_search_without_a_hit_says_so_and_keeps_the_chosen_module():
    page = open_page()
    page.text_input(key="catalogue-text").set_value("no such module").run()
    assert "No module matches" in texts(page) and page.query_params["module"] == BUILT_IN


def test_slider_switches_count_and_address_are_in_step():
    keep()
    page = open_page(module="tiny-abc123")
    assert "None of 300" in count(page)
    last_groups(page).set_value(2).run()
    assert [toggle.value for toggle in page.toggle] == [False, True, True]
    assert page.query_params["groups"] == "block [1](x),top"
    assert "270 of 300" in count(page) and "90.0%" in count(page)
    page.toggle[1].set_value(False).run()
    assert last_groups(page).value == 1
    assert page.query_params["groups"] == "top" and "210 of 300" in count(page)
    page.toggle[0].set_value(True).run()
    assert last_groups(page).value == 1
    assert page.query_params["groups"] == "stem,top"
    page.toggle[1].set_value(True).run()
    assert last_groups(page).value == 3 and "300 of 300" in count(page)


def test_the_address_brings_the_groups_back():
    keep()
    page = open_page(module="tiny-abc123", groups="top,gone")
    assert [toggle.value for toggle in page.toggle] == [False, False, True]


@pytest.mark.parametrize(
    ("groups", "number"), [((), 0), (("c",), 1), (("a", "c"), 1), (("a", "b", "c"), 3), (("a",), 0)]
)
def test_the_slider_counts_groups_from_the_output_back(groups, number):
    module = Module(name="m", handle="m", source="file", groups=tuple(LayerGroup(name=n, variables=()) for n in "abc"))
    assert trained_at_end(module, groups) == number


def test_another_module_forgets_the_groups_of_the_last():
    keep()
    page = open_page(module=BUILT_IN, groups="top")
    tick(page, 1)
    assert page.query_params["module"] == "tiny-abc123" and "groups" not in page.query_params


def test_what_can_not_be_fine_tuned_says_why_and_has_no_switches():
    keep(trainable=False, why_not_trainable="It is of TensorFlow 1's form")
    page = open_page(module="tiny-abc123")
    assert "TensorFlow 1's form" in texts(page) and "can't be fine-tuned" in texts(page)
    assert not page.toggle and not [slider for slider in page.slider if slider.key.startswith("last-")]
    assert "Next: train" in labels(page)


def test_a_module_that_takes_no_pictures_says_so_before_training():
    keep(input=TensorFact(shape=(43844, 1)))
    page = open_page(module="tiny-abc123")
    assert "does not take pictures" in page.error[0].value
    assert button(page, "Next: train").disabled


def test_a_module_that_is_not_here_is_fetched_and_then_chosen():
    page = open_page()
    known = next(module for module in catalogue() if not module.local)
    tick(page, 1)
    assert "not on this machine yet" in texts(page)
    page.button(key="fetch").click().run()
    job = opening()
    assert job.args == {"ref": known.handle, "name": known.name}
    end(job, {"module": keep(handle=known.handle, name=known.name).id})
    page.run()
    assert not page.exception and page.query_params["module"] == "tiny-abc123"
    assert len(page.toggle) == 3


def test_a_fetch_that_fails_says_why_until_it_is_dismissed():
    page = open_page()
    page.text_input(key="handle").set_value("https://tfhub.dev/no/such/1").run()
    page.segmented_control(key="handle-range").set_value("0 … 255").run()
    page.button(key="open-handle").click().run()
    job = opening()
    assert job.args == {"ref": "https://tfhub.dev/no/such/1", "value_range": "0,255"}
    end(job, title="There is no such module", detail="404", hint="Check the handle", traceback="Traceback: deep")
    page.run()
    assert "There is no such module" in page.error[0].value and "Check the handle" in page.error[0].value
    assert page.code[0].value == "Traceback: deep"
    assert page.query_params["module"] == BUILT_IN
    page.button(key="dismiss-opening").click().run()
    assert not page.error


def test_opening_can_be_cancelled():
    page = open_page()
    page.text_input(key="handle").set_value("https://tfhub.dev/big/1").run()
    page.button(key="open-handle").click().run()
    job = opening()
    page.button(key=f"cancel-{job.id}").click().run()
    assert job.state == "cancelled"
    page.run()
    assert "was cancelled" in texts(page) and not page.exception


def test_files_are_opened_only_where_the_owner_allows_it(monkeypatch):
    page = open_page()
    assert "TLCORE_ALLOW_MODULE_FILES=1" in texts(page) and "is a program" in texts(page)
    assert "Open it" not in labels(page)
    monkeypatch.setenv("TLCORE_ALLOW_MODULE_FILES", "1")
    page = open_page()
    assert "is a program" in texts(page) and "Open it" in labels(page)


def test_uploaded_module_files_stay_until_the_work_has_ended(monkeypatch):
    monkeypatch.setenv("TLCORE_ALLOW_MODULE_FILES", "1")
    page = open_page()
    page.file_uploader[0].upload("mine.tar.gz", b"archive", "application/gzip").run()
    page.button(key="open-files").click().run()
    job = opening()
    assert Path(job.args["ref"]).read_bytes() == b"archive"
    assert job.args["name"] == "mine"
    end(job, title="This is no SavedModel", detail="mine.tar.gz", hint="")
    page.run()
    assert not Path(job.args["ref"]).exists() and len(page.error) == 1


def test_another_output_opens_the_module_again():
    keep()
    page = open_page(module="tiny-abc123")
    again = "again-tiny-abc123"
    assert page.button(key=again).disabled
    page.multiselect(key="outputs-tiny-abc123").set_value(["features", "scores"]).run()
    page.button(key=again).click().run()
    assert opening().args == {
        "ref": "tiny-abc123",
        "name": "tiny, features + scores",
        "output": ["features", "scores"],
        "value_range": "0,1",
    }


def test_a_fine_tuned_run_is_exported_and_opened(make_images, tmp_path):
    dataset = import_dataset(make_images(tmp_path / "set"))
    run = create_run(dataset, find_module(BUILT_IN), Plan(train_groups=("top",)), name="fine")
    assert "No run has fine-tuned" in texts(open_page())
    (run.folder / "result").mkdir()
    result = {"seconds": {}, "trainable_parameters": 1, "metrics": {}, "baselines": {}}
    workspace.write_json(run.folder / "result" / "metrics.json", result)
    EventLog(run.folder).event("done")
    page = open_page()
    page.button(key="open-run").click().run()
    export = next(job for job in jobs.queue() if job.kind == "export")
    assert export.args == {"run": run.id, "format": "savedmodel"}
    end(export, {"path": str(export.folder / "out"), "files": []})
    page.run()
    job = opening()
    assert job.args["ref"] == str(export.folder / "out") and job.args["name"] == "fine"
    end(job, {"module": keep(source="run", name="fine").id})
    page.run()
    assert not page.exception and page.query_params["module"] == "tiny-abc123"


def test_deleting_names_the_runs_that_use_the_module(make_images, tmp_path):
    module = keep()
    run = create_run(import_dataset(make_images(tmp_path / "set")), module, Plan(), name="used here")
    page = open_page(module=module.id)
    button(page, "Delete this module").click().run()
    assert "used here" in texts(page) and "in progress" in texts(page)
    assert page.button(key="delete-module").disabled
    EventLog(run.folder).event("done")
    button(page, "Delete this module").click().run()
    assert "used here" in texts(page) and "in progress" not in texts(page)
    button(page, "Delete this module").click()  # keeps the dialog open: AppTest has no fragments
    page.button(key="delete-module").click().run()
    assert find_module(module.id) is None and page.query_params["module"] == BUILT_IN


def test_the_built_in_module_can_not_be_deleted():
    assert "Delete this module" not in labels(open_page())


def test_an_unknown_module_in_the_address_is_said():
    page = open_page(module="gone-123456")
    assert "gone\\-123456" in page.error[0].value and page.query_params["module"] == BUILT_IN


def test_from_the_data_page_over_the_layer_groups_to_the_train_page(make_images, tmp_path):
    dataset = import_dataset(make_images(tmp_path / "set"))
    page = opened.open_app(dataset=dataset.id)
    button(page, "Choose a module").click().run()
    last_groups(page).set_value(2).run()
    button(page, "Next: train").click().run()
    assert not page.exception and page.title[0].value == "Train"
    assert "block 16, top" in texts(page)


def test_an_opening_is_followed_after_a_reload_and_no_other_job_is_taken_for_one():
    job = jobs.submit("open_module", {"ref": HANDLE})
    page = open_page(opening=job.id)
    assert f"cancel-{job.id}" in [each.key for each in page.button]
    for other in (jobs.submit("map", {}).id, "gone-123456", "../x"):
        page = open_page(opening=other)
        assert not page.error and not [each for each in page.button if each.label == "Cancel"]


def test_a_classifier_s_answer_is_pointed_out_and_an_inner_output_opened():
    scores = TensorFact(name="default", shape=(3,))
    inner = (TensorFact(name="pooled", shape=(70,)),)
    keep(outputs=(scores,), output=("default",), feature_dim=3, answer="softmax", inner_outputs=inner)
    page = open_page(module="tiny-abc123")
    assert "3 numbers that sum to one" in page.warning[0].value
    page.button(key="use-inner").click().run()
    assert opening().args == {
        "ref": "tiny-abc123",
        "name": "tiny, pooled",
        "output": ["pooled"],
        "value_range": "0,1",
    }


def test_the_expected_pixel_range_is_shown_with_what_says_so_and_can_be_set():
    keep(value_range=(0.0, 255.0), values_source="graph")
    page = open_page(module="tiny-abc123")
    assert "Expected pixel range" in texts(page)
    assert "0 … 255 \\(from its first operations\\)" in texts(page)
    page.segmented_control(key="range-tiny-abc123").set_value("ImageNet mean and std").run()
    page.button(key="again-tiny-abc123").click().run()
    assert opening().args["value_range"] == "imagenet"


def test_a_pasted_line_of_code_says_which_address_is_taken():
    page = open_page()
    page.text_input(key="handle").set_value(f'hub.KerasLayer("{HANDLE}", trainable=True)').run()
    assert any("Address taken" in each.value for each in page.caption)
    page.button(key="open-handle").click().run()
    assert opening().args == {"ref": HANDLE}
