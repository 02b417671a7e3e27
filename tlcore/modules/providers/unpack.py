"""Archives of modules, unpacked without trusting a byte of them."""

from pathlib import Path

from tlcore.base.errors import UserError, as_user_error
from tlcore.base.progress import Progress
from tlcore.datasets.sources.archives import UnreadableFile, read_archive

_CHUNK = 2**20


def unpack(archive: Path, into: Path, name: str, progress: Progress) -> None:
    """Unpacks a tar (also compressed) or zip into an empty folder.

    One that holds anything but sound files (links, devices, names that point outside, encrypted or overlapping
    entries), or more bytes or files than the settings allow, is refused; what was written by then is the caller's to
    throw away.

    Args:
        archive: the file; what it is, is read from its bytes.
        into: where to.
        name: what a person knows it by: a path or an address.
        progress: hears of bytes.

    Raises:
        UserError: any of these, or a file that is no archive or a damaged one.
    """
    done = 0
    try:
        for found in read_archive(archive):
            if found.fault:
                raise UserError(
                    "The archive can't be unpacked", f"“{found.name[:200]}”: {found.fault}", "Download or pack it again"
                )
            target = into / found.name
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as out:
                while chunk := found.stream.read(_CHUNK):
                    out.write(chunk)
                    done += len(chunk)
                    progress.step(done, None, "bytes", found.name)
    except UserError as error:
        raise UserError(error.title, f"{name}: {error.detail.removeprefix(f'{archive.name}: ')}", error.hint) from error
    except UnreadableFile as error:
        raise UserError("The archive is damaged", f"{name}: {error}", "Download or pack it again") from error
    except OSError as error:
        if as_user_error(error):
            raise
        what = f"{name}: {error.strerror or error}"
        raise UserError("The archive can't be unpacked", what, "Download or pack it again") from error
