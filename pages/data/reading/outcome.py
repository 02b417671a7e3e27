"""What would come of a reading: classes with pictures, splits, and what is left out."""

import streamlit as st

from pages.shared.media.items import drawing_of
from pages.shared.wording.formatting import count, escape, shorten

_MOST_CLASSES = 200
_PAGE = 8  # classes whose pictures are shown at once


def show_outcome(proposal: dict, previews: dict[str, bytes], key: str) -> None:
    """Draws it.

    Args:
        proposal: as `Proposal.to_dict` gives it.
        previews: small copies of the examples that the outline names, by their name.
        key: names the widgets.
    """
    outline = proposal["outline"]
    classes = outline["classes"]
    files = sum(each["files"] for each in classes.values())
    parts = [f"**{count(len(classes), 'class', 'classes')}** with {count(files, 'example')}"]
    if outline["splits"]:
        parts.append(", ".join(f"{size:,} {split}" for split, size in outline["splits"].items()))
    if outline["unlabelled"]:
        parts.append(f"{outline['unlabelled']:,} without a label")
    if outline["groups"]:
        parts.append(
            f"{count(outline['groups']['count'], 'group')} by {escape(shorten(outline['groups']['name'], 40))}"
        )
    st.markdown(" · ".join(parts))
    if classes:
        _list_classes(classes)
        _show_pictures(proposal, previews, key)
    reasons = [escape(reason.rstrip(".")) + "." for reason in proposal["reasons"].values()]
    if reasons:
        st.caption("Why the files are read this way:  \n" + "  \n".join(reasons))
    for each in outline["left_out"]:
        with st.expander(escape(f"Left out, {count(each['files'], 'file')}: {each['reason']}")):
            st.write(escape(", ".join(shorten(name, 80) for name in each["examples"])))


def _list_classes(classes: dict) -> None:
    shown = dict(list(classes.items())[:_MOST_CLASSES])
    st.dataframe(
        {
            "Class": list(shown),
            "Files": [each["files"] for each in shown.values()],
            "Such as": [", ".join(map(_end, each["examples"])) for each in shown.values()],
        },
        hide_index=True,
        height=min(38 + 35 * len(shown), 250),
        column_config={
            "Files": st.column_config.NumberColumn(width="small"),
            "Such as": st.column_config.TextColumn(width="large"),
        },
    )
    if len(classes) > _MOST_CLASSES:
        st.caption(f"Only the first {_MOST_CLASSES} classes are listed.")


def _show_pictures(proposal: dict, previews: dict[str, bytes], key: str) -> None:
    """Pictures of each class, some classes at a time."""
    classes = proposal["outline"]["classes"]
    pictured = {name: [previews[each] for each in its["examples"] if each in previews] for name, its in classes.items()}
    pictured = {name: pictures for name, pictures in pictured.items() if pictures}
    drawing = drawing_of(proposal["reading"]["modality"])
    pages = -(-len(pictured) // _PAGE)
    place = st.container()
    page = st.pagination(pages, max_visible_pages=5, key=f"{key}-pictures") if pages > 1 else 1
    with place:
        for name, pictures in list(pictured.items())[(page - 1) * _PAGE : page * _PAGE]:
            with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
                st.markdown(escape(shorten(name, 28)), width=110)
                for picture in pictures:
                    drawing.show_preview(picture, f"An example of {name}", 56)
    if pages > 1 and len(pictured) < len(classes):
        st.caption(f"Pictures are shown of {len(pictured):,} of {len(classes):,} classes.")


def _end(path: str) -> str:
    """The end of a path, which tells files apart."""
    folders, _, name = path.rpartition("/")
    return shorten(f"{folders.rpartition('/')[2]}/{name}" if folders else name, 48)
