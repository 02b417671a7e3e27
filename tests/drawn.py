"""What is in a page, read by Python's own HTML parser."""

from html.parser import HTMLParser

VOID = {"meta", "img", "br"}
LOADS = {"src", "href", "xlink:href", "srcset", "poster", "data", "action", "background"}
HOSTILE = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</style><svg/onload=alert(1)>",
    "{{ 7*7 }}{% raw %}", "'; drop \\ `x` & <b>", "日本語 🎉", "</title><base href=//evil.example>",
)  # fmt: skip


class Drawn(HTMLParser):
    """The elements of a page, and its texts as people read them.

    Args:
        page: HTML.
    """

    def __init__(self, page: str):
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict]] = []
        self.texts: list[str] = []
        self.style = ""
        self.rows: list[list[str]] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    @property
    def is_whole(self) -> bool:
        """Whether every element was closed."""
        return not self._open

    @property
    def loads(self) -> list[str]:
        """All addresses in it that a browser would load something from."""
        return [value or "" for _, attributes in self.elements for name, value in attributes.items() if name in LOADS]

    @property
    def runs(self) -> list[str]:
        """All in it that could run: scripts, handlers, frames."""
        bad = [
            tag for tag, _ in self.elements if tag in ("script", "iframe", "object", "embed", "base", "link", "form")
        ]
        return bad + [name for _, attributes in self.elements for name in attributes if name.startswith("on")]

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open and self._open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data):
        if self._open and self._open[-1] == "style":
            self.style += data
            return
        self.texts.append(data)
        if self._open and {"td", "th"} & set(self._open):
            self.rows[-1][-1] += data.strip()
