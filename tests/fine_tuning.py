"""Fine-tuning that ends fine-tuned: on little pictures of noise the linear probe is better, and would be kept."""

import itertools
from contextlib import contextmanager
from unittest import mock

import pytest


@contextmanager
def fine_tuning_helps():
    """Each epoch counts as better than the one before."""
    numbers = itertools.count(1)
    with mock.patch("tlcore.training.loop.scaled_loss", lambda probabilities, labels: 1 / next(numbers)):
        yield


@pytest.fixture
def helping():
    """The same for a test, or for all of a file by `pytestmark`."""
    with fine_tuning_helps():
        yield
