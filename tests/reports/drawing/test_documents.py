"""What is drawn for a person holds whatever it is given as text, and loads and runs nothing."""

import base64
import hashlib
import re

from hypothesis import given
from hypothesis import strategies as st

from tests.drawn import HOSTILE, Drawn
from tlcore.reports.drawing import as_card, as_document


def changed(text: str) -> dict:
    """What `changes.html` draws, with one text wherever one can be."""
    picture = {"source": "", "name": text, "lines": [text]}
    part = {
        "split": "test", "verdict": text, "notes": text, "measures": [(text, text, text, text)],
        "moved": [(text, 1, [picture])],
    }  # fmt: skip
    mended = {"only": text, "edits": [text], "pictures": [picture]}
    return {"splits": [part], "problems": [text], "mended": mended, "plans": [(text, text, text, text)]}


@given(st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40)))
def test_a_text_is_shown_as_it_is_and_does_nothing(text):
    drawn = Drawn(as_card("changes.html", title=text, changed=changed(text)))
    assert not drawn.runs and not drawn.loads and drawn.is_whole
    readable = " ".join(text.split())
    assert drawn.text.count(readable) >= 8


def test_a_document_has_a_policy_that_lets_in_its_own_style_alone():
    drawn = Drawn(as_document("document.html"))
    (policy,) = (
        attributes["content"] for tag, attributes in drawn.elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )  # fmt: skip
    digest = base64.b64encode(hashlib.sha256(drawn.style.encode()).digest()).decode()
    assert dict(part.split(" ", 1) for part in policy.split("; ")) == {
        "default-src": "'none'", "img-src": "data:", "style-src": f"'sha256-{digest}'", "base-uri": "'none'",
        "form-action": "'none'",
    }  # fmt: skip
    assert not re.search(r"@import|url\(", drawn.style)
    assert not [attributes for _, attributes in drawn.elements if "style" in attributes]
