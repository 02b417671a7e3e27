"""What is asked of a run's examples: boxes that say it, and what is said now, each part of it to be taken away."""

from collections.abc import Callable

import streamlit as st

from pages.explore.column_filters import asked_in_words, show_column_choice, show_column_filters
from pages.explore.explored import Explored
from pages.shared.run.example_selection import write_selection
from pages.shared.run.shown_split import tell_of_views
from pages.shared.wording.formatting import count, escape, shorten
from tlcore.datasets.selections import named_sets
from tlcore.evaluation.example_filter import Selection, column_of

_ANSWERS = {"yes": "Right", "no": "Wrong"}
_WIDTH = 230
_TITLES = {"label": "Label", "predicted": "Predicted", "tag": "Tag", "kept": "Saved selection"}
_SETS = {
    "drawn": "Drawn on the map",
    "ticked": "Ticked in the table",
    "like": "Similar",
    "only": "Only these",
    "without": "All but these",
}


def show_filters(shown: Explored) -> None:
    """Boxes for split, label, prediction, right or wrong, confidence, tag, name and kept selection."""
    names = shown.run.class_names
    classes = [str(label) for label in range(len(names))]
    selection = shown.selection

    def name_of(label: str) -> str:
        return shorten(names[int(label)], 40)

    with st.container(horizontal=True, border=True, vertical_alignment="bottom"):
        _keep("split", list(shown.shown_splits))
        st.pills(
            "Split", shown.splits, selection_mode="multi", wrap=True, key="ask-split",
            on_change=_take, args=(shown, "split"),
            help="Test is hidden until you select it, and each look is counted. Keep it for a final evaluation, "
            "after all choices are made.",
        )  # fmt: skip
        _keep("right", next(iter(selection.values("right")), None))
        st.segmented_control(
            "Answer", list(_ANSWERS), format_func=_ANSWERS.get, wrap=True, key="ask-right",
            on_change=_take, args=(shown, "right", _one),
        )  # fmt: skip
        for field in ("label", "predicted"):
            _keep(field, list(selection.values(field)))
            st.multiselect(
                _TITLES[field], classes, format_func=name_of, key=f"ask-{field}", placeholder="any", width=_WIDTH,
                on_change=_take, args=(shown, field),
            )  # fmt: skip
        _keep("confidence", _percents(selection))
        st.slider(
            "Confidence", 0, 100, format="%d %%", key="ask-confidence", width=_WIDTH,
            on_change=_take, args=(shown, "confidence", _confidence),
            help="The probability of the class that was predicted.",
        )  # fmt: skip
        _keep("name", next(iter(selection.values("name")), ""))
        st.text_input(
            "Name", key="ask-name", placeholder="any part of it", width=_WIDTH, max_chars=200,
            on_change=_take, args=(shown, "name", _one),
        )  # fmt: skip
        show_column_choice(shown)
        tags = sorted({*shown.tags["tag"], *selection.values("tag")})
        for field, options in (("tag", tags), ("kept", list(named_sets(shown.folder)))):
            if options:
                _keep(field, list(selection.values(field)))
                st.multiselect(
                    _TITLES[field], options, key=f"ask-{field}", placeholder="any", width=_WIDTH,
                    on_change=_take, args=(shown, field),
                )  # fmt: skip
    show_column_filters(shown)
    if "test" in shown.shown_splits:
        tell_of_views(shown.run)


def show_conditions(shown: Explored) -> None:
    """How many are selected, and by what: a button for each condition, with how many fit it alone, takes it away."""
    fields = shown.selection.lacking("split").fields
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{shown.rows.sum():,} of {shown.within.sum():,} selected**", width="content")
        for field in fields:
            alone = int((shown.by_field["split"] & shown.by_field[field]).sum())
            st.button(
                f"{_words(shown, field)} · {alone:,}", icon=":material/close:", key=f"without-{field}",
                on_click=write_selection, args=(shown.run, shown.selection.lacking(field)),
                help=f"{count(alone, 'example')} in the shown splits match this condition alone. Click to remove it.",
            )  # fmt: skip
        st.button(
            "Clear", icon=":material/filter_alt_off:", type="tertiary", disabled=not fields,
            on_click=write_selection, args=(shown.run, shown.selection.about("split")),
        )  # fmt: skip
    if not shown.within.any():
        st.info(
            "**No examples are shown.** Choose another split, or remove a condition.",
            icon=":material/filter_alt_off:",
        )
    elif not shown.rows.any():
        st.info(
            "**No examples match all of these conditions.** Remove one. The number on each button is how many "
            "examples match that condition alone.",
            icon=":material/filter_alt_off:",
        )


def _keep(field: str, value: object) -> None:
    """Has a box show what is selected, however it came to be."""
    st.session_state[f"ask-{field}"] = value


def _take(shown: Explored, field: str, values_of: Callable[[object], list] = list) -> None:
    write_selection(shown.run, shown.selection.having(field, *values_of(st.session_state[f"ask-{field}"])))


def _one(value: str | None) -> list[str]:
    return [value] if value else []


def _percents(selection: Selection) -> tuple[int, int]:
    for value in selection.values("confidence"):
        low, high = map(float, value.split("-"))
        return round(100 * low), round(100 * high)
    return 0, 100


def _confidence(percents: tuple[int, int]) -> list[str]:
    low, high = percents
    return [] if (low, high) == (0, 100) else [f"{low / 100:g}-{high / 100:g}"]


def _words(shown: Explored, field: str) -> str:
    values = shown.selection.values(field)
    if column_of(field) is not None:
        column = shown.described[column_of(field)]
        listed = shorten(", ".join(asked_in_words(value, column.kind) for value in values), 60)
        return escape(f"{shorten(column.title, 40)}: {listed}")
    if field in ("label", "predicted"):
        values = [shown.run.class_names[int(value)] for value in values]
    listed = escape(shorten(", ".join(values), 60))
    if field in _SETS:
        return _SETS[field]
    if field == "right":
        return ", ".join(_ANSWERS[value] for value in values)
    if field == "confidence":
        return "Confidence {} – {} %".format(*_percents(shown.selection))
    return f"Name contains “{listed}”" if field == "name" else f"{_TITLES[field]}: {listed}"
