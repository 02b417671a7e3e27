"""Regular expressions on paths. RE2 carries them out, in linear time, so that none can take for ever."""

from collections.abc import Sequence

from tlcore.base.errors import UserError


def search(pattern: str, texts: Sequence[str]) -> list[str]:
    """What the first group of a pattern matches in each text; "" where the pattern is not found.

    Raises:
        UserError: it is no pattern, or has no group.
    """
    import pyarrow
    from pyarrow import compute

    named = _with_one_group(pattern)
    try:
        found = compute.extract_regex(pyarrow.array([_plain(text) for text in texts], pyarrow.string()), named)
    except (pyarrow.ArrowInvalid, UnicodeEncodeError) as error:
        raise _wrong(pattern, str(error)) from None
    return [each["value"] or "" if each else "" for each in found.to_pylist()]


def _with_one_group(pattern: str) -> str:
    """The same with its first group called “value” and the others without a name, as Arrow wants them."""
    parts, place, groups, in_set = [], 0, 0, False
    while place < len(pattern):
        letter = pattern[place]
        if letter == "\\":
            parts.append(pattern[place : place + 2])
            place += 2
            continue
        if in_set:
            in_set = letter != "]"
        elif letter == "[":
            in_set = True
            start = place + (2 if pattern[place + 1 : place + 2] == "^" else 1)
            if pattern[start : start + 1] == "]":  # which stands for itself there
                parts.append(pattern[place:start])
                place, letter = start, "]"
        elif letter == "(":
            rest = pattern[place + 1 :]
            name = next((each for each in ("?P<", "?<") if rest.startswith(each) and rest[2:3] not in "=!"), None)
            if name or not rest.startswith("?"):
                groups += 1
                parts.append("(?P<value>" if groups == 1 else "(?:")
                place += 1 + (rest.find(">") + 1 if name else 0)
                continue
        parts.append(letter)
        place += 1
    if not groups:
        raise _wrong(pattern, "it has no group; put parentheses around the part that is the value")
    return "".join(parts)


def _plain(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _wrong(pattern: str, what: str) -> UserError:
    return UserError(
        "The pattern can't be used",
        f"“{pattern[:100]}”: {what[:200]}",
        "Give a regular expression in RE2 syntax (no look-around, no back-references), such as “_([a-z]+)_”",
    )
