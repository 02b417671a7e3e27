"""The seam between places that modules come from: what an entry gives, so that nothing outside asks which it is.

An entry costs no TensorFlow: what needs it is imported inside `inspect` and `build`.
"""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tlcore.base.progress import Progress
from tlcore.modules.choices import Choices
from tlcore.modules.module import Module

if TYPE_CHECKING:
    from tlcore.modules.backbones.backbone import Backbone


class Wanted(NamedTuple):
    """What is known of a module before its files are looked into.

    Attributes:
        handle: as `Provider.claims` gave it.
        choices: how it is to be used.
        known: its entry in the catalogue, if it has one.
    """

    handle: str
    choices: Choices
    known: Module | None


class Provider:
    """Where modules come from: a handle in, files, facts and a backbone out.

    Attributes:
        name: of the entry: what a module's `source` says.
        title: for people: “TF Hub”.
        example: one of its handles, for hints and help; empty where none is worth showing.
        again: how a module that was deleted is had again: a sentence.
        hosts: that it fetches from; `TLCORE_MODULE_HOSTS` overrules them.
        storage: hosts that those may redirect to, where they keep the bytes.
        choices: which of the `Choices` its modules heed: “output”, “value_range”, “input_shape”.
        is_program: whether what its files say is carried out, so that from a file they are opened only where the owner
            of the machine allows it.
        keras_layers: whether its backbones are made of Keras's own layers, which a .keras file can hold.
    """

    name: str
    title: str
    example: str = ""
    again: str = ""
    hosts: tuple[str, ...] = ()
    storage: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    is_program: bool = True
    keras_layers: bool = False

    def claims(self, ref: str) -> str | None:
        """The one form of a handle, however it was typed; None where it is not this provider's.

        Looks at no network and into no file, for anybody may ask. The form is stable: it claims it as it is.

        Args:
            ref: without choices and without space around it.

        Raises:
            UserError: it is this provider's, but can be no module.
        """
        return None

    def known(self) -> tuple[Module, ...]:
        """The modules that the catalogue lists, with what their publishers say of them."""
        return ()

    def reads(self, folder: Path) -> bool:
        """Whether files that came from a path or an archive are of a kind that this provider inspects and builds."""
        return False

    def fetch(self, handle: str, into: Path, *, allow_files: bool, progress: Progress) -> None:
        """Puts a module's files into an empty folder, checked to be all there; by itself there is nothing to fetch.

        Args:
            handle: as `claims` gave it.
            into: where to.
            allow_files: whether paths of this machine may be opened.
            progress: hears of bytes.

        Raises:
            UserError: there is nothing there, it is no module, or it may not or can't be had now.
        """

    def inspect(self, folder: Path, wanted: Wanted) -> Module:
        """The module that lies in a folder, with all its facts but `id`. Imports TensorFlow.

        Its `fingerprint` is of its bytes alone. `source` is the provider that builds it: this one, or another whose
        files this one fetched.

        Raises:
            UserError: it can't be used, or not so.
        """
        raise NotImplementedError

    def build(self, module: Module) -> "Backbone":
        """A fresh backbone of a module that is on this machine, all frozen. Imports TensorFlow.

        Raises:
            UserError: the module's files are gone or spoiled.
        """
        raise NotImplementedError
