"""The house keeps its walls: rooms in order, no circles, what pages may see, kinds of data and places behind seams.

Each rule is a function over a tree of sources, so that it can be tried on a made-up tree that breaks it.
`python -m tests.imports` draws what the tree itself says.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.imports import (
    circles,
    entries,
    graph,
    imports,
    modules,
    names_entries,
    private_names,
    reaches_into_entries,
    two_way_pairs,
)
from tests.root import ROOT

ROOMS = (
    "base", "modalities", "datasets", "modules", "features", "plans", "runs", "training", "evaluation", "reports",
    "exports", "jobs", "pipeline", "api", "cli", "__main__",
)  # fmt: skip
HEAVY = ("tensorflow", "keras", "tf_keras", "tensorflow_hub", "tensorflow_text", "torch", "umap")

PAGES_MAY_IMPORT = (  # of the engine; what a name ends in a star for, all that lies under it
    "tlcore.base.errors", "tlcore.base.events", "tlcore.base.formatting", "tlcore.base.settings", "tlcore.base.work",
    "tlcore.modalities", "tlcore.datasets", "tlcore.datasets.dataset", "tlcore.datasets.editing.edits",
    "tlcore.datasets.metadata", "tlcore.datasets.samples", "tlcore.datasets.selections",
    "tlcore.datasets.versions.edit_log", "tlcore.modules", "tlcore.modules.catalogue", "tlcore.modules.descriptions",
    "tlcore.modules.module", "tlcore.plans", "tlcore.plans.descriptions", "tlcore.plans.effective", "tlcore.runs",
    "tlcore.training.estimate", "tlcore.training.outcome", "tlcore.evaluation.*", "tlcore.reports.*",
    "tlcore.exports", "tlcore.exports.parity", "tlcore.jobs", "tlcore.jobs.uploads",
    "tlcore.pipeline", "tlcore.pipeline.example", "tlcore.pipeline.outputs",
)  # fmt: skip

# Places that break a rule today. One that breaks it no longer must go from its list; none may come.
EXCUSED_PRIVATE = {
    ("tlcore.modules.graph.opened_graph", "convert_to_constants._run_inline_graph_optimization"),  # TensorFlow's
    ("tlcore.training.train_step", "getattr(self._optimizer, 'inner_optimizer', self._optimizer)._learning_rate"),
}

MODALITIES = "tlcore.modalities"
ALL_MODALITIES = ("image", "text", "audio")  # those to come too
EXCUSED_MODALITY_FILES = {
    "tlcore.modules.savedmodel.find_pixel_values",  # named by the entry: it looks into graphs, of a later room
}
EXCUSED_MODALITY_NAMES: set[str] = set()
PROVIDERS = "tlcore.modules.providers"


def room_of(name: str) -> str | None:
    """The room that a module of ours lies in; None for all else, and for the package itself."""
    parts = name.split(".")
    return parts[1] if parts[0] == "tlcore" and len(parts) > 1 else None


def upward_imports(root: Path) -> set[tuple[str, str]]:
    """What files of the engine import from rooms below their own, those for type checkers too, or from a page."""
    found = set()
    for name, path in modules(root).items():
        if name.split(".")[0] == "tlcore":
            # the package itself names what lies in its Python interface, imported on first use
            allowed = {"api"} if name == "tlcore" else set(ROOMS[: ROOMS.index(room_of(name)) + 1])
            for each in imports(path):
                top, _, rest = each.partition(".")
                room = rest.split(".")[0] if top == "tlcore" else None
                if top in ("pages", "app") or (room and room not in allowed):
                    found.add((name, f"{top}.{room}" if room else top))
    return found


def seen_by_pages(root: Path) -> set[tuple[str, str]]:
    """What pages import though they may not: the engine's inside, or another page."""
    found = set()
    for name, others in graph(root).items():
        if name.split(".")[0] in ("pages", "app"):
            found |= {(name, other) for other in others if not _may_import(name, other)}
    return found


def _may_import(page: str, other: str) -> bool:
    if other.startswith("pages."):
        shared = other.split(".")[1] == "shared"
        return shared or page in ("app", "pages.main") or other.split(".")[1] == page.split(".")[1]
    starred = tuple(each.removesuffix("*") for each in PAGES_MAY_IMPORT if each.endswith("*"))
    return other in PAGES_MAY_IMPORT or other.startswith(starred)


