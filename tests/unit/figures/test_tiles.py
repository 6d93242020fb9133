"""Grids of images as PNG."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stages.core.errors import InputError
from stages.figures.tiles import read_tiles, save_tiles

RANDOM = np.random.default_rng(0)


def test_a_grid_comes_back_pixel_for_pixel(tmp_path: Path) -> None:
    levels = RANDOM.integers(0, 256, (2, 3, 5, 4, 1))
    save_tiles((levels / 255).astype(np.float32), tmp_path / "grid.png")
    assert np.array_equal(read_tiles(tmp_path / "grid.png", 5, 4), levels[..., 0])
    with Image.open(tmp_path / "grid.png") as picture:
        assert picture.size == (12, 10)


def test_values_outside_the_range_are_clipped(tmp_path: Path) -> None:
    rows = np.array([-0.5, 0.0, 1.0, 7.0], np.float32).reshape(1, 4, 1, 1, 1)
    save_tiles(rows, tmp_path / "grid.png")
    assert read_tiles(tmp_path / "grid.png", 1, 1).ravel().tolist() == [0, 0, 255, 255]


def test_the_same_images_are_the_same_bytes(tmp_path: Path) -> None:
    rows = RANDOM.random((2, 2, 8, 8, 1), np.float32)
    for name in ("one.png", "other.png"):
        save_tiles(rows, tmp_path / name)
    content = (tmp_path / "one.png").read_bytes()
    assert content == (tmp_path / "other.png").read_bytes()
    assert b"Software" not in content


def test_another_picture_is_refused(tmp_path: Path) -> None:
    Image.new("L", (12, 10)).save(tmp_path / "grid.png")
    with pytest.raises(InputError, match=r"grid\.png: expected a grid .* of 5 x 5 .* 10 x 12$"):
        read_tiles(tmp_path / "grid.png", 5, 5)
    Image.new("RGB", (10, 10)).save(tmp_path / "colour.png")
    with pytest.raises(InputError, match="grey"):
        read_tiles(tmp_path / "colour.png", 5, 5)
