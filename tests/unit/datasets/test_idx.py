"""The IDX format."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stages.core.errors import InputError
from stages.datasets import idx

ARRAYS = hnp.arrays(np.uint8, hnp.array_shapes(min_dims=1, max_dims=3, max_side=6))


@given(ARRAYS)
def test_parsing_gives_back_what_was_written(values: np.ndarray) -> None:
    content = idx.serialize(values)
    assert len(content) == idx.length(values.shape)
    assert np.array_equal(idx.parse(content, values.shape, "file"), values)


@given(ARRAYS, st.integers(1, 40))
def test_a_file_cut_short_is_refused(values: np.ndarray, missing: int) -> None:
    with pytest.raises(InputError, match="file: expected .* received"):
        idx.parse(idx.serialize(values)[:-missing], values.shape, "file")


@given(ARRAYS, st.binary(min_size=1, max_size=9))
def test_a_file_with_something_behind_it_is_refused(values: np.ndarray, more: bytes) -> None:
    with pytest.raises(InputError, match=r"file: expected \d+ bytes"):
        idx.parse(idx.serialize(values) + more, values.shape, "file")


def test_another_magic_is_refused_with_both_numbers() -> None:
    labels = idx.serialize(np.zeros(4, np.uint8))
    with pytest.raises(InputError, match="train-images: expected IDX magic 2051, received 2049"):
        idx.parse(labels + bytes(100), (4, 1, 1), "train-images")


def test_other_dimensions_are_refused() -> None:
    content = idx.serialize(np.zeros((2, 3, 4), np.uint8))
    with pytest.raises(InputError, match=r"expected dimensions \(2, 4, 3\), received \(2, 3, 4\)"):
        idx.parse(content, (2, 4, 3), "file")


@pytest.mark.parametrize(
    ("magic", "received"),
    [
        (0x0804, "received 2052 (more dimensions than grey images have)"),
        (0x0805, "received 2053"),
        (0x0802, "received 2050"),
        (0x0D03, f"received 3331 (32-bit floats; {idx.CONVERSION})"),
    ],
)
def test_images_of_colours_are_told_from_other_files(magic: int, received: str) -> None:
    content = magic.to_bytes(4, "big") + bytes(50)
    with pytest.raises(InputError) as refused:
        idx.parse(content, (2, 3, 4), "images")
    assert str(refused.value) == f"images: expected IDX magic 2051, {received}"


def test_a_length_that_is_no_file_is_said_in_bytes() -> None:
    content = idx.serialize(np.zeros((2, 3), np.uint8))
    assert idx.length((2, 3)) == len(content) == 18
    with pytest.raises(InputError, match="x: expected an IDX header of 12 bytes, received 11"):
        idx.parse(content[:11], (2, 3), "x")
    for changed in (content[:-1], content + b"0"):
        with pytest.raises(InputError, match=rf"x: expected 18 bytes .* received {len(changed)}"):
            idx.parse(changed, (2, 3), "x")
    with pytest.raises(InputError, match=r"expected dimensions \(3, 2\), received \(2, 3\)"):
        idx.parse(content, (3, 2), "x")


def test_a_file_of_nothing_is_read() -> None:
    nothing = np.zeros((0, 3), np.uint8)
    assert idx.parse(idx.serialize(nothing), (0, 3), "x").shape == (0, 3)
