"""Benchmarks that take no time, in a file that a fresh process can import."""

import os
from pathlib import Path

from benchmarks.measuring import Benchmark, NotMeasured, Row


def one():
    """Reports where its workspace was."""
    print("noise from a library")
    Path(os.environ["TLCORE_HOME"], "left-behind").touch()
    yield Row("thing", "3 things", 0.5, peer=1.0, ratio=2.0, spread=(1.5, 2.5), against="theirs", target=1.5)
    yield Row("other thing", os.environ["TLCORE_HOME"], 200.0, "ms", target=150.0, at_most=True)


def lacking():
    """Lacks something after a row."""
    yield Row("half a thing", "1 thing", 1.0)
    raise NotMeasured("no photographs here")


def broken():
    """Fails."""
    yield Row("half a thing", "1 thing", 1.0)
    raise ZeroDivisionError("a defect")


FAKES = {each.__name__: Benchmark(each.__name__, each, each.__doc__, 0.1) for each in (one, lacking, broken)}
