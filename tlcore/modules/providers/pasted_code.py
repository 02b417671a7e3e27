"""The handle in what people paste: a line of code, a link, quotes."""

import os
import re

from tlcore.base.errors import UserError
from tlcore.modules.providers import claim

_QUOTED = re.compile(r"""(["'`])(?P<text>(?:(?!\1).)+)\1""")
_STRAIGHT = str.maketrans("“”„‘’", '"""\'\'')
_ADDRESS = re.compile(r"https?://[^\s\"'`<>()\[\]{},;]+", re.IGNORECASE)


def handle_in_code(text: str) -> str:
    """The handle in a pasted line of code, such as `hub.KerasLayer("https://…", trainable=True)`, or in quotes.

    What is no code comes back as it is; so does a line in which nothing looks like a handle, a path apart that is all
    of what the quotes hold.
    """
    bare = text.strip().rstrip(",;").strip().translate(_STRAIGHT)
    quoted = [match["text"].strip() for match in _QUOTED.finditer(bare)]
    if not quoted and not re.search(r"[\s()<>\[\]]", bare):
        return bare if bare != text.strip() else text
    handles = [each for each in quoted if _looks_like_a_handle(each)] or _ADDRESS.findall(bare)
    if handles:
        return handles[0]
    is_all = len(quoted) == 1 and re.fullmatch(r"""(["'`]).*\1""", bare)
    return quoted[0] if is_all else text


def _looks_like_a_handle(text: str) -> bool:
    """Whether it is one that says where it leads, as a path does not."""
    if text.lower().startswith(("http://", "https://")):
        return True
    try:
        return not os.path.isabs(claim(text)[1])
    except UserError:
        return False
