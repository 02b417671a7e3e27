"""What the providers of TensorFlow SavedModels share."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tlcore.base import workspace
from tlcore.base.progress import Progress
from tlcore.modules.choices import Choices
from tlcore.modules.module import Module
from tlcore.modules.providers.provider import Provider, Wanted
from tlcore.modules.providers.unpack import unpack
from tlcore.modules.savedmodel.complete_input import complete_input
from tlcore.modules.savedmodel.files import check_saved_model, copy_saved_model, find_saved_model, fingerprint

if TYPE_CHECKING:
    from tlcore.modules.backbones.savedmodel_backbone import SavedModelBackbone


class SavedModelProvider(Provider):
    """One whose modules are SavedModels.

    Attributes:
        values_source: what says which values pixels are to have, where neither a person nor the module itself does: as
            `Module.values_source`.
    """

    choices = Choices._fields
    values_source = "assumed"

    def name_of(self, handle: str) -> str:
        """What to call a module that nobody has named."""
        return handle

    def inspect(self, folder: Path, wanted: Wanted) -> Module:
        from tlcore.modules.savedmodel.inspect import inspect_saved_model

        known, choices = wanted.known, wanted.choices
        shape = choices.input_shape or (known.input.shape if known else ())
        facts = inspect_saved_model(
            folder,
            wanted.handle,
            output=choices.output or None,
            input_shape=shape or None,
            by_photographs=not (choices.value_range or known or self.values_source == "export"),
        )
        module = Module(
            **facts,
            name=self.name_of(wanted.handle),
            handle=wanted.handle,
            source=self.name,
            fingerprint=fingerprint(folder),
        )
        return complete_input(module, given=choices.values, is_known=known is not None, otherwise=self.values_source)

    def build(self, module: Module) -> "SavedModelBackbone":
        from tlcore.modules.backbones.savedmodel_backbone import SavedModelBackbone

        return SavedModelBackbone(module)


def name_of_path(handle: str) -> str:
    """What the folder is called, or the archive without its suffixes."""
    path = Path(handle)
    return (path.name if path.is_dir() else path.name.split(".")[0]) or "module"


def copy_from_folder(folder: Path, into: Path, name: str, progress: Progress) -> None:
    """Copies a SavedModel that is all there.

    Args:
        folder: where it lies.
        into: an empty folder.
        name: what a person knows it by.
        progress: hears of bytes.

    Raises:
        UserError: it is not all there.
    """
    check_saved_model(folder, name)
    copy_saved_model(folder, into, progress)


def unpack_archive(archive: Path, into: Path, name: str, progress: Progress) -> None:
    """Takes the one SavedModel out of an archive, as `copy_from_folder`."""
    with workspace.scratch() as scratch:
        unpack(archive, scratch, name, progress)
        found = find_saved_model(scratch, name)
        check_saved_model(found, name)
        for path in found.iterdir():
            shutil.move(path, into / path.name)
