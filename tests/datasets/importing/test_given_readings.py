"""Whatever reading is given, it is carried out or refused in words."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from tlcore.base.errors import UserError
from tlcore.datasets.importing.reading import Column, LeftOut, Level, OneHot, Pattern, TableReading

FILES = {
    **{f"{split}/{label}/{n}.jpg": b"" for split in ("train", "test") for label in ("a", "b") for n in range(3)},
    "labels.csv": b"file,dx,who\ntrain/a/0.jpg,x,p1\ntrain/a/1.jpg,y,p1\ntest/b/0.jpg,x,p2\n",
    "broken.xlsx": b"PK",
}
columns = st.sampled_from(["file", "dx", "who", "column 1", "table", "none"])
paths = st.sampled_from(["labels.csv", "broken.xlsx", "gone.csv"])
wheres = st.one_of(
    st.builds(Level, st.integers(-4, 4)),
    st.builds(Column, columns),
    st.builds(OneHot, st.lists(columns, max_size=3).map(tuple)),
    st.builds(Pattern, st.sampled_from(["/(a|b)/", "(", "x", "", "(x)?", "([0-9])"])),
)
tables = st.builds(
    TableReading, paths, st.sampled_from(["", "train"]), st.sampled_from(["", "utf-8", "utf-16", "nonsense"]),
    st.sampled_from(["", ",", ";", "ab"]), st.booleans(), columns, st.lists(columns, max_size=2).map(tuple),
)  # fmt: skip
parts = st.fixed_dictionaries(
    {},
    optional={
        "tables": st.lists(tables, max_size=2).map(tuple),
        "label": st.none() | wheres,
        "split": st.none() | wheres,
        "group": st.none() | wheres,
        "metadata": st.dictionaries(st.sampled_from(["m", "width", "id"]), wheres, max_size=2),
        "splits": st.dictionaries(
            st.sampled_from(["train", "a", "x"]), st.sampled_from(["train", "test", "unlabelled"])
        ),
        "classes": st.dictionaries(st.sampled_from(["a", "x"]), st.sampled_from(["b", ""])),
        "left_out": st.lists(
            st.builds(LeftOut, path=st.sampled_from(["train", "train/a/*", "gone", "train/a/0.jpg"])), max_size=2
        ).map(tuple),
        "unlabelled": st.lists(st.sampled_from(["test", "test/b/*", "x"]), max_size=2).map(tuple),
    },
)


@settings(deadline=None)
@given(parts)
def test_any_reading_is_carried_out_or_refused(proposed, given_parts):
    try:
        proposal = proposed(FILES, **given_parts)
    except UserError as error:
        assert error.detail
        return
    json.dumps(proposal.to_dict())
    for name in ("label", "split", "group"):
        if name in given_parts:
            assert getattr(proposal.reading, name) == given_parts[name]
