"""What benchmarks are made of: things that take turns in one process, and rows of what came out."""

import gc
import importlib
import pkgutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from statistics import median

TURNS = 5
_NONE = {"__main__", "models", "peers"}  # files without a benchmark; the last two import TensorFlow


class NotMeasured(Exception):
    """Something that a benchmark needs is not there; the text says what."""


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        benchmark: what was measured.
        data: the dataset and its size.
        ours: median over the turns, in `unit`.
        unit: "s", "MB", "img/s", …
        peer: the peer's median, in the same unit; None where there is no peer.
        against: what the peer is.
        ratio: how many times as fast as the peer, median over the turns; None where there is no peer.
        spread: the lowest and highest of the turns: of the ratio, else of ours.
        turns: how many there were.
        target: what the ratio is meant to reach, or ours where there is no peer; None: nothing.
        at_most: whether the target is the most that it may be, instead of the least.
        note: what else a reader must know.
    """

    benchmark: str
    data: str
    ours: float
    unit: str = "s"
    peer: float | None = None
    against: str = ""
    ratio: float | None = None
    spread: tuple[float, float] | None = None
    turns: int = 1
    target: float | None = None
    at_most: bool = False
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without one."""
        if self.target is None:
            return None
        value = self.ours if self.ratio is None else self.ratio
        return value <= self.target if self.at_most else value >= self.target

    def to_dict(self) -> dict:
        return {**asdict(self), "met": self.met}


@dataclass(frozen=True)
class Turns:
    """What each side took in each turn.

    Attributes:
        seconds: by side, a number a turn.
        results: by side, what it gave in each turn.
    """

    seconds: dict[str, list[float]]
    results: dict[str, list]

    def median(self, side: str) -> float:
        return median(self.seconds[side])

    def ratios(self, ours: str, peer: str) -> list[float]:
        """How many times as fast as the peer, turn by turn."""
        return [theirs / mine for mine, theirs in zip(self.seconds[ours], self.seconds[peer], strict=True)]

    def row(self, benchmark: str, data: str, *, ours: str = "ours", peer: str = "peer", **more) -> Row:
        """A row of two sides' seconds, or of ours alone where `peer` is no side."""
        mine = self.seconds[ours]
        if peer not in self.seconds:
            return Row(benchmark, data, median(mine), spread=(min(mine), max(mine)), turns=len(mine), **more)
        ratios = self.ratios(ours, peer)
        return Row(
            benchmark,
            data,
            self.median(ours),
            peer=self.median(peer),
            ratio=median(ratios),
            spread=(min(ratios), max(ratios)),
            turns=len(mine),
            **more,
        )


def take_turns(
    sides: dict[str, Callable[[int], object]],
    turns: int = TURNS,
    *,
    warm: bool = True,
    before: Callable[[str], object] = lambda side: None,
) -> Turns:
    """Times things in turns, so that whatever else the machine does meets all of them.

    Args:
        sides: by name, what is timed; called with the number of the turn, from 0. Each turn another one begins.
        turns: how many.
        warm: calls each once before, with −1, and does not count it.
        before: called with the side's name before each call, and not timed.
    """
    seconds = {side: [] for side in sides}
    results = {side: [] for side in sides}
    names = list(sides)
    for turn in range(-1 if warm else 0, turns):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            before(name)
            gc.collect()
            started = time.perf_counter()
            result = sides[name](turn)
            taken = time.perf_counter() - started
            if turn >= 0:
                seconds[name].append(taken)
                results[name].append(result)
            say(f"{name}, {f'turn {turn + 1} of {turns}' if turn >= 0 else 'warming up'}: {taken:.3g} s")
    return Turns(seconds, results)


def say(message: str) -> None:
    """Tells whoever waits how far it is."""
    print(f"  {message}", file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Benchmark:
    """A function that yields rows, by name.

    Attributes:
        name: what it is asked for by.
        function: without arguments; raises `NotMeasured` when it can't.
        title: one line on what is measured.
        minutes: about how long it takes on two cores.
    """

    name: str
    function: Callable[[], Iterator[Row]]
    title: str
    minutes: float


BENCHMARKS: dict[str, Benchmark] = {}


def benchmark(name: str, *, minutes: float) -> Callable:
    """Makes a function one of `python -m benchmarks`; its docstring's first line is its title."""

    def keep(function):
        BENCHMARKS[name] = Benchmark(name, function, function.__doc__.splitlines()[0].rstrip("."), minutes)
        return function

    return keep


def all_benchmarks() -> dict[str, Benchmark]:
    """Those of every file of this package, by name, in the order of files."""
    package = importlib.import_module("benchmarks")
    for found in sorted(pkgutil.iter_modules(package.__path__), key=lambda found: found.name):
        if found.name not in _NONE:
            importlib.import_module(f"benchmarks.{found.name}")
    return BENCHMARKS
