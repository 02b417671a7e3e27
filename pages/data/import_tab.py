"""What the import found wrong with the files, and what it did about it."""

from itertools import zip_longest

import pandas as pd
import streamlit as st

from pages.shared.tables.download import download_csv
from pages.shared.tables.pick import pick_row
from pages.shared.wording.formatting import escape, shorten
from tlcore.datasets.dataset import Dataset, Problem


def show_problems(dataset: Dataset) -> None:
    """What was found wrong and what was done about it; a row's files on a click."""
    problems = dataset.problems
    if not problems:
        st.caption(":material/check_circle: No problems were found in the files.")
        return
    row = pick_row(
        pd.DataFrame(
            {
                "Problem": [problem.kind.capitalize() for problem in problems],
                "Files": [len(problem.files) for problem in problems],
                "What was done": [problem.action for problem in problems],
                "Such as": [", ".join(shorten(name, 60) for name in problem.files[:3]) for problem in problems],
            }
        ),
        key=f"problems-{dataset.id}",
        alt="Problems of the files",
        columns={
            "Files": st.column_config.NumberColumn(width="small"),
            "What was done": st.column_config.TextColumn(width="large"),
        },
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        download_csv(lambda: problem_rows(problems), "problems.csv", key="problems-csv")
        if row is None:
            st.caption("Tick a row to see its files.")
    if row is not None:
        st.markdown(escape(f"{problems[row].action.rstrip('.')}."))
        kept = {"Kept instead": list(problems[row].kept)} if problems[row].kept else {}
        st.dataframe({"File": list(problems[row].files), **kept}, hide_index=True, height=220)


def problem_rows(problems: tuple[Problem, ...]) -> pd.DataFrame:
    """A row a problem and file: problem, file, action, and of a duplicate the file that is kept instead."""
    rows = [
        (each.kind, name, each.action, kept)
        for each in problems
        for name, kept in zip_longest(each.files or ("",), each.kept, fillvalue="")
    ]
    return pd.DataFrame(rows, columns=["problem", "file", "action", "kept"])
