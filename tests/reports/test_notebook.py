"""The notebook makes the run again: in its own workspace, and from the archive in a new one."""

import ast
import json
import shutil
from pathlib import Path

import nbclient
import nbformat
import numpy as np
import pytest
from PIL import Image

import tlcore
from tests.drawn import HOSTILE
from tests.modules.tiny import write_batch_norm_module
from tests.pages.finished_run import run_on
from tests.root import ROOT
from tlcore.base.errors import UserError
from tlcore.datasets import delete_dataset, import_dataset
from tlcore.datasets.editing import edits
from tlcore.modules import open_module
from tlcore.plans import Plan
from tlcore.reports.notebook import notebook


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("notebook")


@pytest.fixture(scope="module")
def archive(folder) -> Path:
    random = np.random.default_rng(0)
    for place, (name, count) in enumerate({"red": 14, "green": 10, "blue": 14}.items()):
        (folder / "colours" / name).mkdir(parents=True)
        for number in range(count):
            pixels = random.integers(0, 120, (20, 20, 3))
            pixels[..., place] += 60
            Image.fromarray(pixels.astype(np.uint8)).save(folder / "colours" / name / f"{number}.png")
    return Path(shutil.make_archive(str(folder / "colours"), "zip", folder / "colours"))


@pytest.fixture(scope="module")
def trained(folder, archive):
    """A run on an edited dataset, with a module that was opened with choices of its own; made once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TLCORE_HOME", str(folder / "home"))
        module = open_module(str(write_batch_norm_module(folder / "tiny")), input_shape=(12, 12, 3))
        dataset = import_dataset(archive, seed=3, fractions=(0.6, 0.2, 0.2))
        ids = dataset.examples["id"].tolist()
        dataset = edits.tag(edits.correct_label(dataset, ids[:2], "green"), ids[:1], "odd")
        dataset = edits.undo(edits.leave_out(edits.rename_class(dataset, "red", "it's “red”"), ids[5:8]), 1)
        plan = Plan(train_groups=module.last_groups(1), epochs=2, batch_size=8, seed=5, augment_flip="horizontal")
        return tlcore.train(edits.leave_out(dataset, ids[8:9]), module, plan, name="first")


@pytest.fixture
def run(trained, folder, monkeypatch):
    monkeypatch.setenv("TLCORE_HOME", str(folder / "home"))
    return trained


def code(run) -> list[str]:
    return [cell.source for cell in notebook(run).cells if cell.cell_type == "code"]


def run_here(sources: list[str]) -> dict:
    """Runs the cells in this process, in which TensorFlow is loaded already."""
    names = {"__name__": "notebook"}
    for source in sources:
        exec(compile(source, "<cell>", "exec"), names)
    return names


def test_in_its_own_workspace_it_makes_the_run_again_whatever_was_mended_since(run):
    dataset = tlcore.open_dataset(run.record["dataset"]["id"])
    edits.merge_classes(dataset, ["blue", "green"], "cold")
    names = run_here(code(run))
    assert names["run"].id != run.id and names["run"].metrics == run.metrics
    assert names["run"].record["dataset"] == run.record["dataset"]


def test_executed_in_a_new_workspace_it_comes_to_the_same_metrics(run, archive, tmp_path, monkeypatch):
    made = notebook(run)
    nbformat.validate(made)
    start = made.cells[1]
    start.source = start.source.replace(repr(run.record["dataset"]["id"]), repr(str(archive)))
    start.source = start.source.replace('PROJECT = "."', f"PROJECT = {str(ROOT)!r}")
    monkeypatch.setenv("TLCORE_HOME", str(tmp_path / "elsewhere"))
    nbclient.NotebookClient(
        made, timeout=300, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()
    (again,) = tlcore.list_runs()
    assert again.metrics == run.metrics and again.id != run.id
    shown = [
        output.data for cell in made.cells if cell.cell_type == "code" for output in cell.outputs if "data" in output
    ]
    assert sum('<div class="tlcore">' in data.get("text/html", "") for data in shown) == 4


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_literals(name, make_images, tmp_path):
    dataset = import_dataset(make_images(tmp_path / "zoo", {"ants": 12, "bees": 12}), fractions=(0.5, 0.25, 0.25))
    dataset = edits.rename_class(dataset, "ants", name)
    made = notebook(run_on(dataset))
    texts = []
    for cell in made.cells:
        if cell.cell_type == "markdown":
            assert name not in cell.source
        else:
            texts += [node.value for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Constant)]
    assert dataset.class_names[0] in texts or dataset.class_names[1] in texts
    assert json.loads(nbformat.writes(made))["nbformat"] == 4


def test_what_can_not_be_made_again_is_refused(make_images, tmp_path):
    dataset = import_dataset(make_images(tmp_path / "zoo"), fractions=(0.5, 0.25, 0.25))
    run = run_on(dataset)
    record = json.loads((run.folder / "run.json").read_text())
    record["module"]["fingerprint"] = "another"
    other = shutil.copytree(run.folder, run.folder.with_name("other"))
    (other / "run.json").write_text(json.dumps(record))
    with pytest.raises(UserError, match="module has changed"):
        notebook(tlcore.open_run("other"))
    delete_dataset(dataset.id)
    with pytest.raises(UserError, match="dataset is gone"):
        notebook(run)
