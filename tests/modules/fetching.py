"""A handle fetched as `open_module` does it, without looking into what came."""

from pathlib import Path

from tlcore.base.progress import Progress
from tlcore.modules.providers import claim

# of the one that the fixture `saved_model` makes
FILES = ["README.md", "saved_model.pb", "variables/variables.data-00000-of-00001", "variables/variables.index"]


def fetch(ref: str, into: Path, *, allow_files: bool = True, progress: Progress | None = None) -> list[str]:
    """Fetches into a folder; the files that lie there then."""
    provider, handle = claim(ref, allow_files=allow_files)
    provider.fetch(handle, into, allow_files=allow_files, progress=progress or Progress())
    return sorted(str(file.relative_to(into)) for file in into.rglob("*") if file.is_file())
