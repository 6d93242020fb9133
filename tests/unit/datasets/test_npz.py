"""A data set in one npz."""

import gzip
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stages.check_params import Params
from stages.core.errors import InputError
from stages.core.params import load, validate
from stages.datasets import idx, npz
from stages.datasets.schema import Dataset
from stages.datasets.sources import fetch
from tests.support import PROJECT
from tools.describe import describe, main

SHAPES = {
    "train_images": (10, 4, 6),
    "train_labels": (10,),
    "test_images": (8, 4, 6),
    "test_labels": (8,),
}


def arrays(**changes: Any) -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    return {
        "x_train": random.integers(0, 256, (10, 4, 6), np.uint8),
        "y_train": np.arange(10) % 3,
        "x_test": random.integers(0, 256, (8, 4, 6), np.uint8),
        "y_test": np.arange(8) % 3,
        **changes,
    }


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_arrays_become_idx_files(tmp_path: Path, save: Any) -> None:
    given = arrays()
    save(tmp_path / "a.npz", **given)
    files = npz.read(tmp_path / "a.npz", SHAPES)
    for key, name in npz.ARRAYS.items():
        assert np.array_equal(idx.parse(files[key], SHAPES[key], key), given[name])


def test_an_axis_of_one_channel_and_the_order_of_memory_do_not_matter(tmp_path: Path) -> None:
    given = arrays()
    np.savez(tmp_path / "a.npz", **given)
    np.savez(
        tmp_path / "b.npz",
        **{
            **given,
            "x_train": np.asfortranarray(given["x_train"]),
            "x_test": given["x_test"][..., np.newaxis].astype(np.int64),
            "y_test": given["y_test"][:, np.newaxis],
        },
    )
    assert npz.read(tmp_path / "a.npz", SHAPES) == npz.read(tmp_path / "b.npz", SHAPES)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"x_train": np.zeros((10, 4, 6, 3), np.uint8)},
            r"x_train: expected dimensions \(10, 4, 6\)",
        ),
        ({"x_train": np.zeros((500, 4, 6))}, "x_train, received: x_train has 96128 bytes"),
        (
            {"x_test": np.zeros((8, 6, 4), np.uint8)},
            r"x_test: expected dimensions \(8, 4, 6\), rec",
        ),
        ({"x_train": np.zeros((10, 4, 6))}, "x_train: expected whole numbers .* float64"),
        (
            {"y_train": np.arange(10) * 30},
            "y_train: expected whole numbers from 0 to 255",
        ),
        ({"y_test": np.arange(8) - 1}, "y_test: expected whole numbers from 0 to 255"),
        ({"y_test": np.array(8 * [{}])}, "y_test, received: y_test holds object"),
    ],
)
def test_other_arrays_are_refused(tmp_path: Path, changes: Any, reason: str) -> None:
    np.savez(tmp_path / "a.npz", **arrays(**changes))
    with pytest.raises(InputError, match=f"a.npz: .*{reason}"):
        npz.read(tmp_path / "a.npz", SHAPES)


def test_a_missing_array_is_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x_train=arrays()["x_train"])
    with pytest.raises(InputError, match="a.npz: expected the arrays y_train"):
        npz.read(tmp_path / "a.npz", SHAPES)


def test_damage_is_refused_or_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez_compressed(path, **arrays())
    right, content = npz.read(path, SHAPES), bytearray(path.read_bytes())
    refused = 0
    for number in range(len(content)):
        content[number] ^= 0x55
        path.write_bytes(content)
        content[number] ^= 0x55
        try:
            assert npz.read(path, SHAPES) == right
        except InputError as refusal:
            assert "a.npz: " in str(refusal)
            refused += 1
    assert refused > len(content) / 2


@pytest.mark.parametrize("kind", ["npz", "folder"])
def test_a_described_data_set_is_fetched(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "mine.npz"
    np.savez(path, **arrays())
    if kind == "folder":
        files, path = npz.read(path, SHAPES), tmp_path
        for key, content in files.items():
            (tmp_path / idx.FILES[key]).write_bytes(content)
    block = describe("mine", path)["mine"]
    assert block["classes"] == ["0", "1", "2"]
    assert (block["height"], block["train_images"], block["test_images"]) == (4, 10, 8)
    files = fetch(validate(block, Dataset, "datasets.mine"))
    assert np.array_equal(
        idx.parse(files["test_labels"], (8,), "labels"), np.arange(8, dtype=np.uint8) % 3
    )


def test_what_is_no_set_of_grey_images_is_not_described(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **arrays(x_train=np.zeros((10, 4, 6, 3), np.uint8)))
    with pytest.raises(InputError, match=r"expected grey images \(n, height, width\) and n labels"):
        describe("mine", tmp_path / "a.npz")
    with pytest.raises(InputError, match="name: expected"):
        describe("../mine", tmp_path / "a.npz")


def test_what_is_printed_can_be_pasted(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **arrays())
    command = [sys.executable, "-m", "tools.describe", "mine_", str(tmp_path / "a.npz")]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    text = (PROJECT / "params.yaml").read_text()
    params = tmp_path / "params.yaml"
    params.write_text(text.replace("\ndatasets:\n", f"\ndatasets:\n{done.stdout}"))
    assert load(params)["datasets"]["mine_"]["title"] == "mine"
    validate(load(params), Params, "params.yaml")
    # So few images ask for other parameters as well, which are named.
    with pytest.raises(InputError) as refused:
        validate({**load(params), "dataset": "mine_"}, Params, "params.yaml")
    assert done.stderr.strip().endswith(str(refused.value))


def test_test_images_of_another_size_are_named_with_both_sizes(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **arrays(x_test=np.zeros((8, 6, 4), np.uint8)))
    said = r"a\.npz: x_test: expected images of 4 x 6 pixels as in .*: x_train, received 6 x 4"
    with pytest.raises(InputError, match=said):
        describe("mine", tmp_path / "a.npz")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"nothing"])
