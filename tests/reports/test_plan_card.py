"""A plan in a notebook."""

import tlcore.reports.cards  # noqa: F401 - as `tlcore.api` does
from tests.drawn import Drawn
from tlcore.plans import Plan


def test_a_notebook_shows_the_words_and_what_is_not_the_default():
    drawn = Drawn(Plan(train_groups=("<b>top</b>",), epochs=7)._repr_html_())
    assert drawn.is_whole and not drawn.loads and not drawn.runs
    assert drawn.rows[1:] == [
        ["train_groups", "<b>top</b>", "none", Plan.model_fields["train_groups"].description],
        ["epochs", "7", "5", Plan.model_fields["epochs"].description],
    ]
    assert "for 7 epochs" in drawn.text
    assert "All settings in use have their default values" in Drawn(Plan()._repr_html_()).text
