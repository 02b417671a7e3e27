"""HTML and charts that stand alone: drawn from plain data, for a report and for notebooks.

Templates escape all that they are given, and nothing in them is fetched from anywhere. What is drawn takes its colour
of text from around it, and shades that let the ground through, so that it reads on light and dark grounds alike.
"""

import base64
import functools
import hashlib
from pathlib import Path

from tlcore.base import formatting

__all__ = ["as_card", "as_document"]
_TEMPLATES = Path(__file__).parent / "templates"
_FILTERS = (formatting.count, formatting.millions, formatting.share, formatting.shorten, formatting.with_interval)


def as_card(template: str, *, title: str, **values: object) -> str:
    """A template drawn for a notebook, its style with it.

    Args:
        template: the name of a file in `templates`.
        title: what stands over it.
        values: what the template draws; texts among them may come from anyone.
    """
    card = _environment().get_template("card.html")
    return card.render(template=template, title=title, style=_style("parts"), **values)


def as_document(template: str, **values: object) -> str:
    """A template drawn as a page of its own, whose policy lets a browser load nothing and run nothing.

    Args:
        template: the name of a file in `templates` that extends `document.html`.
        values: as in `as_card`.
    """
    style = _style("parts", "document")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return _environment().get_template(template).render(style=style, style_digest=f"sha256-{digest}", **values)


def _style(*names: str) -> str:
    return "\n".join((_TEMPLATES / f"{name}.css").read_text(encoding="utf-8") for name in names)


@functools.cache
def _environment():
    """Jinja2, which takes its time to import, where something is drawn."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update({each.__name__: each for each in _FILTERS})
    return environment