def private_reaches(root: Path) -> set[tuple[str, str]]:
    return {(name, private) for name, path in modules(root).items() for private in private_names(path)}


def imports_of(root: Path, *tops: str) -> set[tuple[str, str]]:
    """The files of the engine that import certain libraries at all."""
    return {
        (name, each.split(".")[0])
        for name, path in modules(root).items()
        for each in imports(path)
        if name.split(".")[0] == "tlcore" and each.split(".")[0] in tops
    }


def test_a_room_imports_only_from_rooms_above_it():
    assert upward_imports(ROOT) == set()


def test_no_circle_runs_through_files():
    assert circles(graph(ROOT)) == []


def test_no_two_packages_of_a_room_import_each_other():
    assert two_way_pairs(graph(ROOT)) == set()


def test_names_with_an_underscore_stay_in_their_file():
    assert private_reaches(ROOT) == EXCUSED_PRIVATE


def test_pages_see_what_the_engine_shows_and_no_other_page():
    assert seen_by_pages(ROOT) == set()


def test_the_queue_knows_no_domain():
    near = {other for name, others in graph(ROOT).items() if room_of(name) == "jobs" for other in others}
    assert {room_of(each) for each in near} == {"base", "jobs"}


def test_nothing_outside_an_entry_reaches_into_a_kind_of_data():
    assert set(reaches_into_entries(ROOT, MODALITIES)) == EXCUSED_MODALITY_FILES


def test_nothing_outside_the_seam_names_a_kind_of_data():
    names = {*ALL_MODALITIES, *entries(ROOT, MODALITIES)}
    assert names_entries(ROOT, MODALITIES, "modality", names) == EXCUSED_MODALITY_NAMES


def test_nothing_outside_the_seam_names_a_provider_of_modules():
    assert names_entries(ROOT, PROVIDERS, "source", entries(ROOT, PROVIDERS)) == set()


def test_nothing_outside_an_entry_reaches_into_a_provider_of_modules():
    assert reaches_into_entries(ROOT, PROVIDERS) == {}


def test_nothing_in_the_engine_imports_streamlit():
    assert imports_of(ROOT, "streamlit") == set()


