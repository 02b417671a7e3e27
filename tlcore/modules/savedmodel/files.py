"""What must lie in a SavedModel's folder, seen without TensorFlow."""

import contextlib
import hashlib
import re
from pathlib import Path

from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.modules.copying import copy_files
from tlcore.modules.savedmodel.other_formats import format_of

_LFS_POINTER = b"version https://git-lfs"
_PARTS = re.compile(r"saved_model\.pb|variables|assets|assets\.extra|(keras_metadata|fingerprint|tfhub_module)\.pb")
_NOTES = re.compile(r"(readme|licen[cs]e|notice)[^/]*", re.IGNORECASE)
_WANTED = (
    "Give a SavedModel: a folder with saved_model.pb and variables/, as written by Keras's model.export() or "
    "tf.saved_model.save()"
)


def find_saved_model(folder: Path, name: str) -> Path:
    """The folder of the one SavedModel in an unpacked archive, which may be wrapped in others.

    Raises:
        UserError: there are several.
    """
    found = [path.parent for path in folder.rglob("saved_model.pb") if "__MACOSX" not in path.parts]
    if len(found) > 1:
        places = ", ".join(sorted(str(path.relative_to(folder)) for path in found)[:5])
        raise UserError("The archive holds several SavedModels", f"{name}: {places}", "Give one of them alone")
    return found[0] if found else folder  # check_saved_model says what is there instead


def check_saved_model(folder: Path, name: str) -> None:
    """Looks whether a SavedModel is all there.

    Args:
        folder: where it lies.
        name: what a person knows it by: a path or an address.

    Raises:
        UserError: it is not; names the file and says what to do.
    """
    model = folder / "saved_model.pb"
    if not model.is_file() or not model.stat().st_size:
        raise _no_saved_model(folder, name)
    for file in _files(folder, _PARTS):
        with file.open("rb") as stream:
            if stream.read(len(_LFS_POINTER)) == _LFS_POINTER:
                raise UserError(
                    "The module's files are Git LFS pointers",
                    f"{name}: {file.relative_to(folder)} only says where the real file is",
                    "Run “git lfs pull” in the repository that it comes from, or download the file itself",
                )
    if missing := _missing_variables(folder):
        raise UserError(
            "The module's variables are missing",
            f"{name}: there is no {missing}",
            "Copy the whole folder, with variables/ beside saved_model.pb, or download the module again",
        )


def copy_saved_model(source: Path, into: Path, progress: Progress) -> None:
    """Copies a SavedModel, its README and its licence, and nothing else that lies beside them."""
    copy_files(_files(source, _PARTS) + _files(source, _NOTES), source, into, progress)


def is_export(folder: Path) -> bool:
    """Whether a SavedModel is what a run of this workbench exported: by its class names and README."""
    readme = folder / "README.md"
    if not readme.is_file() or not (folder / "assets" / "class_names.txt").is_file():
        return False
    with readme.open("rb") as file:
        return b"written by tlcore from the run" in file.read(100_000)


def fingerprint(folder: Path) -> str:
    """SHA-256 over the names and bytes of a SavedModel's files."""
    digest = hashlib.sha256()
    for file in _files(folder, _PARTS):
        with file.open("rb") as stream:
            content = hashlib.file_digest(stream, "sha256").hexdigest()
        digest.update(f"{file.relative_to(folder).as_posix()}\0{content}\0".encode())
    return digest.hexdigest()


def total_bytes(folder: Path) -> int:
    """The size of all files in a folder, which may be in the making or not be there."""
    sizes = 0
    for file in folder.rglob("*"):
        with contextlib.suppress(OSError):
            sizes += file.stat().st_size if file.is_file() else 0
    return sizes


def _files(folder: Path, names: re.Pattern) -> list[Path]:
    tops = [path for path in sorted(folder.iterdir()) if names.fullmatch(path.name)]
    return [file for top in tops for file in (sorted(top.rglob("*")) if top.is_dir() else [top]) if file.is_file()]


def _missing_variables(folder: Path) -> str:
    variables = folder / "variables"
    if not (variables / "variables.index").is_file():
        graph = (folder / "saved_model.pb").read_bytes()
        needed = variables.is_dir() or b"VarHandleOp" in graph or b"VariableV2" in graph
        return "variables/variables.index" if needed else ""
    shards = {file.name for file in variables.glob("variables.data-*")}
    counts = {int(match[1]) for name in shards if (match := re.search(r"-of-(\d{5})$", name))}
    count = max(counts, default=1)
    wanted = (f"variables.data-{number:05}-of-{count:05}" for number in range(count))
    return next((f"variables/{shard}" for shard in wanted if shard not in shards), "")


def check_format(file: Path, name: str) -> None:
    """Raises a `UserError` for a file that is the model of another tool, or in another format than a SavedModel's.

    Args:
        file: where it lies.
        name: what a person knows it by.
    """
    if format := format_of(file):
        raise UserError("This is not a SavedModel", f"{name} is {format.what}", format.hint)


def _no_saved_model(folder: Path, name: str) -> UserError:
    files = sorted(file for file in folder.rglob("*") if file.is_file())[:1000]
    found = ((file, format) for file in files if (format := format_of(file)))
    file, format = next(found, (None, None))
    if format is None:
        detail = f"{name} has no saved_model.pb{'' if files else ': it is empty'}"
        return UserError("This is not a SavedModel", detail, _WANTED)
    detail = f"{name} has no saved_model.pb, but {file.relative_to(folder)}, which is {format.what}"
    return UserError("This is not a SavedModel", detail, format.hint)
