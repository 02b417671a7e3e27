"""The Python interface does what design.md shows, in this process and without a supervisor."""

import numpy as np
import pandas as pd
import pytest

import tlcore
from tests.command_line import write_pictures
from tests.modules.hub_server import packed, serve
from tests.modules.tiny import write_batch_norm_module
from tlcore import jobs, runs
from tlcore.base.events import read_events
from tlcore.base.progress import Progress
from tlcore.base.work import is_worked_on


@pytest.fixture
def dataset(tmp_path):
    folder = write_pictures(tmp_path / "pictures", {"red": (200, 40, 40), "blue": (40, 40, 200)}, 12)
    return tlcore.import_dataset(folder, name="colours")


@pytest.fixture
def module(tmp_path):
    return tlcore.open_module(str(write_batch_norm_module(tmp_path / "module")))


def test_the_whole_way(dataset, module, tmp_path):
    vectors = tlcore.extract_features(dataset, module)
    assert vectors.shape == (len(dataset.examples), module.feature_dim)
    assert vectors.dtype == np.float32
    plan = tlcore.suggest_plan(dataset, module)
    run = tlcore.train(dataset, module, plan, name="first")
    assert (run.name, run.state) == ("first", "done")
    assert run.metrics["test"]["n"] == dataset.splits["test"]
    assert list(run.predictions.ids) == list(dataset.examples["id"])
    matrix = run.confusion_matrix()
    truth = run.predictions.only("test").labels
    assert matrix.sum(axis=1).tolist() == np.bincount(truth, minlength=2).tolist()
    picture = dataset.file(dataset.examples["id"][0])
    table = tlcore.open_run(run.id).predict([picture])
    assert isinstance(table, pd.DataFrame)
    assert table.loc[0, "path"] == str(picture)
    assert table.loc[0, ["red", "blue"]].sum() == pytest.approx(1, abs=1e-5)
    of_folder = run.predict(tmp_path / "pictures")
    assert len(of_folder) >= len(dataset.examples) and (of_folder["problem"] == "").sum() == len(dataset.examples)


def test_a_run_is_listed_and_exported_and_its_dataset_and_module_are_listed(dataset, module, tmp_path):
    run = tlcore.train(dataset, module)
    (listed,) = tlcore.list_runs()
    exported = listed.export("predictions", tmp_path / "out")
    assert (listed.id, exported["files"]) == (run.id, ["predictions.csv"])
    assert tlcore.list_datasets() == [dataset]
    assert module in tlcore.catalogue()


def test_every_name_that_is_promised_is_there():
    assert all(getattr(tlcore, name) for name in tlcore.__all__)
    with pytest.raises(AttributeError, match="nothing_such"):
        _ = tlcore.nothing_such


def test_things_are_named_by_id_name_handle_or_path(dataset, module, tmp_path):
    for ref in (dataset.id, "colours", tmp_path / "pictures", str(tmp_path / "pictures")):
        assert len(tlcore.extract_features(ref, module)) == len(dataset.examples)
    for ref in (module.id, module.name, module.handle, tmp_path / "module"):
        assert len(tlcore.extract_features(dataset, ref)) == len(dataset.examples)


def test_a_served_module_is_fetched_once_and_fine_tuned_with_the_server_gone(dataset, tmp_path, monkeypatch):
    with serve() as hub:
        monkeypatch.setenv("TLCORE_MODULE_HOSTS", hub.url)
        hub.modules["/tiny/1"] = packed(write_batch_norm_module(tmp_path / "served"))
        handle = f"{hub.url}/tiny/1"
        groups = tlcore.open_module(handle).last_groups(1)
    run = tlcore.train(dataset, handle, tlcore.Plan(train_groups=groups, epochs=1))
    assert (run.state, run.record["module"]["handle"]) == ("done", handle)
    assert run.result["trainable_parameters"] == tlcore.open_module(handle).trainable_parameters(groups) + 2 * 2 + 2
    assert len(hub.asked) == 1


@pytest.mark.parametrize(("dataset_ref", "module_ref"), [("nothing", "efficientnet-lite0"), (None, "nothing")])
def test_what_is_not_there_is_a_user_error(dataset, dataset_ref, module_ref):
    with pytest.raises(tlcore.UserError, match="nothing"):
        tlcore.train(dataset_ref or dataset, module_ref)
    assert runs.list_runs() == []


def test_a_run_in_this_process_is_never_waiting_and_says_whose_it_is(dataset, module):
    class Listener(Progress):
        seen = []

        def event(self, kind, **fields):
            (run,) = runs.list_runs()
            self.seen.append((run.state, is_worked_on(run.folder), len(jobs.queue())))

    run = tlcore.train(dataset, module, progress=Listener())
    assert set(Listener.seen[:-1]) == {("running", True, 0)}
    first = read_events(run.folder)[0]
    assert (first["event"], first["worker"]) == ("start", False)


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (KeyboardInterrupt(), "cancelled"),
        (tlcore.UserError("It is wrong", "here", "mend it"), "failed"),
        (ZeroDivisionError("a defect"), "failed"),
    ],
)
def test_what_ends_a_run_is_raised_and_written(dataset, module, error, state):
    class Listener(Progress):
        def event(self, kind, **fields):
            if kind == "stage" and fields["name"] == "evaluation":
                raise error

    with pytest.raises(type(error)):
        tlcore.train(dataset, module, progress=Listener())
    (run,) = runs.list_runs()
    assert run.state == state
    assert (run.folder / "result").exists() == (state == "failed")
    last = read_events(run.folder)[-1]
    assert bool(last.get("traceback")) == isinstance(error, ZeroDivisionError)
