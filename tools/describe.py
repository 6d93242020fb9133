"""Describe a data set of your own for `params.yaml`: `python -m tools.describe NAME PATH`.

PATH is a folder with the four IDX files (plain or .gz), or an npz with `x_train`, `y_train`,
`x_test` and `y_test`. What is printed belongs below `datasets`; the checksums pin the files as they
are now.
"""

import gzip
import hashlib
import sys
import zlib
from io import StringIO
from pathlib import Path
from textwrap import indent
from typing import Any

import numpy as np
import typer
from numpy.typing import NDArray
from ruamel.yaml import YAML

from stages.core.errors import InputError
from stages.core.formats import read_arrays
from stages.core.names import Name
from stages.core.params import validate
from stages.datasets import idx
from stages.datasets.npz import ARRAYS, as_bytes
from stages.datasets.schema import Dataset
from stages.datasets.sources import fetch

# Bytes of one array: no limit, since the file is your own.
_MOST = 2**50


def main(name: str, path: Path) -> None:
    """Print a block for `params.yaml`."""
    text = StringIO()
    try:
        YAML().dump(describe(name, path), text)
    except (InputError, OSError, EOFError, zlib.error) as error:
        sys.exit(f"error: {error}")
    print(indent(text.getvalue(), "  "), end="")


def describe(name: str, path: Path) -> dict[str, Any]:
    """Describe a data set.

    Args:
        name: of its block in `params.yaml`.
        path: folder of IDX files, or npz. It must come from a source that you trust, since files
            of any size are read.

    Returns:
        A mapping with one key, the name.

    Raises:
        InputError: these are no grey images with labels, or the name is not allowed.
        OSError, EOFError, zlib.error: a file cannot be read.
    """
    validate(name, Name, "name")
    if not path.exists():
        raise InputError(f"{path}: expected an npz or a folder of IDX files, received nothing")
    kind = "npz" if path.is_file() else "folder"
    arrays = _of_npz(path) if kind == "npz" else _of_folder(path)
    images, labels = arrays["train_images"], arrays["train_labels"]
    if images.ndim != 3 or not images.size or not labels.size:
        raise InputError(
            f"{path}: expected grey images (n, height, width) and labels, received {images.shape}"
            f" and {labels.shape}"
        )
    block = {
        "title": name.replace("_", " ").strip(),
        "height": images.shape[1],
        "width": images.shape[2],
        "largest_value": int(max(1, images.max(), arrays["test_images"].max(initial=0))),
        "train_images": len(images),
        "test_images": len(arrays["test_images"]),
        "classes": [str(number) for number in range(int(labels.max()) + 1)],
        "sha256": {
            key: hashlib.sha256(idx.serialize(values)).hexdigest() for key, values in arrays.items()
        },
        "sources": [{"kind": kind, "path": str(path.absolute())}],
    }
    fetch(validate(block, Dataset, f"datasets.{name}"))
    return {name: block}


def _of_npz(path: Path) -> dict[str, NDArray[np.uint8]]:
    arrays = read_arrays(path, *ARRAYS.values(), most=_MOST)
    return {
        key: as_bytes(array, f"{path}: {name}")
        for (key, name), array in zip(ARRAYS.items(), arrays, strict=True)
    }


def _of_folder(folder: Path) -> dict[str, NDArray[np.uint8]]:
    arrays = {}
    for key, name in idx.FILES.items():
        zipped = folder / f"{name}.gz"
        if (folder / name).is_file() or not zipped.is_file():
            content = (folder / name).read_bytes()
        else:
            content = gzip.decompress(zipped.read_bytes())
        sizes = content[4 : 4 + 4 * (content[3] if len(content) > 3 else 0)]
        if len(sizes) % 4:
            raise InputError(f"{folder / name}: expected an IDX header, received less")
        shape = tuple(int(size) for size in np.frombuffer(sizes, ">u4"))
        arrays[key] = idx.parse(content, shape, name)
    return arrays


if __name__ == "__main__":
    typer.run(main)
