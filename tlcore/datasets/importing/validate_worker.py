"""`python -m tlcore.datasets.importing.validate_worker FOLDER MODALITY`: checks files for `validate_pool`.

Reads batches of files from stdin, and writes to stdout that it has one, then what `check` says of each file as soon as
that is known, until stdin ends: when whoever started it closes it, or dies. So whoever reads knows which file it was at
when it was killed.
"""

import os
import pickle
import signal
import sys
import traceback
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock

from tlcore.datasets.importing.validate import check
from tlcore.modalities import modality_of


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started it hears it too, and ends it
    folder, modality = Path(sys.argv[1]), modality_of(sys.argv[2])
    modality.decode_one_at_a_time(FileLock(folder.parent / ".one-large"))
    with open(os.dup(1), "wb") as answers:
        os.dup2(2, 1)  # what libraries print must not stand among the answers
        while True:
            try:
                batch = pickle.load(sys.stdin.buffer)
            except EOFError:
                return
            _write(True, answers)
            try:
                for found in batch:
                    _write(check(found, modality, folder), answers)
            except Exception as error:
                error.add_note(f"In the process that checks files:\n{traceback.format_exc()}")
                _write(error, answers)


def _write(answer: object, answers: BinaryIO) -> None:
    pickle.dump(answer, answers)
    answers.flush()


if __name__ == "__main__":
    main()
