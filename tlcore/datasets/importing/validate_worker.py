"""`python -m tlcore.datasets.importing.validate_worker FOLDER MODALITY`: checks files for `validate_pool`.

Reads batches of files from stdin, and writes to stdout what `check` says of each, until stdin ends: when whoever
started it closes it, or dies.
"""

import os
import pickle
import signal
import sys
import traceback
from pathlib import Path

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
            try:
                answer = [check(found, modality, folder) for found in batch]
            except Exception as error:
                error.add_note(f"In the process that checks files:\n{traceback.format_exc()}")
                answer = error
            pickle.dump(answer, answers)
            answers.flush()


if __name__ == "__main__":
    main()
