"""Names tell pictures, tables, archives and parts of archives apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcore.datasets.filenames import (
    archive_stem,
    clean_path,
    is_archive,
    is_item,
    is_plain,
    is_table,
    part_of,
    points_outside,
)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("a/data.zip.001", ("a/data.zip", 1, True)),
        ("data.tar.gz.ab", ("data.tar.gz", 1, True)),
        ("data.tar.gzaa", ("data.tar.gz", 0, True)),
        ("data.7z.010", ("data.7z", 10, True)),
        ("data.zip.part2", ("data.zip", 2, True)),
        ("data.z01", ("data.zip", 1, False)),
        ("data.part03.rar", ("data.rar", 3, False)),
        ("data.r00", ("data.rar", 0, False)),
        ("data.zip", None),
        ("data.tar.gz", None),
        ("data.tar.bz", None),
        ("data.zip.py", None),
        ("1.jpg", None),
        ("001", None),
    ],
)
def test_parts_of_an_archive_are_known_by_their_names(name, part):
    assert part_of(name) == part
    assert is_archive(name) == (part is not None or name in ("data.zip", "data.tar.gz", "data.tar.bz"))


@pytest.mark.parametrize(
    ("name", "stem"),
    [("data.tar.zst", "data"), ("data.zip.001", "data"), ("a/b.tgz", "a/b"), ("data.part1.rar", "data"), ("x", "x")],
)
def test_an_archive_s_stem_is_its_name_without_its_suffixes(name, stem):
    assert archive_stem(name) == stem


def test_kinds_are_told_by_the_suffix_in_any_case():
    assert is_item("a/b.JPG") and not is_item("jpg") and not is_item("b.csv")
    assert is_table("labels.CSV") and not is_table("b.jpg")


@given(st.text(st.sampled_from("ab./\\: é-\n")))
def test_a_plain_path_is_one_that_need_not_be_looked_at(path):
    if is_plain(path):
        assert clean_path(path) == path and path.isascii() and path.isprintable()
        assert not points_outside(path) and "\\" not in path
        assert all(part not in ("", ".", "..") for part in path.split("/"))
