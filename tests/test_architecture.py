"""The house keeps its walls: rooms in order, no Streamlit in the engine, no TensorFlow in the app's process."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.root import ROOT

ROOMS = (
    "base", "modalities", "datasets", "modules", "features", "plans", "runs", "training", "evaluation", "reports",
    "exports", "jobs", "pipeline", "api", "cli", "__main__",
)  # fmt: skip
FILES = sorted(path for path in (ROOT / "tlcore").rglob("*.py"))
HEAVY = ("tensorflow", "keras", "tf_keras", "tensorflow_hub", "tensorflow_text", "torch", "umap")


def imports(path: Path) -> set[str]:
    """The full names of all that a file imports, inside functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def room_of(name: str) -> str | None:
    """The room that a module of ours lies in; None for all else."""
    parts = name.split(".")
    return parts[1] if parts[0] == "tlcore" and len(parts) > 1 else None


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_imports_only_from_rooms_above_it(path):
    room = path.relative_to(ROOT / "tlcore").parts[0].removesuffix(".py")
    # the package itself names what lies in its Python interface, imported on first use
    allowed = {"api"} if room == "__init__" else set(ROOMS[: ROOMS.index(room) + 1])
    used = {room_of(name) for name in imports(path)} - {None}
    assert used <= allowed


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_in_the_engine_imports_streamlit(path):
    assert not [name for name in imports(path) if name.split(".")[0] == "streamlit"]


def modules_after(code: str) -> set[str]:
    """The top-level names of all that a fresh process has imported after some code."""
    report = "; import sys, json; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    done = subprocess.run([sys.executable, "-c", code + report], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def imported_by_the_app() -> list[str]:
    """Everything of ours that `app.py` and the pages import at their top or in their functions."""
    files = [ROOT / "app.py", *(ROOT / "pages").rglob("*.py")]
    names = {name for path in files for name in imports(path) if name.startswith(("tlcore.", "pages."))}
    return sorted(names)


def test_what_the_app_imports_brings_in_no_tensorflow():
    names = imported_by_the_app()
    assert names
    code = (
        "import contextlib, importlib\n"
        f"for name in {names!r}:\n"
        "    with contextlib.suppress(ModuleNotFoundError):\n"
        "        importlib.import_module(name)\n"
        "    importlib.import_module(name.rpartition('.')[0])\n"
        "pass"
    )
    assert not modules_after(code) & set(HEAVY)


def test_no_page_unpacks_or_decodes_what_people_upload():
    """That is a worker's: what a hostile file can break is then not the app. Datasets' pictures were checked before."""
    readers = (
        "tlcore.datasets.sources.archives", "tlcore.datasets.sources.source", "tlcore.datasets.import_dataset",
        "tlcore.datasets.import_sample", "tlcore.datasets.importing.import_dataset",
        "tlcore.modalities.image.decoding.open_rgb", "tlcore.modalities.image.decoding.inspect",
        "tlcore.modalities.image.resizing", "tlcore.evaluation.new_files", "tlcore.pipeline.example.set_up_example",
        "tlcore.api", "zipfile", "tarfile",
    )  # fmt: skip
    for path in [ROOT / "app.py", *(ROOT / "pages").rglob("*.py")]:
        assert not [name for name in imports(path) if name.startswith(readers)], path


def test_import_tlcore_costs_nothing():
    found = modules_after("import tlcore")
    assert not found & {*HEAVY, "numpy", "pandas", "pydantic", "click", "streamlit"}


def test_the_python_interface_imports_no_tensorflow_until_it_is_needed():
    found = modules_after("import tlcore; tlcore.train, tlcore.open_run, tlcore.import_dataset, tlcore.suggest_plan")
    assert "pandas" in found
    assert not found & set(HEAVY)


@pytest.mark.parametrize("args", [["modules"], ["inspect", "efficientnet-lite0"], ["runs"], ["show", "nothing"]])
def test_commands_that_only_read_import_no_tensorflow(args):
    code = f"import contextlib\nfrom tlcore.cli import cli\nwith contextlib.suppress(SystemExit): cli({args!r})\npass"
    assert not modules_after(code) & set(HEAVY)
