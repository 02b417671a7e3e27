"""Many files are checked by processes, with the same outcome as by threads, wherever the import is called from."""

import contextlib
import io
import os
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from filelock import FileLock
from PIL import Image

from tests.root import ROOT
from tlcore.base import workspace
from tlcore.base.errors import UserError
from tlcore.base.progress import Cancelled, Progress
from tlcore.datasets import delete_dataset, import_dataset, list_datasets
from tlcore.datasets.importing import ingest, validate_pool
from tlcore.datasets.importing.validate_pool import Checkers
from tlcore.datasets.sources.source import read_source
from tlcore.modalities import usual_modality


@pytest.fixture
def in_processes(monkeypatch):
    """From now on a source of two files is one of many."""

    def begin():
        monkeypatch.setattr(ingest, "MANY", 2)
        monkeypatch.setattr(ingest, "_LARGE_BATCH", 3)

    return begin


@pytest.fixture
def all_kinds(two_classes, picture):
    """Files by name: good, broken, doubled, too large to be held, left behind, and none at all."""
    return {
        **two_classes,
        "ants/again.png": two_classes["ants/1.png"],
        "ants/both.png": two_classes["bees/1.png"],
        "ants/cut.jpg": picture(50, "JPEG", (300, 300))[:3000],
        "ants/empty.gif": b"",
        "ants/no suffix": picture(51, "JPEG"),
        "ants/phone.heic": b"\0\0\0\x18ftypheic",
        "bees/<b>Käfer</b> 🐝.png": picture(52),
        "bees/.hidden.png": b"x",
        "bees/film.mp4": b"film",
        "bees/large.bmp": picture(53, "BMP", (60, 60)),
        **{f"bees/more {n}.jpg": picture(60 + n, "JPEG") for n in range(9)},
    }


def read(source, folder):
    folder.mkdir()
    found = ingest.ingest(read_source(source), usual_modality(), (), folder, Progress())
    in_order = [list(each.items()) if isinstance(each, dict) else each for each in vars(found).values()]
    return in_order, {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.mark.parametrize("way", ["folder", "list", "zip", "two zips", "tar"])
def test_processes_find_what_threads_find(
    way, in_processes, all_kinds, two_classes, make_folder, make_zip, make_tar, tmp_path, monkeypatch
):
    monkeypatch.setattr(ingest, "WHOLE", 5000)  # the large one of an archive is left to a thread
    folder = make_folder(all_kinds)
    (tmp_path / "secret.png").write_bytes(all_kinds["ants/0.png"] + b"secret")
    (folder / "ants" / "secret.png").symlink_to(tmp_path / "secret.png")
    source = {
        "folder": lambda: folder,
        "list": lambda: sorted(folder.rglob("*.*")),
        "zip": lambda: make_zip(all_kinds),
        "two zips": lambda: [make_zip(two_classes, "first.zip"), make_zip(all_kinds)],
        "tar": lambda: make_tar(all_kinds, "data.tgz", "w:gz"),
    }[way]()
    by_threads = read(source, tmp_path / "threads")
    in_processes()
    assert read(source, tmp_path / "processes") == by_threads


def test_the_dataset_is_the_same_row_for_row(in_processes, all_kinds, make_folder):
    folder = make_folder(all_kinds)
    first = import_dataset(folder)
    examples, stored = first.examples, files_of(first)
    delete_dataset(first.id)
    in_processes()
    again = import_dataset(folder)
    assert again.examples.equals(examples)
    assert (again.fingerprint, again.problems, files_of(again)) == (first.fingerprint, first.problems, stored)


def files_of(dataset):
    return {path.name: path.read_bytes() for path in (dataset.folder / "files").iterdir()}


def test_an_entry_that_is_damaged_inside_an_archive_is_told_by_name(in_processes, two_classes, make_zip, tmp_path):
    path = make_zip(two_classes)
    path.write_bytes(
        path.read_bytes().replace(two_classes["ants/0.png"][50:], b"?" * 50 + two_classes["ants/0.png"][100:])
    )
    by_threads = read(path, tmp_path / "threads")
    assert "damaged inside the archive" in str(by_threads)
    in_processes()
    assert read(path, tmp_path / "processes") == by_threads


class CancelAt(Progress):
    def __init__(self, step):
        self.steps_left = step

    def event(self, kind, **fields):
        self.steps_left -= kind == "step"

    def request(self):
        return "cancel" if self.steps_left <= 0 else ""


def checking_processes():
    """Those of this process's children that check files; what other tests started may be among them, or have ended."""
    found = []
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            found += [child] if "tlcore.datasets.importing.validate_worker" in child.cmdline() else []
    return found


@pytest.mark.parametrize("step", [1, 2])
def test_a_cancelled_import_leaves_neither_files_nor_processes(in_processes, two_classes, make_folder, step):
    in_processes()
    with pytest.raises(Cancelled):
        import_dataset(make_folder(two_classes), progress=CancelAt(step))
    assert not list_datasets()
    assert not any(workspace.place("tmp").iterdir())
    assert not checking_processes()


@pytest.fixture
def checkers(tmp_path):
    folder = tmp_path / "kept"
    folder.mkdir()
    checkers = Checkers(1, usual_modality(), folder)
    yield checkers
    checkers.end()
    checkers.close()


def test_what_goes_wrong_in_a_process_is_raised_here(checkers, two_classes, make_folder, tmp_path):
    (tmp_path / "kept").rmdir()
    with pytest.raises(FileNotFoundError) as caught:
        checkers.check(list(read_source(make_folder(two_classes))))
    assert "validate.py" in caught.value.__notes__[0]


KILLED = "it can't be read: the process that checked it was killed"


@pytest.fixture
def killers(monkeypatch, tmp_path):
    """From now on a process that comes upon a file with these bytes in it is killed, and so is what it starts."""
    (tmp_path / "site").mkdir()
    code = """
        import os, signal, sys
        if "tlcore.datasets.importing.validate_worker" in sys.orig_argv:
            from tlcore.modalities.image import decoding
            from tlcore.modalities.image.entry import ENTRY
            inspect = decoding.inspect
            def dies(file):
                if b"KILL" in file.getvalue():
                    os.kill(os.getpid(), signal.SIGSEGV)
                return inspect(file)
            type(ENTRY).validate = lambda self, file: dies(file)
    """
    (tmp_path / "site" / "sitecustomize.py").write_text(textwrap.dedent(code))
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path / 'site'}{os.pathsep}{ROOT}")


