"""Predictions in; numbers, matrices, maps and explanations out."""

from tlcore.evaluation.run_results import count_test_view, test_views

__all__ = ["count_test_view", "test_views"]
