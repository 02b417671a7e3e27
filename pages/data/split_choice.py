"""The choice of a split: fractions that always add to one, and a seed."""

import streamlit as st

Fractions = tuple[float, float, float]


def choose_split(key: str, seed: int = 0, fractions: Fractions = (0.7, 0.15, 0.15)) -> tuple[int, Fractions]:
    """A slider with two handles, and the seed.

    Args:
        key: names the widgets.
        seed: what the seed's field begins with.
        fractions: of train, val and test, that the slider begins with.

    Returns:
        The seed, and the fractions of train, val and test, in steps of a hundredth; they add to 1.
    """
    first = round(fractions[0] * 100)
    second = round((fractions[0] + fractions[1]) * 100)
    train_end, val_end = st.slider(
        "Train up to the first handle, val up to the second, test the rest",
        0,
        100,
        (first, second),
        format="%d %%",
        key=f"{key}-fractions",
    )
    percents = (train_end, val_end - train_end, 100 - val_end)
    st.caption(f"train {percents[0]} % · val {percents[1]} % · test {percents[2]} %")
    seed = st.number_input(
        "Seed", 0, 2**31 - 1, seed, key=f"{key}-seed", help="The same seed splits the same files in the same way."
    )
    return int(seed), tuple(percent / 100 for percent in percents)
