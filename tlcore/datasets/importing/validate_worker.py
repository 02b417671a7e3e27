"""`python -m tlcore.datasets.importing.validate_worker FOLDER`: checks files for `validate_pool`, which started it.

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
from tlcore.modalities.image import decoding


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started it hears it too, and ends it
    folder = Path(sys.argv[1])
    decoding.one_large = FileLock(folder.parent / ".one-large")
    with open(os.dup(1), "wb") as answers:
        os.dup2(2, 1)  # what libraries print must not stand among the answers
        while True:
            try:
                batch = pickle.load(sys.stdin.buffer)
            except EOFError:
                return
            try:
                answer = [check(found, folder) for found in batch]
            except Exception as error:
                error.add_note(f"In the process that checks files:\n{traceback.format_exc()}")
                answer = error
            pickle.dump(answer, answers)
            answers.flush()


if __name__ == "__main__":
    main()
