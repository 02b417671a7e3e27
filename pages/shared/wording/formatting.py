"""How errors, names and numbers read, the same on every page."""

import contextlib
import html
import re
from collections.abc import Iterator

import streamlit as st

from tlcore.base.errors import UserError, as_user_error
from tlcore.base.formatting import amount as amount
from tlcore.base.formatting import count as count
from tlcore.base.formatting import duration as duration
from tlcore.base.formatting import millions as millions
from tlcore.base.formatting import share as share
from tlcore.base.formatting import shorten as shorten
from tlcore.base.formatting import size as size
from tlcore.base.formatting import stage as stage

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>$:&])")
_LINK = re.compile(r"(?i)(?<=https)(?=:)|(?<=http)(?=:)|(?<=www)(?=\.)|(?<=\w)(?=@)")
_JOINER = "\u2060"  # invisible; without it Markdown makes a link of a bare address, a web page's or a person's


def escape(text: str) -> str:
    """A text from outside (a file's name, a label), so that Markdown shows it as it is written, and makes no link."""
    return _escape(_LINK.sub(_JOINER, text))


def _escape(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text.replace("\n", " "))


def chart_text(text: str) -> str:
    """A text from outside, so that a Plotly chart shows it as it is written."""
    return html.escape(text.replace("\n", " "), quote=False)


@contextlib.contextmanager
def errors_shown() -> Iterator[None]:
    """Shows on the page what goes wrong inside, where a person can act on it; also a decorator.

    A defect is raised on, so that the page shows its traceback.
    """
    try:
        yield
    except Exception as error:
        known = as_user_error(error)
        if known is None:
            raise
        show_error(known)


def show_error(error: UserError) -> None:
    """What is wrong, where, and what to do; an address in it can be copied."""
    st.error(_sentences(error), icon=":material/error:")


def show_note(error: UserError) -> None:
    """The same where nobody did wrong and the rest of the page goes on."""
    st.info(_sentences(error), icon=":material/info:")


def _sentences(error: UserError) -> str:
    sentences = [_escape(part.rstrip(".")) + "." for part in (error.detail, error.hint) if part]
    return f"**{_escape(error.title.rstrip('.'))}.** " + " ".join(sentences)
