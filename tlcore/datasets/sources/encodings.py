"""Which encoding bytes from outside are in: names in archives, and tables."""

import codecs
import functools
import json
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tlcore.base.errors import UserError

# What zips and tables are written in where they are not UTF-8, by Python's name: what people call it, and how many bits
# of evidence speak against it before a byte is seen, since Windows and its tools write few of them.
CODE_PAGES = {
    "cp1252": ("Western European, Windows", 1),
    "cp437": ("Western European, DOS", 1),
    "cp850": ("Western European, DOS, code page 850", 1.5),
    "gb18030": ("simplified Chinese, GBK", 0),
    "cp932": ("Japanese, Shift JIS", 0),
    "cp949": ("Korean, EUC-KR", 0),
    "big5hkscs": ("traditional Chinese, Big5", 1),
    "cp1251": ("Cyrillic, Windows", 0),
    "cp866": ("Cyrillic, DOS", 0),
    "koi8-u": ("Cyrillic, KOI8", 4),
    "cp1250": ("Central European, Windows", 2),
    "cp852": ("Central European, DOS", 2),
    "cp1254": ("Turkish, Windows", 3),
    "cp857": ("Turkish, DOS", 4),
    "cp1253": ("Greek, Windows", 2),
    "cp737": ("Greek, DOS", 3),
    "cp1255": ("Hebrew, Windows", 2),
    "cp862": ("Hebrew, DOS", 4),
    "cp1256": ("Arabic, Windows", 3),
    "cp720": ("Arabic, DOS", 5),
    "cp874": ("Thai", 2),
    "cp1258": ("Vietnamese, Windows", 6),
    "cp775": ("Baltic, DOS", 5),
    "cp1257": ("Baltic, Windows", 5),
    "euc_jp": ("Japanese, EUC-JP", 4),
    "mac_roman": ("Western European, old Macintosh", 6),
}
CHOSEN = "This encoding was chosen."
_SAMPLE = 6000  # bytes of words that are weighed
_LONGEST_WORD = 400  # bytes of it that are weighed
_PLAIN = rb"A\x41.xn--nxasmq6b"  # which some codecs of Python take for something else
_SEPARATORS = re.compile(rb"[\x00-\x2f\x3a-\x3f]+")  # no encoding has these inside a character
_FARTHEST = 40  # bits that an alternative may be behind
_MOST_ALTERNATIVES = 6
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Encoding(NamedTuple):
    """An encoding that was decided on.

    Attributes:
        name: what Python calls it.
        reason: why it was chosen, a sentence for people.
        alternatives: this and others that the bytes may be in, the likeliest first, each with a few words decoded so;
            empty where nothing but ASCII was found.
    """

    name: str
    reason: str
    alternatives: dict[str, str]


def decide_encoding(raw: bytes) -> Encoding:
    """The encoding that a text is in, such as a table.

    A byte order mark is believed; else it is UTF-16 where it looks so, else what `decide_code_page` says. A last
    character that is cut off does no harm, so the start of a large table will do.

    Args:
        raw: the bytes.
    """
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return Encoding(name, "The text begins with a byte order mark.", {})
    if (name := _wide(raw)) is not None:
        return Encoding(name, "Every other byte is zero, as in UTF-16.", {})
    return decide_code_page(raw)


def decide_code_page(raw: bytes) -> Encoding:
    """The encoding that some bytes are in, of those that hold ASCII: all undecided names of an archive, a line each.

    It is UTF-8 where it is valid as such; else the code page under which it reads best: how common its letters are, and
    whether words keep to one script and to usual capitals. It is decided once on all words together, since few bytes
    fit many code pages.

    Args:
        raw: the bytes.
    """
    if raw.isascii():
        return Encoding("utf-8", "The text is all ASCII.", {})
    words = _words(raw)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(raw)
    except UnicodeDecodeError:
        pass
    else:
        return Encoding("utf-8", "The text is valid UTF-8.", {"utf-8": _sample(words, "utf-8"), **_alternatives(words)})
    alternatives = _alternatives(words)
    name = next(iter(alternatives))
    if name == "utf-8":
        return Encoding(name, "The text is most likely UTF-8, though some bytes are not valid.", alternatives)
    return Encoding(name, f"The text is not valid UTF-8, and most likely {CODE_PAGES[name][0]}.", alternatives)


def choose_encoding(decided: Encoding, name: str) -> Encoding:
    """What was decided where it is the one that a person chose, too; else the one that they chose."""
    return decided if codecs.lookup(decided.name).name == name else decided._replace(name=name, reason=CHOSEN)


def check_encoding(name: str) -> str:
    """An encoding that a person chose, by Python's name for it.

    Raises:
        UserError: there is none of this name, or it is none in which names and tables are written.
    """
    try:
        known = codecs.lookup(name).name
        if known.startswith("utf-16") or _PLAIN.decode(known) == _PLAIN.decode("ascii"):
            return known
    except (LookupError, ValueError):
        pass
    raise UserError(
        "This encoding can't be used", f"“{name[:80]}”", "Give an encoding such as utf-8, cp1252, gb18030 or shift_jis"
    )


def _wide(raw: bytes) -> str | None:
    head = raw[:200]
    if b"\0" not in head:
        return None
    low, high = head[1::2].count(0), head[::2].count(0)  # for Western letters, the zeros are on one side
    if max(low, high) < len(head) // 4:
        return None
    return "utf-16-le" if low >= high else "utf-16-be"


def _words(raw: bytes) -> list[bytes]:
    """The words that are not ASCII, each once, in order, up to a bound."""
    found: dict[bytes, None] = {}
    size = 0
    for piece in (piece[:_LONGEST_WORD] for piece in _SEPARATORS.split(raw[: 64 * _SAMPLE])):
        if not piece.isascii() and piece not in found:
            found[piece] = None
            size += len(piece)
            if size > _SAMPLE:
                break
    return list(found)


