"""Two processes that change datasets at the same moment do each other no harm."""

import subprocess
import sys
import time

import pytest

from tlcore.datasets import import_dataset, list_datasets, open_dataset, store
from tlcore.datasets.editing import edits

START = """
import sys, time
from pathlib import Path
from tlcore import datasets
go, which, argument = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
go.with_name(f"ready{which}").touch()
while not go.exists():
    time.sleep(0.001)
"""


@pytest.fixture
def at_once(tmp_path):
    """Runs code in two processes that begin in the same moment, with `which` 0 and 1; gives what they print."""

    def run(code: str, argument: str) -> list[str]:
        go = tmp_path / "go"
        workers = [
            subprocess.Popen(
                [sys.executable, "-c", START + code, str(go), str(which), argument],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for which in range(2)
        ]
        deadline = time.monotonic() + 120
        while not all((tmp_path / f"ready{which}").exists() for which in range(2)):
            assert all(worker.poll() is None for worker in workers) and time.monotonic() < deadline
            time.sleep(0.01)
        go.touch()
        told = [worker.communicate(timeout=60) for worker in workers]
        assert [worker.returncode for worker in workers] == [0, 0], told
        return [out.strip() for out, _ in told]

    return run


def test_the_same_import_twice_gives_one_dataset(at_once, make_images, tmp_path):
    folder = make_images(tmp_path / "set", {"a": 40, "b": 40})
    ids = at_once("print(datasets.import_dataset(argument).id)", str(folder))
    (dataset,) = list_datasets()
    assert ids == [dataset.id] * 2
    assert all((dataset.folder / file).exists() for file in dataset.examples["file"])


def test_unlike_imports_of_one_name_get_two(at_once, make_images, tmp_path):
    folder = make_images(tmp_path / "set")
    at_once("datasets.import_dataset(argument, seed=which)", str(folder))
    assert {dataset.name for dataset in list_datasets()} == {"set", "set (2)"}


def test_edits_made_at_the_same_moment_are_all_in_force(at_once, make_images, tmp_path):
    dataset = import_dataset(make_images(tmp_path / "set"))
    code = (
        "argument, *ids = argument.split()\n"
        "dataset = datasets.open_dataset(argument)\n"
        "for id in ids[1 + which : 7 : 2] + ids[9 + which :: 2]: datasets.edits.leave_out(dataset, [id], by=str(which))"
        "\nfor seed in range(9): datasets.resplit_dataset(argument, 2 * seed + which, (0.5, 0.25, 0.25))\n"
        "for n in range(15): datasets.describe_dataset(argument, f'{which} {n}', '')"
    )
    ids = dataset.examples["id"].tolist()
    at_once(code, " ".join([dataset.id, *ids]))
    after = open_dataset(dataset.id)
    assert after.examples["id"].tolist() == [ids[0], ids[7], ids[8]]
    assert after.fingerprint == store.fingerprint(after.examples, after.class_names)
    history = edits.history(after)
    assert [edit.id for edit in history] == list(range(1, 13 + 18 + 1))
    assert sum(edit.by == "0" for edit in history) == 7
    assert after.seed in (16, 17)
    assert after.description in ("0 14", "1 14")
    stored = {path.name for path in dataset.folder.iterdir()}
    assert stored == {"dataset.json", "examples.parquet", "files", "edits.jsonl", "imported.parquet"}
