"""Reading and writing files: completely or not at all, and the same bytes every time."""

import fcntl
import glob
import json
import math
import os
import shutil
import struct
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tokenize import TokenError
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import numpy as np
import pandas as pd
from numpy.lib import format as npy
from numpy.typing import NDArray

from stages.core.errors import InputError

# Number of characters that `mkdtemp` adds to a name.
_RANDOM = 8
# Bytes of an array that are read at once.
_AT_ONCE = 2**24
# Of the zip format: the version that has sizes of 64 bits, and 1 January 1980.
_ZIP64 = 45
_FIRST_DAY = 1 << 5 | 1
# Largest size of the header before an array's values, in bytes.
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
    # Remove what killed runs left. Locked folders stay: a stage can outlive the DVC process that
    # started it.
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
        # The error of a full disk names no file, and a temporary name would help nobody.
        where = str(error.filename or workplace)
        if error.errno is not None and where.startswith(str(workplace)):
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise
    finally:
        shutil.rmtree(workplace, ignore_errors=True)
        if claim is not None:
            os.close(claim)


def _claimed(folder: Path) -> int | None:
    """Lock a folder until the descriptor is closed or this process ends; None if it is locked."""
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
    """Write UTF-8 text with Unix line ends."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write JSON with sorted keys; NaN is refused since JSON has none.

    Raises:
        ValueError: a number is not finite.
    """
    write_text(path, json.dumps(values, indent=2, sort_keys=True, allow_nan=False) + "\n")


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a CSV without the index; floats have all the digits that distinguish them.

    Args:
        table: NaN becomes an empty field.

    Raises:
        InputError: a number is infinite.
    """
    infinite = [name for name in table.select_dtypes("number") if np.isinf(table[name]).any()]
    if infinite:
        raise InputError(f"{path}: expected finite numbers, received others in {infinite}")
    write_text(path, table.to_csv(index=False, lineterminator="\n"))


def write_arrays(path: Path, **arrays: NDArray[Any]) -> None:
    """Write arrays as npz; the same arrays always give the same bytes.

    They are not compressed, since another version of a compressor could give other bytes.

    Args:
        path: ends in `.npz`.
        **arrays: by name; no arrays of objects.
    """
    with replacing(path) as temporary, ZipFile(temporary, "w", ZIP_STORED) as archive:
        for name, array in arrays.items():
            with archive.open(_Entry(f"{name}.npy"), "w", force_zip64=True) as file:
                npy.write_array(file, np.asanyarray(array), allow_pickle=False)


class _Entry(ZipInfo):
    """An entry of an archive; its header, too, is the same bytes with every version of Python."""

    def FileHeader(self, zip64: bool | None = None) -> bytes:  # noqa: N802
        """Make the header that comes before the content, with sizes of 64 bits."""
        self.create_version = self.extract_version = _ZIP64
        name = self.filename.encode("ascii")
        sizes = struct.pack("<2H2Q", 1, 16, self.file_size, self.compress_size)
        return (
            struct.pack(
                "<4s5H3L2H",
                b"PK\x03\x04",
                _ZIP64,
                self.flag_bits,
                self.compress_type,
                0,  # midnight
                _FIRST_DAY,
                self.CRC,
                0xFFFFFFFF,  # the sizes follow the name
                0xFFFFFFFF,
                len(name),
                len(sizes),
            )
            + name
            + sizes
        )


def read_arrays(path: Path, *names: str, most: int | None = None) -> tuple[NDArray[Any], ...]:
    """Read named arrays of numbers from an npz file.

    Nothing in the file is executed or unpacked to disk. Every byte of an array is checked against
    the checksum in the file.

    Args:
        path: need not come from `write_arrays`.
        *names: of the arrays to read.
        most: largest size of an array in bytes; the array may then be compressed. Without it,
            arrays must be stored as `write_arrays` does, so that reading takes no more memory than
            the size of the file.

    Returns:
        The arrays in the order of `names`.

    Raises:
        InputError: the file is damaged or lacks an array; or an array is too large, encrypted, not
            of numbers, or compressed where `most` is not given.
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
    """Read one array. NumPy's reader trusts the header and skips the comparison of checksums."""
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
        file.read(1)  # zipfile compares the checksum at the end of the data
    return array
