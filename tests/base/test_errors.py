"""What a disk or the memory does to any library is said in words that a person can act on; a defect is not."""

import errno
import os
import shutil
import sqlite3
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tlcore.base.errors import UserError, as_user_error

FULL = Path("/dev/full")  # every write to it finds the disk full
NOISE = np.random.default_rng(0).integers(0, 255, (200, 200, 3), dtype=np.uint8)
BIG = pd.DataFrame({"number": np.arange(300_000)})


def write_zip() -> None:
    with zipfile.ZipFile(FULL, "w") as archive, archive.open("a", "w") as file:
        file.write(os.urandom(100_000))


WRITES = {
    "open": lambda: FULL.write_bytes(b"x" * 100_000),
    "numpy": lambda: np.arange(300_000).tofile(FULL),
    "csv": lambda: BIG.to_csv(FULL),
    "parquet": lambda: BIG.to_parquet(FULL),
    "pillow": lambda: Image.fromarray(NOISE).save(FULL, "png"),
    "zip": write_zip,
}


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("name", WRITES)
def test_a_disk_that_becomes_full_is_said_so_by_whatever_writes(name):
    with pytest.raises(Exception) as raised:
        WRITES[name]()
    known = as_user_error(raised.value)
    assert known.title == "The disk is full"
    assert known.detail
    assert "Delete" in known.hint


class SafetensorError(Exception):
    """As safetensors has it."""


class ResourceExhaustedError(Exception):
    """As TensorFlow has it, of a disk and of memory."""


class PermissionDeniedError(Exception):
    """As TensorFlow has it."""


def sqlite_error(name: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorname = name
    return error


@pytest.mark.parametrize(
    ("error", "title", "detail"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/home/x.npy"), "The disk is full", "/home/x.npy"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "The disk quota is used up", "quota"),
        (OSError(errno.EROFS, "Read-only file system", "/a", None, "/b"), "The disk is read-only", "/b"),
        (PermissionError(errno.EACCES, "Permission denied", "/home"), "Permission denied", "/home"),
        (PermissionError(errno.EPERM, "Operation not permitted", "/home"), "Permission denied", "/home"),
        (OSError(errno.EIO, "Input/output error", "/x"), "The disk could not be read or written", "/x"),
        (OSError("262144 requested and 12 written"), "The disk is full", "262144"),
        (OSError("[Errno 28] Error writing bytes. Detail: [errno 28] No space left on device"), "The disk is full", ""),
        (shutil.Error([("a", "b", "[Errno 28] No space left on device: 'a' -> 'b'")]), "The disk is full", ""),
        (SafetensorError("I/O error: Read-only file system (os error 30) at /x"), "The disk is read-only", "/x"),
        (ResourceExhaustedError("/g; No space left on device"), "The disk is full", "/g"),
        (PermissionDeniedError("/g; Read-only file system"), "The disk is read-only", "/g"),
        (sqlite_error("SQLITE_FULL"), "The disk is full", ""),
        (sqlite_error("SQLITE_READONLY_DIRECTORY"), "The disk is read-only", ""),
        (sqlite_error("SQLITE_CANTOPEN"), "Permission denied", ""),
        (MemoryError("Unable to allocate 3 GiB"), "Not enough memory", "3 GiB"),
        (ResourceExhaustedError("OOM when allocating"), "Not enough memory", "OOM"),
    ],
)  # fmt: skip
def test_the_machines_troubles_have_words(error, title, detail):
    known = as_user_error(error)
    assert known.title == title
    assert detail in known.detail
    assert known.detail and known.hint


def test_what_a_person_gave_wrong_is_said_as_it_is():
    error = UserError("wrong", "here", "mend it")
    assert as_user_error(error) is error


@pytest.mark.parametrize("error", [ValueError("boom"), FileNotFoundError(2, "No such file", "x"), KeyError("errno")])
def test_a_defect_has_no_such_words(error):
    assert as_user_error(error) is None


def raised(first: Exception, then: Exception, *, caused: bool) -> Exception:
    try:
        try:
            raise first
        except Exception as error:
            if caused:
                raise then from error
            raise then  # noqa: B904
    except Exception as error:
        return error


def test_what_goes_wrong_in_the_wake_of_a_full_disk_is_its_fault():
    full = OSError(errno.ENOSPC, "No space left on device")
    assert as_user_error(raised(full, ValueError("Can't close the ZIP file"), caused=False)).title == "The disk is full"


def test_errors_that_name_each_other_as_their_cause_come_to_an_end():
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__cause__ = other, one
    assert as_user_error(one) is None


def test_a_defect_after_a_permission_that_was_expected_to_be_denied_stays_one():
    denied = PermissionError(errno.EACCES, "Permission denied")
    assert as_user_error(raised(denied, ZeroDivisionError(), caused=False)) is None
    assert as_user_error(raised(denied, RuntimeError("can't go on"), caused=True)).title == "Permission denied"