def starts(monkeypatch) -> list:
    """The processes that are started from now on."""
    started, popen = [], subprocess.Popen

    def start(*args, **more):
        started.append(popen(*args, **more))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    return started


def test_files_that_kill_the_process_that_checks_them_are_named_and_the_rest_is_imported(
    killers, in_processes, all_kinds, make_folder, make_zip, make_tar, monkeypatch
):
    in_processes()
    bad = {f"bees/{name}.jpg": b"\xff\xd8\xffKILL" + name.encode() for name in ("a", "b", "m", "z")}
    for source in (make_folder(all_kinds | bad), make_zip(all_kinds | bad), make_tar(all_kinds | bad)):
        started = starts(monkeypatch)
        dataset = import_dataset(source)
        (problem,) = (each for each in dataset.problems if KILLED in each.action)
        assert (problem.kind, sorted(problem.files)) == ("unreadable", sorted(bad))
        assert sum(process.wait() == -signal.SIGSEGV for process in started) == len(bad)
        assert not checking_processes()
        delete_dataset(dataset.id)


def test_an_idle_process_that_is_killed_costs_no_file(checkers, two_classes, make_folder):
    files = list(read_source(make_folder(two_classes)))
    assert None not in checkers.check(files[:1])
    (process,) = checking_processes()
    process.kill()
    process.wait()
    assert not [answer for answer in checkers.check(files) if not hasattr(answer, "sha256")]


def test_processes_that_can_not_be_started_end_the_import(checkers, two_classes, make_folder, monkeypatch):
    checking_processes()[0].kill()
    monkeypatch.setattr(checkers, "_command", [sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(RuntimeError, match="ended at once, with status 3"):
        checkers.check(list(read_source(make_folder(two_classes))))


def test_files_that_kill_are_too_many_at_some_point(killers, checkers, make_folder, monkeypatch):
    monkeypatch.setattr(validate_pool, "_MOST_KILLED", 2)
    checking_processes()[0].kill()  # it was started before these files would kill it
    files = list(read_source(make_folder({f"a/{n}.jpg": b"\xff\xd8\xffKILL" for n in range(4)})))
    with pytest.raises(UserError, match="killed 3 times, the last time by “2.jpg”|killed 3 times.*a/2.jpg"):
        checkers.check(files)


def test_processes_decode_one_large_picture_at_a_time(checkers, picture, make_folder, tmp_path):
    written = io.BytesIO()
    Image.new("1", (4100, 4000)).save(written, "PNG")
    files = list(read_source(make_folder({"a/0.png": picture(0), "a/large.png": written.getvalue()})))
    with ThreadPoolExecutor() as threads:
        with FileLock(tmp_path / ".one-large"):  # as another process holds it meanwhile
            checked = threads.submit(checkers.check, files)
            (process,), deadline, waits = checking_processes(), time.monotonic() + 60, 0
            while waits < 20:  # the small one is kept, and it sleeps though the large one is still to be decoded
                assert time.monotonic() < deadline and not checked.done()
                is_kept = any((tmp_path / "kept").iterdir())
                waits = waits + 1 if is_kept and process.status() == psutil.STATUS_SLEEPING else 0
                time.sleep(0.01)
        assert checked.result()[1].facts["width"] == 4100


@pytest.mark.parametrize("how", ["script", "stdin"])
def test_a_script_without_a_guard_may_import(how, two_classes, make_folder, tmp_path):
    code = f"""
        print("once")
        from tlcore.datasets import import_dataset
        from tlcore.datasets.importing import ingest
        ingest.MANY = 2
        print(len(import_dataset({str(make_folder(two_classes))!r}).examples))
    """
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(code))
    done = run([str(script)] if how == "script" else ["-"], tmp_path, script.read_text() if how == "stdin" else "")
    assert (done.stdout.split(), done.returncode) == (["once", "10"], 0), done.stderr


def test_a_killed_import_leaves_nothing_to_be_seen_and_no_process(two_classes, make_folder, tmp_path):
    code = f"""
        import os, signal
        from tlcore.datasets import import_dataset
        from tlcore.datasets.importing import ingest
        from tlcore.base.progress import Progress
        ingest.MANY = 2
        class Kill(Progress):
            def step(self, *args):
                os.kill(os.getpid(), signal.SIGKILL)
        import_dataset({str(make_folder(two_classes))!r}, progress=Kill())
    """
    done = run(["-c", textwrap.dedent(code)], tmp_path)  # which returns when nobody holds its stderr any more
    assert done.returncode == -signal.SIGKILL
    assert not list_datasets()
    kept = str(workspace.place("tmp"))
    assert not [
        process for process in psutil.process_iter(["cmdline"]) if kept in " ".join(process.info["cmdline"] or [])
    ]


def run(args, folder, text=""):
    return subprocess.run(
        [sys.executable, *args],
        input=text,
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
    )