def write(root: Path, files: dict[str, str]) -> Path:
    """A tree of sources, each by the name that it is imported by."""
    for name, text in files.items():
        path = root.joinpath(*name.split(".")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


class TestEachRuleSeesWhatBreaksIt:
    def test_an_arrow_up(self, tmp_path):
        write(tmp_path, {"tlcore.datasets.dataset": "def html():\n    from tlcore.reports.card import draw\n"})
        write(tmp_path, {"tlcore.base.a": "import pages.data", "tlcore.runs.run": "from tlcore.base import a"})
        assert upward_imports(tmp_path) == {("tlcore.datasets.dataset", "tlcore.reports"), ("tlcore.base.a", "pages")}

    @pytest.mark.parametrize(("where", "text"), [
        ("top", "from tlcore.runs.a import f"), ("function", "def g():\n    import tlcore.runs.a"),
    ])  # fmt: skip
    def test_a_circle(self, tmp_path, where, text):
        write(tmp_path, {"tlcore.runs.a": "from tlcore.runs import b", "tlcore.runs.b": "import tlcore.runs.c"})
        assert circles(graph(tmp_path)) == []
        write(tmp_path, {"tlcore.runs.c": text, "tlcore.runs.d": "from tlcore.runs import c"})
        assert circles(graph(tmp_path)) == [["tlcore.runs.a", "tlcore.runs.b", "tlcore.runs.c"]], where

    def test_what_type_checkers_alone_import_makes_no_circle(self, tmp_path):
        checked = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from tlcore.runs import a\n"
        write(tmp_path, {"tlcore.runs.a": "from tlcore.runs import b", "tlcore.runs.b": checked})
        assert circles(graph(tmp_path)) == []

    def test_two_packages_that_import_each_other(self, tmp_path):
        write(tmp_path, {"tlcore.datasets.x.a": "from tlcore.datasets.y import b", "tlcore.datasets.y.b": ""})
        write(tmp_path, {"tlcore.datasets.y.c": "from tlcore.datasets.x import d", "tlcore.datasets.x.d": ""})
        assert circles(graph(tmp_path)) == []
        assert two_way_pairs(graph(tmp_path)) == {("tlcore.datasets.x", "tlcore.datasets.y")}

    @pytest.mark.parametrize("text", [
        "from tlcore.runs.a import _f", "from tlcore.runs import a\na._f()", "def g(run):\n    return run._result",
    ])  # fmt: skip
    def test_a_private_name_from_another_file(self, tmp_path, text):
        assert private_reaches(write(tmp_path, {"tlcore.runs.b": text}))

    @pytest.mark.parametrize("text", [
        "class A:\n    def f(self, other):\n        self._x = 1\n        return self._x + other._x",
        "point._replace(x=1)", "import os\nos._exit(0)", "a.__name__", "for _ in x: _.y",
    ])  # fmt: skip
    def test_a_private_name_of_its_own_or_of_python_is_none(self, tmp_path, text):
        assert private_reaches(write(tmp_path, {"tlcore.runs.b": text})) == set()

    @pytest.mark.parametrize("other", ["tlcore.training.loop", "tlcore.base.workspace", "pages.runs.page"])
    def test_a_page_that_sees_too_much(self, tmp_path, other):
        write(tmp_path, {other: "", "tlcore.evaluation.a": "", "pages.shared.b": ""})
        write(
            tmp_path, {"pages.data.page": f"import {other}\nimport tlcore.evaluation.a, pages.shared.b, pages.data.c"}
        )
        assert seen_by_pages(write(tmp_path, {"pages.data.c": ""})) == {("pages.data.page", other)}

    def seam(self, tmp_path):
        write(tmp_path, {"tlcore.modalities.__init__": '_ENTRIES = {"image": "tlcore.modalities.image.entry"}'})
        return write(tmp_path, {"tlcore.modalities.image.entry": "import tlcore.modalities.image.decoding",
                     "tlcore.modalities.image.decoding": ""})  # fmt: skip

    def test_a_reach_into_an_entry(self, tmp_path):
        write(self.seam(tmp_path), {"tlcore.runs.a": "from tlcore.modalities.image.decoding import f"})
        write(tmp_path, {"tlcore.runs.b": "from tlcore.modalities import modality_of"})
        found = reaches_into_entries(tmp_path, MODALITIES)
        assert found == {"tlcore.runs.a": {"tlcore.modalities.image.decoding"}}

    @pytest.mark.parametrize("text", [
        'x = dataset.modality == "image"', 'f(modality="image")', 'modality: Literal["image", "text"] = "image"',
        'modality = "image"', 'y = {"image": 1}[each.modality]', 'if modality in ("image", ""): pass',
        'match x.modality:\n    case "image": pass',
    ])  # fmt: skip
    def test_a_name_of_an_entry(self, tmp_path, text):
        write(self.seam(tmp_path), {"tlcore.runs.a": text, "tlcore.modalities.b": text})
        assert names_entries(tmp_path, MODALITIES, "modality", {"image"}) == {"tlcore.runs.a"}

    @pytest.mark.parametrize(
        "text", ['kind == "image"', '"""modality == "image"."""', "modality == other", 'f("image")']
    )
    def test_what_names_none(self, tmp_path, text):
        write(self.seam(tmp_path), {"tlcore.runs.a": text})
        assert names_entries(tmp_path, MODALITIES, "modality", {"image"}) == set()

    def test_streamlit_in_the_engine(self, tmp_path):
        write(tmp_path, {"tlcore.runs.a": "def f():\n    import streamlit.web", "pages.x": "import streamlit"})
        assert imports_of(tmp_path, "streamlit") == {("tlcore.runs.a", "streamlit")}


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


@pytest.mark.parametrize("args", [["modules"], ["inspect", "efficientnet-lite0"], ["--help"]])
def test_commands_without_tables_import_no_pandas(args):
    """It takes as long to import as all else that they do."""
    code = f"import contextlib\nfrom tlcore.cli import cli\nwith contextlib.suppress(SystemExit): cli({args!r})\npass"
    assert "pandas" not in modules_after(code)
