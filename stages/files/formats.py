"""Writing and reading the study's files: whole or absent, and the same bytes every time."""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pandas as pd
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from stages.files.errors import InputError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path to write to; move it to `path` when the block ends without an error.

    Args:
        path: the file or folder to be written; what is there already is replaced.

    Yields:
        A path in the same folder, so that the move is one atomic step. It does not exist yet and
        ends like `path`, since libraries choose formats by the ending.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    workplace = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        temporary = workplace / path.name
        yield temporary
        if path.is_dir():
            shutil.rmtree(path)
        temporary.replace(path)
    finally:
        shutil.rmtree(workplace, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text with Unix line ends.

    Args:
        path: the file.
        text: its content.
    """
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write JSON with sorted keys; NaN is refused since JSON has none.

    Args:
        path: the file.
        values: plain Python values.

    Raises:
        ValueError: a number is not finite.
    """
    write_text(path, json.dumps(values, indent=2, sort_keys=True, allow_nan=False) + "\n")


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a CSV without the index; floats with as many digits as tell them apart.

    Args:
        path: the file.
        table: one row per observation.
    """
    write_text(path, table.to_csv(index=False, lineterminator="\n"))


def write_arrays(path: Path, **arrays: NDArray[Any]) -> None:
    """Write arrays as uncompressed npz: the same arrays give the same bytes, which a compressor's
    version could change.

    Args:
        path: the file, ending in `.npz`.
        **arrays: name and array; no objects.
    """
    with replacing(path) as temporary:
        np.savez(temporary, allow_pickle=False, **arrays)


def read_arrays(path: Path, *names: str) -> tuple[NDArray[Any], ...]:
    """Read named arrays from an npz file; nothing in it is executed.

    Args:
        path: the file.
        *names: the arrays wanted.

    Returns:
        The arrays in the order asked for.

    Raises:
        InputError: the file is damaged, lacks an array, or holds pickled objects.
    """
    try:
        with path.open("rb") as file, NpzFile(file, allow_pickle=False) as archive:
            return tuple(archive[name] for name in names)
    except (OSError, ValueError, KeyError, EOFError, NotImplementedError, BadZipFile) as error:
        raise InputError(
            f"{path}: expected the arrays {', '.join(names)}, received: {error}"
        ) from error
