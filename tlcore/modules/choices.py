"""What a handle says, behind a question mark, of how its module is used."""

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from tlcore.base.errors import UserError
from tlcore.modalities import Values, parse_values


class Choices(NamedTuple):
    """How a module is to be used; what is empty is not chosen.

    Attributes:
        output: the names of the outputs that become the feature vector.
        value_range: the values that pixels are to have, as `Modality.parse_values` takes them.
        input_shape: without the batch axis.
    """

    output: tuple[str, ...] = ()
    value_range: str = ""
    input_shape: tuple[int, ...] = ()

    @property
    def made(self) -> list[str]:
        """The names of those that are not empty."""
        return [name for name, choice in self._asdict().items() if choice]

    @property
    def text(self) -> str:
        """As it stands in a handle."""
        pairs = [("value_range", self.value_range)] if self.value_range else []
        pairs += [("output", name) for name in self.output]
        pairs += [("input_shape", ",".join(map(str, self.input_shape)))] if self.input_shape else []
        return urlencode(pairs, safe=",/-: ")

    @property
    def values(self) -> Values | None:
        """What pixels are to be; None where that is not chosen.

        Raises:
            UserError: the range is none.
        """
        return parse_values(self.value_range) if self.value_range else None

    def overruled(
        self,
        output: str | Sequence[str] | None,
        value_range: Sequence[float] | str | None,
        input_shape: Sequence[int] | None,
    ) -> "Choices":
        """The same with what is given here in place of what a handle said.

        Raises:
            UserError: the range is none.
        """
        output = (output,) if isinstance(output, str) else tuple(output or self.output)
        values = parse_values(value_range) if value_range else self.values
        return Choices(output, values.text if values else "", tuple(input_shape or self.input_shape))


def split_choices(ref: str) -> tuple[str, Choices]:
    """A reference to a module, and the choices that stand behind it, as in `handle?value_range=0,255&output=pooled`.

    Raises:
        UserError: the input's shape is none.
    """
    text, mark, query = ref.strip().rpartition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    own = [pair for pair in pairs if pair[0] in Choices._fields]
    if not mark or not own:
        return ref, Choices()
    left = urlencode([pair for pair in pairs if pair not in own])
    chosen = dict(own)
    try:
        shape = tuple(int(side) for side in chosen.get("input_shape", "").split(",") if side)
    except ValueError:
        raise UserError(
            "This is not an input shape", chosen["input_shape"][:80], "Give all sizes, as in input_shape=224,224,3"
        ) from None
    output = tuple(value for name, value in own if name == "output" and value)
    return f"{text}?{left}" if left else text, Choices(output, chosen.get("value_range", ""), shape)
