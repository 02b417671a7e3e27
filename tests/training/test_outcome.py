"""What a run's training ended with is said in plain sentences."""

import pytest

from tlcore.training.outcome import KeptEpoch, kept_in_words


@pytest.mark.parametrize(
    ("kept", "hidden", "words"),
    [
        (
            KeptEpoch("fine-tune", 4, 5, 0.5342, 0.6121), False,
            "Epoch 4 of 5 is kept: it has the lowest val loss after temperature scaling (0.534; before fine-tuning: "
            "0.612).",
        ),
        (
            KeptEpoch("head", 4, 20, 0.5342, None), True,
            "Epoch 4 of 20 is kept: it has the lowest val loss after temperature scaling (0.534).",
        ),
        (
            KeptEpoch("fine-tune", 0, 5, 0.42, 0.42), False,
            "Fine-tuning did not help: in 5 epochs, the val loss after temperature scaling never fell below 0.42, the "
            "loss of the linear probe. The linear probe is kept.",
        ),
        (
            KeptEpoch("fine-tune", 5, 5, None, None), False,
            "Epoch 5 of 5 is kept: it is the last one, and there are no val examples to choose by.",
        ),
        (
            KeptEpoch("probe", 0, 0, None, None), False,
            "Stopped before the first epoch was complete. The linear probe is kept.",
        ),
        (
            KeptEpoch("fine-tune", 0, 0, 0.4, 0.4), True,
            "Stopped before the first epoch was complete. The head from before fine-tuning is kept.",
        ),
    ],
)  # fmt: skip
def test_which_epoch_is_kept_is_said_with_the_reason(kept, hidden, words):
    assert kept_in_words(kept, hidden) == words
