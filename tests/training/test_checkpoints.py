"""Checkpoints appear whole or not at all, and only the last and the best stay."""

import numpy as np
import pytest

from tlcore.training import checkpoints as room
from tlcore.training.checkpoints import Checkpoints, Progressed


def _save(checkpoints, epoch, best):
    variables = {"head/kernel": np.full((2, 3), epoch, np.float32)}
    optimizer = {"00000": np.array(epoch * 10, np.int64), "00001": np.arange(6.0).reshape(2, 3).T}
    checkpoints.save(Progressed(epoch, best, 0.5, 0.7, 1.5), variables, optimizer)


def test_what_is_kept_comes_back_exactly(tmp_path):
    checkpoints = Checkpoints(tmp_path / "checkpoints")
    assert checkpoints.last() is None
    _save(checkpoints, 1, 1)
    assert checkpoints.last() == Progressed(1, 1, 0.5, 0.7, 1.5)
    assert (checkpoints.variables(1)["head/kernel"] == 1).all()
    optimizer = checkpoints.optimizer(1)
    assert optimizer["00000"] == 10 and optimizer["00000"].shape == () and optimizer["00000"].dtype == np.int64
    np.testing.assert_array_equal(optimizer["00001"], np.arange(6.0).reshape(2, 3).T)


def test_only_the_last_and_the_best_stay(tmp_path):
    checkpoints = Checkpoints(tmp_path)
    for epoch, best, left in [(1, 1, [1]), (2, 2, [2]), (3, 2, [2, 3]), (4, 2, [2, 4]), (5, 5, [5])]:
        _save(checkpoints, epoch, best)
        assert sorted(path.name for path in tmp_path.iterdir()) == [f"epoch-{number:04d}" for number in left]
        assert checkpoints.last().epoch == epoch
    checkpoints.discard()
    assert checkpoints.last() is None


def test_a_kill_while_writing_leaves_the_one_before(tmp_path, monkeypatch):
    checkpoints = Checkpoints(tmp_path)
    _save(checkpoints, 1, 1)
    whole = room.write_arrays

    def half(path, arrays):
        if path.name == "optimizer.safetensors":
            raise KeyboardInterrupt
        whole(path, arrays)

    monkeypatch.setattr(room, "write_arrays", half)
    with pytest.raises(KeyboardInterrupt):
        _save(checkpoints, 2, 2)
    monkeypatch.undo()
    assert checkpoints.last().epoch == 1
    _save(checkpoints, 2, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["epoch-0002"]


def test_a_checkpoint_from_before_losses_were_scaled_is_gone_on_from(tmp_path):
    checkpoints = Checkpoints(tmp_path)
    _save(checkpoints, 3, 2)
    (tmp_path / "epoch-0003" / "state.json").write_text('{"epoch": 3, "best_epoch": 2, "best_loss": 0.4, "seconds": 9}')
    assert checkpoints.last() == Progressed(3, 2, None, None, 9)
