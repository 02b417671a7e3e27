"""Predictions in; numbers, matrices, maps and explanations out."""

from tlcore.evaluation.artifacts import count_test_view, test_views

__all__ = ["count_test_view", "test_views"]