def _alternatives(words: Sequence[bytes]) -> dict[str, str]:
    """The likeliest encodings by name, best first, each with a sample; of those that read alike only one."""
    costs: dict[str, tuple[float, str]] = {}
    for name, prior in (("utf-8", 0), *((name, prior) for name, (_, prior) in CODE_PAGES.items())):
        text = "\n".join(word.decode(name, "replace") for word in words)
        cost = prior + _cost(text)
        if text not in costs or cost < costs[text][0]:
            costs[text] = (cost, name)
    ranked = sorted(costs.values())
    near = [name for cost, name in ranked if cost <= ranked[0][0] + max(_FARTHEST, 0.5 * ranked[0][0])]
    return {name: _sample(words, name) for name in near[:_MOST_ALTERNATIVES]}


def _sample(words: Sequence[bytes], name: str) -> str:
    return ", ".join(word.decode(name, "replace")[:40] for word in words[:3])


def _cost(text: str) -> float:
    """How many bits it takes to say a text of words: the more usual its letters and their order, the fewer."""
    total, before, scripts = 0.0, "\n", set()
    for letter in text:
        if letter != "\n":
            total += _letter(letter)[1] + _change(before, letter)
            scripts.add(_letter(letter)[0].replace("kana", "han"))
        before = letter
    return total + 6 * max(0, len(scripts - {"", "latin"}) - 1)


def _change(before: str, letter: str) -> float:
    """What it costs that one letter follows another."""
    one, two = _letter(before)[0], _letter(letter)[0]
    if one == two == "latin" or one == two == "cyrillic" or one == two == "greek":
        if before.islower() and letter.isupper():
            return 8
        if letter.isupper() and not before.isascii():
            return 1
        return 0
    if "" in (one, two) or one == two or {one, two} <= {"han", "kana"}:
        return 0
    return 7 if "latin" in (one, two) and {one, two} & {"han", "kana", "hangul"} else 12


@functools.lru_cache(maxsize=1 << 16)
def _letter(letter: str) -> tuple[str, float]:
    """A letter's script ("" where it has none), and how many bits it takes to say it."""
    if letter.isascii():
        return ("latin", 4.2) if letter.isalpha() else ("", 4.5)
    code = ord(letter)
    if code == 0xFFFD or unicodedata.category(letter) in ("Cn", "Co", "Cc", "Cs"):
        return "", 30
    if 0x4E00 <= code <= 0x9FFF:
        return "han", 9.5 if letter in _common()["hanzi"] else 12 if _is_first_level(letter) else 16
    if 0xAC00 <= code <= 0xD7A3:
        return "hangul", 8.5 if letter in _common()["hangul"] else 12.5 if _is_in(letter, "euc_kr") else 18
    if 0x3040 <= code <= 0x30FF:
        return "kana", 6.5
    if 0xFF61 <= code <= 0xFF9F:
        return "kana", 8.5
    if unicodedata.category(letter)[0] not in "LM":
        return "", 9 if letter in "°–—‘’“”…•€£±²³µ·×、。・「」『』【】（）《》：，！？" else 14 if code < 0x2500 else 16
    for script, first, last, commonest, usual in _ALPHABETS:
        if first <= code <= last:
            small = letter.lower()
            return script, (4.5 if small in commonest else 6 if small in usual else 9) + 2 * letter.isupper()
    if code < 0x250 or 0x1E00 <= code < 0x1F00:
        return "latin", _latin(letter)
    return "", 16


_ALPHABETS = (
    ("cyrillic", 0x400, 0x52F, "оеаинтсрвлкмдпу", "яыьгзбчйхжшюцщэфъёіїєґ"),
    ("greek", 0x370, 0x3FF, "αοιετσνηυρπκμλςάόίέ", "βγδζθξφχψωήύώ"),
    ("hebrew", 0x590, 0x5FF, "אבדהוחילמםנעקרשת", "גזטךכןסףפץצ"),
    ("arabic", 0x600, 0x6FF, "ابتدرسعفقلمنهويةأ", "ثجحخذزشصضطظغكىءإآؤئ"),
    ("thai", 0xE00, 0xE7F, "กคงดตทนปพมยรลวสหอาิีเแ่้ั", "ขจฉชซญฎฐณถธบผฝฟภศษฬฮะำึืุูโใไ็์"),
)
_LATIN = (("éäöüß", 6), ("èáóíñçãàêúâ", 7), ("ıİğş", 7.5), ("ôîûåøæõëïůěščřžýąęłśćżńźőűœ", 8))


def _latin(letter: str) -> float:
    small = letter.lower() if len(letter.lower()) == 1 else letter
    bits = next((bits for letters, bits in _LATIN if small in letters or letter in letters), 11)
    return bits + 2 * letter.isupper()


@functools.cache
def _common() -> dict[str, frozenset[str]]:
    """The commonest characters of Chinese (both kinds) and of Korean, and those of everyday things."""
    path = Path(__file__).with_name("common_characters.json")
    return {script: frozenset(letters) for script, letters in json.loads(path.read_text(encoding="utf-8")).items()}


def _is_in(letter: str, encoding: str, first: int = 0xA1, last: int = 0xFE) -> bool:
    try:
        return first <= letter.encode(encoding)[0] <= last
    except UnicodeEncodeError:
        return False


def _is_first_level(letter: str) -> bool:
    """Whether national standards count a character among the usual ones, which come first in them."""
    return (
        _is_in(letter, "gb2312", 0xB0, 0xD7)
        or _is_in(letter, "big5", 0xA4, 0xC6)
        or _is_in(letter, "shift_jis", 0x88, 0x97)
    )
