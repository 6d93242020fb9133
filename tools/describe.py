"""Describe a data set of your own for `params.yaml`: `python -m tools.describe NAME PATH`.

PATH is a folder with the four IDX files (plain or .gz), or an npz with `x_train`, `y_train`,
`x_test` and `y_test`. What is printed belongs below `datasets`; the checksums pin the files as they
are now.
"""

import gzip
import hashlib
import sys
import zlib
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from textwrap import indent
from typing import Any
from zipfile import BadZipFile, ZipFile

import numpy as np
import typer
from numpy.typing import NDArray
from ruamel.yaml import YAML

from stages.check_params import Params
from stages.core.errors import InputError
from stages.core.formats import read_arrays
from stages.core.names import Name, spoken
from stages.core.params import load, validate
from stages.datasets import idx
from stages.datasets.arrays import check
from stages.datasets.npz import ARRAYS, as_bytes
from stages.datasets.schema import Dataset
from stages.datasets.sources import fetch
from tools.project import PROJECT

# Bytes of one array: no limit, since the file is your own.
_MOST = 2**50
# Files that a message lists.
_LISTED = 20
Arrays = dict[str, NDArray[np.uint8]]


def main(name: str, path: Path) -> None:
    """Print a block for `params.yaml`, and which parameter does not fit the data set, if any."""
    text = StringIO()
    try:
        block = describe(name, path)
        YAML().dump(block, text)
        params = load(PROJECT / "params.yaml")
    except (InputError, OSError) as error:
        sys.exit(f"error: {error}")
    print(indent(text.getvalue(), "  "), end="", flush=True)
    try:
        validate({**params, "dataset": name, "datasets": block}, Params, "params.yaml")
    except InputError as error:
        print(f"change this, too, before you choose dataset: {name}: {error}", file=sys.stderr)


def describe(name: str, path: Path) -> dict[str, Any]:
    """Describe a data set.

    Args:
        name: of its block in `params.yaml`.
        path: folder of IDX files, or npz. It must come from a source that you trust, since files
            of any size are read.

    Returns:
        A mapping with one key, the name.

    Raises:
        InputError: the pipeline could not use these images and labels, a file is damaged, or the
            name is not allowed.
        OSError: a file cannot be read.
    """
    validate(name, Name, "name")
    if not path.exists():
        raise InputError(f"{path}: expected an npz or a folder of IDX files, received nothing")
    kind = "npz" if path.is_file() else "folder"
    arrays, subjects = _of_npz(path) if kind == "npz" else _of_folder(path)
    for part in ("train", "test"):
        images, labels = arrays[f"{part}_images"], arrays[f"{part}_labels"]
        if images.ndim != 3 or labels.shape != images.shape[:1] or not images.size:
            raise InputError(
                f"{path}: expected grey images (n, height, width) and n labels, received "
                f"{images.shape} in {subjects[f'{part}_images']} and {labels.shape} in "
                f"{subjects[f'{part}_labels']}"
            )
    train, test = arrays["train_images"], arrays["test_images"]
    if test.shape[1:] != train.shape[1:]:
        raise InputError(
            f"{subjects['test_images']}: expected images of {train.shape[1]} x {train.shape[2]} "
            f"pixels as in {subjects['train_images']}, received {test.shape[1]} x {test.shape[2]}"
        )
    labels = np.concatenate([arrays["train_labels"], arrays["test_labels"]])
    block = {
        "title": spoken(name).strip(),
        "height": train.shape[1],
        "width": train.shape[2],
        "largest_value": int(max(1, train.max(), test.max())),
        "train_images": len(train),
        "test_images": len(test),
        "classes": [str(number) for number in range(int(labels.max()) + 1)],
        "sha256": {
            key: hashlib.sha256(idx.serialize(values)).hexdigest() for key, values in arrays.items()
        },
        "sources": [{"kind": kind, "path": str(path.absolute())}],
    }
    dataset = validate(block, Dataset, f"datasets.{name}")
    check(arrays, dataset, subjects)
    fetch(dataset)
    return {name: block}


def _of_npz(path: Path) -> tuple[Arrays, Mapping[str, str]]:
    """Read the four arrays, and name them for messages."""
    try:
        with ZipFile(path) as archive:
            there = [name.removesuffix(".npy") for name in archive.namelist()]
    except (OSError, BadZipFile):
        there = []  # the reader below says what is wrong with the file
    if there and set(ARRAYS.values()) - set(there):
        raise InputError(
            f"{path}: expected the arrays {', '.join(ARRAYS.values())}, received {', '.join(there)}"
        )
    arrays = read_arrays(path, *ARRAYS.values(), most=_MOST)
    subjects = {key: f"{path}: {name}" for key, name in ARRAYS.items()}
    return {
        key: as_bytes(array, subjects[key]) for key, array in zip(ARRAYS, arrays, strict=True)
    }, subjects


def _of_folder(folder: Path) -> tuple[Arrays, Mapping[str, str]]:
    """Read the four files, plain or .gz, and name them for messages."""
    arrays, subjects = {}, {}
    for key, name in idx.FILES.items():
        plain, zipped = folder / name, folder / f"{name}.gz"
        path = zipped if zipped.is_file() and not plain.is_file() else plain
        subjects[key] = str(path)
        if not path.is_file():
            there = ", ".join(sorted(file.name for file in folder.iterdir())[:_LISTED])
            raise InputError(f"{folder}: expected {name}, plain or .gz, received {there or 'none'}")
        try:
            content = path.read_bytes()
            content = gzip.decompress(content) if path == zipped else content
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(f"{path}: expected a readable file, received: {error}") from error
        sizes = content[4 : 4 + 4 * (content[3] if len(content) > 3 else 0)]
        if len(sizes) % 4:
            raise InputError(f"{path}: expected an IDX header, received less")
        shape = tuple(int(size) for size in np.frombuffer(sizes, ">u4"))
        arrays[key] = idx.parse(content, shape, str(path))
    return arrays, subjects


if __name__ == "__main__":
    typer.run(main)
