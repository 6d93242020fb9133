"""Writing and reading the study's files: whole or absent, and the same bytes every time."""

import fcntl
import glob
import json
import math
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tokenize import TokenError
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

import numpy as np
import pandas as pd
from numpy.lib import format as npy
from numpy.typing import NDArray

from stages.core.errors import InputError

# Length of what `mkdtemp` adds to a name.
_RANDOM = 8
# Bytes of an array that are read at once.
_AT_ONCE = 2**24
# Bytes that come before an array's values, at most.
_HEADER = 2**16


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
    # What killed runs left. A stage whose DVC was killed may still be at work on its own.
    for left in path.parent.glob(f".{glob.escape(path.name)}.{'[!.]' * _RANDOM}"):
        if (claim := _claimed(left)) is not None:
            shutil.rmtree(left, ignore_errors=True)
            os.close(claim)
    workplace = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    claim = _claimed(workplace)
    try:
        temporary = workplace / path.name
        yield temporary
        if path.is_dir():
            shutil.rmtree(path)
        temporary.replace(path)
    except OSError as error:
        # A full disk says nothing of where, and the temporary name says nothing to anybody.
        where = str(error.filename or workplace)
        if error.errno is not None and where.startswith(str(workplace)):
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise
    finally:
        shutil.rmtree(workplace, ignore_errors=True)
        if claim is not None:
            os.close(claim)


def _claimed(folder: Path) -> int | None:
    """Lock a folder until the descriptor is closed or this process dies; None if it is locked."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


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
        table: one row per observation; NaN is a gap.

    Raises:
        InputError: a number is infinite.
    """
    infinite = [name for name in table.select_dtypes("number") if np.isinf(table[name]).any()]
    if infinite:
        raise InputError(f"{path}: expected finite numbers, received others in {infinite}")
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


def read_arrays(path: Path, *names: str, most: int | None = None) -> tuple[NDArray[Any], ...]:
    """Read named arrays of numbers from an npz file.

    Nothing in it is executed and nothing is unpacked to disk. Every byte of an array counts for
    the checksum in the file.

    Args:
        path: the file.
        *names: the arrays wanted.
        most: bytes that an array may have; it may then be compressed. Otherwise it must be stored
            as `write_arrays` does, so that no more memory is taken than the file is large.

    Returns:
        The arrays in the order asked for.

    Raises:
        InputError: the file is damaged, lacks an array, or an array is larger than it may be,
            compressed where it may not, encrypted, or not of numbers.
    """
    try:
        with ZipFile(path) as archive:
            return tuple(_read_array(archive, name, path.stat().st_size, most) for name in names)
    # What zipfile and NumPy's parser of headers raise for damaged files.
    except (
        OSError,
        ValueError,
        LookupError,
        EOFError,
        SyntaxError,
        TypeError,
        RuntimeError,
        MemoryError,
        OverflowError,
        TokenError,
        BadZipFile,
        zlib.error,
    ) as error:
        raise InputError(
            f"{path}: expected the arrays {', '.join(names)}, received: {error or repr(error)}"
        ) from error


def _read_array(archive: ZipFile, name: str, stored: int, most: int | None) -> NDArray[Any]:
    """Read one array; NumPy's own reader trusts its header and stops before the checksum."""
    member = archive.getinfo(f"{name}.npy")
    if member.compress_type not in ((ZIP_STORED,) if most is None else (ZIP_STORED, ZIP_DEFLATED)):
        raise ValueError(f"{name} is compressed")
    if member.file_size > (limit := stored if most is None else most + _HEADER):
        raise ValueError(f"{name} has {member.file_size} bytes, and at most {limit} are expected")
    with archive.open(member) as file:
        if (version := npy.read_magic(file)) != (1, 0):
            raise ValueError(f"{name} has version {version} of the format")
        shape, columns_first, dtype = npy.read_array_header_1_0(file)
        if dtype.kind not in "biuf":
            raise ValueError(f"{name} holds {dtype}, which are no numbers")
        here, there = file.tell() + math.prod(shape) * dtype.itemsize, member.file_size
        if here != there or min(shape, default=0) < 0:
            raise ValueError(f"{name} of {dtype} {shape} would have {here} bytes and has {there}")
        array: NDArray[Any] = np.empty(shape, dtype, order="F" if columns_first else "C")
        content = array.reshape(-1, order="A").view(np.uint8).data
        while len(content):
            if not (part := file.read(min(len(content), _AT_ONCE))):
                raise EOFError(f"{name} ends too early")
            content[: len(part)] = part
            content = content[len(part) :]
        file.read(1)  # the end is where the checksum is looked at
    return array
