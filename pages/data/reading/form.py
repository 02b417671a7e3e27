"""How files would be read, shown before anything is stored: what comes of it, and each part to be changed."""

from collections.abc import Callable
from typing import NamedTuple

import streamlit as st

from pages.data.reading.columns import choose_metadata
from pages.data.reading.files import choose_encoding, choose_files, choose_modality
from pages.data.reading.names import choose_classes, choose_meanings, undecided
from pages.data.reading.outcome import show_outcome
from pages.data.reading.places import choose_places
from pages.data.reading.tables import choose_tables
from pages.shared.wording.formatting import count, escape, shorten

_LAST = "reading-section"  # of the session: the section that was changed last, which stays open
_WIDE = ("tables", "files")  # sections below both columns


class _Section(NamedTuple):
    title: str
    icon: str
    draw: Callable[[dict, str], dict]
    is_open: bool = False


def show_proposal(proposal: dict, previews: dict[str, bytes], key: str) -> dict:
    """What would come of a reading, and the parts of it as widgets.

    Args:
        proposal: as `Proposal.to_dict` gives it.
        previews: small copies of the examples that the outline names, by their name.
        key: names the widgets; another for each proposal.

    Returns:
        The parts of the reading that the person has changed; empty where there are none.
    """
    for doubt in proposal["doubts"]:
        st.warning(escape(f"{doubt.rstrip('.')}."), icon=":material/help:")
    changed = _offer_groups(proposal, key)
    outcome, choices = st.columns([3, 2], gap="medium")
    with outcome:
        show_outcome(proposal, previews, key)
    sections = _sections(proposal)
    with choices:
        st.markdown("**How to read the files**")
        changed |= choose_places(proposal, key)
        changed |= choose_encoding(proposal, key)
        changed |= choose_modality(proposal, key)
        changed |= _draw({name: each for name, each in sections.items() if name not in _WIDE}, proposal, key)
    return changed | _draw({name: each for name, each in sections.items() if name in _WIDE}, proposal, key)


def why_not_yet(proposal: dict) -> str:
    """Why files can't be imported as a proposal reads them, in a sentence; "" where they can."""
    if len(proposal["outline"]["classes"]) < 2:
        return "There are fewer than two classes. Choose where the class comes from."
    return "Choose what each value of the split means." if undecided(proposal) else ""


def _offer_groups(proposal: dict, key: str) -> dict:
    """A button for each column or part of the file names that looks like a group, where there is none."""
    if proposal["reading"]["group"]:
        return {}
    with st.container(horizontal=True):
        for number, group in enumerate(proposal["options"]["groups"]):
            name = group["name"]
            help = None if group["where"]["from"] == "column" else f"This is {escape(shorten(name, 80))}."
            if st.button(
                _group_title(group), icon=":material/group_work:", wrap=True, help=help, key=f"{key}-use-{number}"
            ):
                return {"group": group["where"]}
    return {}


def _group_title(group: dict) -> str:
    if group["where"]["from"] == "column":
        return f"Use “{escape(shorten(group['name'], 40))}” as the group"
    some = ", ".join(shorten(each, 16) for each in group["examples"])
    return f"Use “{escape(some)}{' …' if group['count'] > 3 else ''}” as the group"


def _draw(sections: dict[str, _Section], proposal: dict, key: str) -> dict:
    """Draws sections; gives what was changed in them."""
    changed = {}
    for name, section in sections.items():
        is_open = section.is_open or st.session_state.get(_LAST) == name
        with st.expander(section.title, icon=section.icon, expanded=is_open):
            if its := section.draw(proposal, key):
                st.session_state[_LAST] = name
                changed |= its
    return changed


def _sections(proposal: dict) -> dict[str, _Section]:
    """The sections that have something to choose, by name."""
    reading, options, outline = proposal["reading"], proposal["options"], proposal["outline"]
    found = {}
    if reading["split"]:
        found["splits"] = _Section(
            "Meanings of the split", ":material/call_split:", choose_meanings, bool(undecided(proposal))
        )
    if outline["classes"]:
        renamed = sum(written != name for written, name in reading["classes"].items())
        title = f"Class names: {renamed:,} renamed or merged" if renamed else "Class names"
        found["classes"] = _Section(title, ":material/label:", choose_classes, 0 < renamed <= 8)
    kept = len(reading["metadata"])
    title = f"Metadata: {count(kept, 'column')}" if kept else "Metadata"
    found["metadata"] = _Section(title, ":material/view_column:", choose_metadata)
    if options["tables"]:
        used = f"{len(reading['tables']):,} of {len(options['tables']):,}"
        found["tables"] = _Section(f"Tables: {used} used", ":material/table:", choose_tables)
    found["files"] = _Section("Left out and unlabelled", ":material/rule_folder:", choose_files)
    return found
