"""What a notebook draws is registered for a class from a room above it."""

from tlcore.base.rich_display import RichDisplay, draws


class Thing(RichDisplay):
    pass


class Special(Thing):
    pass


class Other(RichDisplay):
    pass


@draws(Thing)
def draw(thing: Thing) -> str:
    return f"<b>{type(thing).__name__}</b>"


def test_a_thing_is_drawn_as_registered_for_its_class_or_the_nearest_above():
    assert Thing()._repr_html_() == "<b>Thing</b>"
    assert Special()._repr_html_() == "<b>Special</b>"


def test_where_nothing_is_registered_a_notebook_falls_back_on_the_repr():
    assert Other()._repr_html_() is None
