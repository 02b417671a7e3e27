"""Turns, ratios and rows."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.measuring import Row, Turns, take_turns
from benchmarks.running import run
from tests.benchmarks.fake import FAKES
from tests.root import ROOT


def test_a_ratio_is_the_median_of_the_turns_own_ratios():
    # the medians of the seconds alone would give 3 / 2 = 1.5
    turns = Turns({"ours": [1.0, 2.0, 4.0], "peer": [2.0, 6.0, 3.0]}, {})
    row = turns.row("a", "b", target=2.0)
    assert (row.ours, row.peer) == (2.0, 3.0)
    assert row.ratio == 2.0
    assert row.spread == (0.75, 3.0)
    assert row.turns == 3
    assert row.met


def test_without_a_peer_the_target_is_of_ours():
    row = Turns({"ours": [1.0, 3.0, 2.0]}, {}).row("a", "b", target=2.5, at_most=True)
    assert (row.ours, row.peer, row.ratio, row.spread) == (2.0, None, None, (1.0, 3.0))
    assert row.met
    assert Row("a", "b", 1.0).met is None


def test_each_turn_begins_with_another_side_and_warming_up_does_not_count():
    heard = []
    turns = take_turns(
        {"ours": lambda turn: heard.append(("ours", turn)), "peer": lambda turn: heard.append(("peer", turn))}, 2
    )
    assert [turn for _, turn in heard] == [-1, -1, 0, 0, 1, 1]
    assert heard[2:] == [("ours", 0), ("peer", 0), ("peer", 1), ("ours", 1)]
    assert [len(seconds) for seconds in turns.seconds.values()] == [2, 2]


def test_what_comes_before_a_turn_is_not_timed():
    turns = take_turns({"ours": lambda turn: turn}, 3, warm=False, before=lambda side: time.sleep(0.05))
    assert turns.results["ours"] == [0, 1, 2]
    assert turns.median("ours") < 0.05


def test_a_benchmark_has_a_workspace_of_its_own_that_is_gone_afterwards():
    outcome = run(FAKES["one"])
    home = Path(outcome.rows[1].data)
    assert home.name.startswith("tlcore-benchmark-")
    assert not home.exists()


@pytest.mark.parametrize("name", ["broken", "lacking"])
def test_rows_that_came_before_it_ended_early_are_kept(name):
    outcome = run(FAKES[name])
    assert [row.benchmark for row in outcome.rows] == ["half a thing"]
    assert bool(outcome.failure) == (name == "broken")


def test_listing_all_benchmarks_imports_nothing_heavy():
    code = (
        "import sys; from benchmarks.measuring import all_benchmarks as a; print(len(a())); "
        "assert not {'tensorflow', 'keras', 'sklearn', 'streamlit', 'openvino'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 0
