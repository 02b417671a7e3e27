"""Pictures of more than 8 bits are scaled by the range of all of a dataset's, and that is said."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tlcore.modalities.image.value_range import common_range, range_of, to_8_bits


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], None),
        ([(0, 255)], (0, 255)),
        ([(0, 200), (3, 4000)], (0, 4095)),  # 12 bits in 16
        ([(0, 65535)], (0, 65535)),
        ([(12, 300)], (0, 511)),
        ([(-1000, 2976)], (-1000, 2976)),  # Hounsfield units
        ([(0, 0.93)], (0, 1)),
        ([(0, 0.02)], (0, 0.02)),
        ([(5e6, 9e9)], (5e6, 9e9)),
        ([(0, 0)], (0, 1)),
        ([(-3, -3)], (-3, -2)),
    ],
)
def test_the_range_of_all_is_in_whole_bits_where_that_fits(found, expected):
    assert common_range(found) == expected


def test_single_pixels_do_not_set_the_range():
    values = np.full((200, 200), 1000, np.uint16)
    values[0, 0], values[1, :2], values[5, 5:9] = 0, 65535, 4000
    assert range_of(values) == (1000, 4000)
    assert range_of(np.array([[1.5, np.nan], [np.inf, -2]])) == (-2, 1.5)
    assert range_of(np.full((2, 2), np.nan)) is None


@given(
    values=arrays.arrays(st.sampled_from([np.uint16, np.int32, np.float32]), (3, 5), elements={"allow_nan": True}),
    low=st.floats(-1e6, 1e6),
    width=st.floats(1e-3, 1e9),
)
def test_any_values_become_8_bits_in_order(values, low, width):
    shown = to_8_bits(values, (low, low + width)).reshape(-1)
    flat = values.reshape(-1)
    finite = np.isfinite(flat)
    order = np.argsort(flat[finite], kind="stable")
    assert (np.diff(shown[finite][order].astype(int)) >= 0).all()
    assert (shown[~finite] == 0).all()
