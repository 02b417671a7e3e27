"""Bytes that don't say their encoding are read in the one under which they make sense."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tlcore.base.errors import UserError
from tlcore.datasets.sources.encodings import CODE_PAGES, check_encoding, decide_code_page, decide_encoding

WORDS = {
    "gb18030": ["猫 狗", "苹果 香蕉", "正常 肺炎", "健康叶片 黑斑病 锈病", "训练集 测试集", "红色 绿色 蓝色"],
    "cp932": ["猫 犬", "ねこ いぬ", "ネコ イヌ", "りんご みかん", "正常 異常", "写真 訓練 テスト", "表 能"],
    "cp949": ["고양이 개", "사과 바나나", "정상 비정상", "학습데이터 시험데이터"],
    "big5": ["貓 狗", "蘋果 香蕉", "正常 異常", "訓練 測試", "照片 健康 葉片"],
    "cp437": ["Käfer Vögel", "Äpfel Bäume", "naïve café", "élève", "niño año", "Straße"],
    "cp850": ["São João maçã", "Ærø Østers"],
    "cp1252": ["Käfer Vögel", "chats crêpes", "São João maçã", "été élève", "niño", "Smørrebrød Ål"],
    "cp866": ["кошки собаки", "Яблоко Груша", "кот пёс"],
    "cp1251": ["кошки собаки", "Яблоко Груша", "здоровые больные", "кіт їжак"],
    "koi8-r": ["кошки собаки"],
    "cp852": ["zdravé nemocné žluté", "jabłko gruszka ślimak"],
    "cp1250": ["zdravé nemocné žluté", "jabłko gruszka ślimak"],
    "cp1253": ["γάτα σκύλος"],
    "cp737": ["γάτα σκύλος"],
    "cp1254": ["kedi köpek çiçek ağaç şeker"],
    "cp1256": ["قطط كلاب"],
    "cp1255": ["חתול כלב"],
    "cp874": ["แมว หมา"],
}


@pytest.mark.parametrize(
    ("encoding", "words"), [(encoding, words) for encoding, several in WORDS.items() for words in several]
)
def test_a_few_names_are_enough(encoding, words):
    raw = "\n".join(f"{word}/{number}.jpg" for word in words.split() for number in range(3)).encode(encoding)
    decided = decide_encoding(raw)
    assert raw.decode(decided.name) == raw.decode(encoding)
    assert decided.reason.endswith(".")
    assert next(iter(decided.alternatives)) == decided.name
    assert next(word for word in words.split() if not word.isascii()) in decided.alternatives[decided.name]


def test_a_language_that_one_letter_does_not_tell_is_among_the_alternatives():
    decided = decide_encoding("kočka".encode("cp1250"))
    assert decided.alternatives["cp1250"] == "kočka"


@pytest.mark.parametrize(
    ("raw", "name", "reason"),
    [
        (b"", "utf-8", "ASCII"),
        (b"file,label\n1.png,cat\n", "utf-8", "ASCII"),
        ("file,label\n1.png,Käfer\n".encode(), "utf-8", "valid UTF-8"),
        ("🐝, 猫"[:1].encode() + "猫".encode()[:2], "utf-8", "valid UTF-8"),  # cut inside a character
        ("file,label\n".encode("utf-8-sig"), "utf-8-sig", "mark"),
        ("file,Käfer\n".encode("utf-16"), "utf-16", "mark"),
        ("file,label\n".encode("utf-16-le"), "utf-16-le", "UTF-16"),
        ("file,label\n".encode("utf-16-be"), "utf-16-be", "UTF-16"),
    ],
)
def test_what_says_its_encoding_is_believed(raw, name, reason):
    decided = decide_encoding(raw)
    assert decided.name == name
    assert reason in decided.reason


def test_a_long_text_with_a_damaged_byte_is_still_utf8():
    raw = "Käfer und Vögel, Bäume und Sträucher\n".encode() * 50 + b"\xff\n"
    assert decide_encoding(raw).name == "utf-8"


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
@example(b"\xff\xfea\0")
@example(b"\0\xff\0a")
def test_any_bytes_have_an_encoding(raw):
    decided = decide_encoding(raw)
    assert isinstance(raw.decode(decided.name, "replace"), str)
    assert check_encoding(decided.name)
    assert set(decided.alternatives) <= {"utf-8", *CODE_PAGES}
    assert decide_code_page(raw).name in {"utf-8", *CODE_PAGES}  # names have no marks, and zeros mean nothing in them


@pytest.mark.parametrize("name", ["utf8", "GBK", "shift-jis", "latin-1", "cp437", "utf-16", *CODE_PAGES])
def test_an_encoding_can_be_chosen_under_any_of_its_names(name):
    assert b"a".decode(check_encoding(name), "replace")


@pytest.mark.parametrize(
    "name", ["", "no such", "rot13", "unicode_escape", "punycode", "idna", "zip", "a\0b", "x" * 999]
)
def test_what_is_no_encoding_of_names_is_refused(name):
    with pytest.raises(UserError, match="encoding can't be used"):
        check_encoding(name)
