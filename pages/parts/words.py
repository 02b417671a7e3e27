"""How errors, names and numbers read, the same on every page."""

import html
import re

import streamlit as st

from tlcore.errors import UserError

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>$:&])")
_LINK = re.compile(r"(?i)(?<=https)(?=:)|(?<=http)(?=:)|(?<=www)(?=\.)")
_JOINER = "\u2060"  # invisible; without it Markdown makes a link of a bare address


def plain(text: str) -> str:
    """A text from outside (a file's name, a label), so that Markdown shows it as it is written, and makes no link."""
    return _escape(_LINK.sub(_JOINER, text))


def _escape(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text.replace("\n", " "))


def chart_text(text: str) -> str:
    """A text from outside, so that a Plotly chart shows it as it is written."""
    return html.escape(text.replace("\n", " "), quote=False)


def shorten(text: str, length: int = 40) -> str:
    """A long name with its middle left out."""
    if len(text) <= length:
        return text
    end = (length - 1) // 2
    return f"{text[: length - 1 - end]}…{text[-end:]}"


def show_error(error: UserError) -> None:
    """What is wrong, where, and what to do; an address in it can be copied."""
    st.error(_sentences(error), icon=":material/error:")


def show_note(error: UserError) -> None:
    """The same where nobody did wrong and the rest of the page goes on."""
    st.info(_sentences(error), icon=":material/info:")


def _sentences(error: UserError) -> str:
    sentences = [_escape(part.rstrip(".")) + "." for part in (error.detail, error.hint) if part]
    return f"**{_escape(error.title.rstrip('.'))}.** " + " ".join(sentences)


def count(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: 1 picture, 1,200 pictures."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def share(value: float | None) -> str:
    """A share as a percentage with one decimal; "–" for none."""
    return "–" if value is None else f"{value:.1%}"


def size(bytes: int) -> str:
    """Bytes, rounded: 1.2 MB."""
    for unit in ("B", "kB", "MB", "GB"):
        if bytes < 1000 or unit == "GB":
            return f"{bytes:.0f} {unit}" if unit == "B" else f"{bytes:.1f} {unit}"
        bytes /= 1000
    raise AssertionError


def millions(number: int | None) -> str:
    """A large number, rounded: 4.7 M, 320 k, 12; – for none."""
    if number is None:
        return "–"
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= limit:
            return f"{number / limit:.1f} {unit}"
    return str(number)


def duration(seconds: float) -> str:
    """Seconds as people say them: 8 s, 2 min 10 s, 1 h 5 min."""
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s" if seconds % 60 else f"{seconds // 60} min"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"