def test_what_cannot_be_described_is_named_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(SystemExit) as ended:
        main("mine", tmp_path / "a.npz")
    assert re.fullmatch(r"error: .*a\.npz: expected the arrays .*", str(ended.value.code))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"y_test": np.arange(8) % 4},
            r"y_train: expected the labels 0 to 3, each at least 2 times, received 0 \(4\), "
            r"1 \(3\), 2 \(3\); label 3: 0 here, 2 in .*a.npz: y_test",
        ),
        (
            {"y_train": np.arange(10) % 2 * 5},
            r"0 to 5, .* received 0 \(5\), 5 \(5\); label 1",
        ),
        ({"y_train": np.array([2, *9 * [1]])}, r"label 0: 0 here, 3 in"),
        (
            {"x_train": np.linspace(0, 1, 240, dtype=np.float32).reshape(10, 4, 6)},
            r"x_train: expected whole .* received float32, 0 to 1; images x .*255 \* \(x - low\)",
        ),
        (
            {"x_test": np.full((8, 4, 6), 4096, np.uint16)},
            "x_test: .* received uint16, 4096 to 4096",
        ),
        (
            {"y_test": np.zeros(0, int)},
            r"and n labels, received \(8, 4, 6\) in .*: x_test and \(0,\)",
        ),
    ],
)
def test_what_the_pipeline_would_refuse_is_refused_by_the_users_own_names(
    tmp_path: Path, changes: Any, said: str
) -> None:
    np.savez(tmp_path / "a.npz", **arrays(**changes))
    with pytest.raises(InputError, match=rf"a\.npz: .*{said}"):
        describe("mine", tmp_path / "a.npz")


def test_too_few_images_to_divide_are_refused(tmp_path: Path) -> None:
    few = {"x_test": np.zeros((7, 4, 6), np.uint8), "y_test": np.arange(7) % 3}
    np.savez(tmp_path / "a.npz", **arrays(**few))
    with pytest.raises(InputError, match=r"datasets.mine.test_images: .* or equal to 8"):
        describe("mine", tmp_path / "a.npz")


def test_the_arrays_that_are_there_are_listed(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", train=np.zeros(3), test=np.zeros(3))
    with pytest.raises(InputError, match=r"a\.npz: expected the arrays .*, received train, test$"):
        describe("mine", tmp_path / "a.npz")


def test_of_four_files_the_damaged_or_missing_one_is_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **arrays())
    for key, content in npz.read(tmp_path / "a.npz", SHAPES).items():
        (tmp_path / f"{idx.FILES[key]}.gz").write_bytes(gzip.compress(content))
    (tmp_path / "a.npz").unlink()
    assert describe("mine", tmp_path)["mine"]["test_images"] == 8
    file = tmp_path / "t10k-images-idx3-ubyte.gz"
    content = bytearray(file.read_bytes())
    content[-5] ^= 1
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"t10k-images-idx3-ubyte\.gz: .*, received: CRC check"):
        describe("mine", tmp_path)
    file.unlink()
    expected = (
        r"expected t10k-images-idx3-ubyte, plain or \.gz, received t10k-labels-idx1-ubyte\.gz"
    )
    with pytest.raises(InputError, match=expected):
        describe("mine", tmp_path)


@pytest.mark.parametrize(
    ("array", "received"),
    [
        (np.array([256]), "received int64, 256 to 256;"),
        (np.array([-1, 3]), "received int64, -1 to 3;"),
        (np.array([0.5]), "received float64, 0.5 to 0.5;"),
        (np.zeros((0, 2)), "received float64;"),
        (np.array([True]), "received bool;"),
    ],
)
def test_other_values_than_bytes_are_said(array: np.ndarray, received: str) -> None:
    with pytest.raises(InputError, match="x: expected whole numbers from 0 to 255") as refused:
        npz.as_bytes(array, "x")
    assert received in str(refused.value)
    assert npz.as_bytes(np.array([0, 255]), "x").tolist() == [0, 255]


def test_wide_integers_may_be_compressed(tmp_path: Path) -> None:
    images, labels = np.zeros((50, 40, 40), np.int64), np.zeros(50, np.int64)
    given = {"x_train": images, "y_train": labels, "x_test": images, "y_test": labels}
    np.savez_compressed(tmp_path / "a.npz", **given)
    shapes = {key: given[name].shape for key, name in npz.ARRAYS.items()}
    files = npz.read(tmp_path / "a.npz", shapes)
    assert files["train_images"] == idx.serialize(images.astype(np.uint8))
