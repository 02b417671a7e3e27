"""A page's address is a way in of its own."""

import importlib

from streamlit.runtime.pages_manager import PagesManager

import pages.parts.pages


def test_the_first_visitor_of_a_new_server_may_come_in_by_a_pages_address(monkeypatch):
    monkeypatch.setattr(PagesManager, "uses_pages_directory", True)
    importlib.reload(pages.parts.pages)
    assert not PagesManager.uses_pages_directory, "Streamlit would run the page's file alone, without app.py"
