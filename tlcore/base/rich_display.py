"""How a notebook draws things: what holds data knows no HTML, `tlcore.reports.cards` registers how each is drawn."""

from collections.abc import Callable
from typing import TypeVar

Draw = TypeVar("Draw", bound=Callable[..., str])
_drawings: dict[type, Callable[..., str]] = {}


class RichDisplay:
    """Drawn by a notebook as was registered for its class, or for the nearest class that it derives from."""

    def _repr_html_(self) -> str | None:
        """HTML; None, upon which a notebook shows the plain `repr`, where no drawing is registered."""
        draw = next((_drawings[each] for each in type(self).__mro__ if each in _drawings), None)
        return draw(self) if draw else None


def draws(kind: type[RichDisplay]) -> Callable[[Draw], Draw]:
    """Registers a function as what draws things of a class: it takes one and returns HTML."""

    def register(draw: Draw) -> Draw:
        _drawings[kind] = draw
        return draw

    return register
