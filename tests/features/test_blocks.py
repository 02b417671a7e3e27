"""Blocks are all rows in order, and reading them leaves nothing in memory."""

import numpy as np
import psutil
import pytest

from tlcore.features import blocks
from tlcore.features.blocks import read_blocks


@pytest.mark.parametrize("n", [0, 1, 6, 7, 8, 30])
def test_blocks_are_all_rows_in_order(n, monkeypatch):
    monkeypatch.setattr(blocks, "_BYTES", 7 * 3 * 4)
    rows = np.arange(n * 3).reshape(n, 3)
    parts = list(read_blocks(rows))
    assert [start for start, _ in parts] == list(range(0, n, 7))
    assert all(part.dtype == np.float32 and len(part) <= 7 for _, part in parts)
    np.testing.assert_array_equal(np.concatenate([part for _, part in parts]) if n else np.empty((0, 3)), rows)


def test_a_file_that_was_read_takes_no_memory(tmp_path):
    np.save(tmp_path / "rows.npy", np.ones((40_000, 512), np.float32))
    rows = np.load(tmp_path / "rows.npy", mmap_mode="r")
    process = psutil.Process()
    before, highest = process.memory_info().rss, 0
    for _, block in read_blocks(rows):
        assert block.sum() == block.size
        highest = max(highest, process.memory_info().rss)
    assert highest - before < rows.nbytes / 2
