"""A module in a notebook: what is known, and its layer groups in order."""

import pytest

import tlcore.reports.cards  # noqa: F401 - as `tlcore.api` does
from tests.drawn import HOSTILE, Drawn
from tlcore.modules import catalogue, find_module
from tlcore.modules.descriptions import module_facts
from tlcore.reports.module_card import module_html


@pytest.mark.parametrize("module", catalogue(), ids=lambda module: module.name)
def test_a_notebook_shows_what_is_known_and_no_more(module):
    drawn = Drawn(module._repr_html_())
    assert drawn.is_whole and not drawn.loads and not drawn.runs
    for name, fact in module_facts(module).items():
        assert (name in drawn.text) == bool(fact) and fact in drawn.text


def test_layer_groups_stand_from_input_to_output():
    module = find_module("efficientnet-lite0")
    assert [row[0] for row in Drawn(module_html(module)).rows[1:]] == list(module.group_names)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_facts_are_text(text):
    module = find_module("efficientnet-lite0").model_copy(
        update={"name": text, "licence": text, "description": text, "handle": text}
    )
    drawn = Drawn(module_html(module))
    assert drawn.is_whole and not drawn.loads and not drawn.runs
    assert drawn.text.count(" ".join(text.split())) == 4
