"""Thousands of broken IDX files: each is refused by its name, in little memory, and leaves nothing.

Twice over: against the checksums of the right files, as strangers' files meet them, and against
checksums of the broken ones, so that what stands behind the checksums is tried, too.
"""

import gzip
import hashlib
import struct
import tracemalloc
import zlib
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML

from stages import download
from stages.core.errors import InputError
from stages.core.params import validate
from stages.datasets import idx
from stages.datasets.arrays import normalize
from stages.datasets.schema import Dataset
from stages.datasets.sources import fetch

Random = np.random.Generator
BOMB = 5_000_000  # more than twice the memory that refusing may take

RANDOM = np.random.default_rng(0)
RAW = {
    "train_images": idx.serialize(RANDOM.integers(0, 201, (10, 4, 6), np.uint8)),
    "train_labels": idx.serialize(np.arange(10, dtype=np.uint8) % 3),
    "test_images": idx.serialize(RANDOM.integers(0, 201, (8, 4, 6), np.uint8)),
    "test_labels": idx.serialize(np.arange(8, dtype=np.uint8) % 3),
}


def packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def dimensions(content: bytes) -> int:
    return content[3]


def with_size(content: bytes, number: int, size: int) -> bytes:
    start = 4 + 4 * number
    return content[:start] + struct.pack(">I", size) + content[start + 4 :]


def another_size(random: Random, content: bytes) -> bytes:
    number = int(random.integers(dimensions(content)))
    (old,) = struct.unpack(">I", content[4 + 4 * number : 8 + 4 * number])
    return packed(with_size(content, number, (old + int(random.integers(1, 1000))) % 2**32))


def overflowing(random: Random, content: bytes) -> bytes:
    """Sizes whose product is beyond 64 bits, or as many bytes as there are modulo 2**32."""
    huge = [2**32 - 1, 2**31, 2**16, 0x80000001]
    for number in range(dimensions(content)):
        content = with_size(content, number, huge[int(random.integers(len(huge)))])
    return packed(content)


def another_magic(random: Random, content: bytes) -> bytes:
    magic = bytearray(content[:4])
    magic[int(random.integers(4))] ^= int(random.integers(1, 256))
    return packed(bytes(magic) + content[4:])


def too_large(random: Random, content: bytes) -> bytes:
    """A label 255, or a pixel beyond the largest value."""
    header = 4 + 4 * dimensions(content)
    changed = bytearray(content)
    changed[header + int(random.integers(len(content) - header))] = 255
    return packed(bytes(changed))


def damaged_gzip(random: Random, content: bytes) -> bytes:
    """A bit of the compressed data or of their checksum, not of a header that nobody reads."""
    changed = bytearray(packed(content))
    changed[int(random.integers(10, len(changed)))] ^= 1 << int(random.integers(8))
    return bytes(changed)


MUTATIONS: dict[str, Callable[[Random, bytes], bytes]] = {
    "truncated": lambda random, content: packed(content[: int(random.integers(len(content)))]),
    "longer": lambda random, content: packed(content + random.bytes(int(random.integers(1, 99)))),
    "another magic": another_magic,
    "another size": another_size,
    "overflowing sizes": overflowing,
    "too large a value": too_large,
    "a gzip bomb": lambda random, content: packed(content + bytes(BOMB)),
    "gzip cut off": lambda random, content: packed(content)[
        : int(random.integers(1, len(packed(content))))
    ],
    "damaged gzip": damaged_gzip,
    "not gzip": lambda random, content: random.bytes(int(random.integers(1, 200))),
    "empty": lambda random, content: b"",
    "nothing in gzip": lambda random, content: packed(b""),
}
# Making a bomb takes longer than refusing it.
RARE = {"a gzip bomb", "empty", "nothing in gzip"}


def description(folder: Path, files: dict[str, bytes]) -> dict[str, Any]:
    return {
        "title": "tiny",
        "height": 4,
        "width": 6,
        "largest_value": 200,
        "train_images": 10,
        "test_images": 8,
        "classes": ["a", "b", "c"],
        "sha256": {key: hashlib.sha256(content).hexdigest() for key, content in files.items()},
        "sources": [{"kind": "folder", "path": str(folder)}],
    }


def dataset(folder: Path, files: dict[str, bytes]) -> Dataset:
    return validate(description(folder, files), Dataset, "tiny")


def unpacked(content: bytes) -> bytes:
    """What a stranger would take the checksum of."""
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error):
        return b""


def plant(folder: Path, name: str = "", content: bytes = b"") -> None:
    """Write the right files, and one that is not."""
    folder.mkdir(exist_ok=True)
    for key, right in RAW.items():
        path = folder / f"{idx.FILES[key]}.gz"
        path.write_bytes(content if key == name else packed(right))


def test_the_right_files_are_accepted(tmp_path: Path) -> None:
    plant(tmp_path)
    assert fetch(dataset(tmp_path, RAW)) == RAW
    assert normalize(RAW, dataset(tmp_path, RAW)).x_train.shape == (10, 4, 6, 1)


def memory_of_refusing(name: str, pinned: Dataset, trusted: Dataset) -> int:
    """Bytes, at most."""
    refusal = f"{idx.FILES[name]}: expected .*, received"
    tracemalloc.start()
    with redirect_stderr(StringIO()):  # what pytest collects of it would count, too
        with pytest.raises(InputError, match=refusal):
            fetch(pinned)
        with pytest.raises(InputError, match=refusal):
            normalize(fetch(trusted), trusted)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


@pytest.mark.parametrize("count", [240, pytest.param(2400, marks=pytest.mark.long)])
def test_broken_files_are_refused_by_name_in_little_memory(tmp_path: Path, count: int) -> None:
    random = np.random.default_rng(1)
    refused: Counter[str] = Counter()
    kinds = list(MUTATIONS)
    common = [kind for kind in kinds if kind not in RARE]
    for number in range(count):
        kind = kinds[number % len(kinds)]
        if kind in RARE and number >= 20 * len(kinds):
            kind = common[int(random.integers(len(common)))]
        name = list(RAW)[number // len(kinds) % len(RAW)]
        content = MUTATIONS[kind](random, RAW[name])
        plant(tmp_path, name, content)
        theirs = {**RAW, name: unpacked(content)}
        if theirs == RAW:  # a bit that deflate ignores
            continue
        pinned, trusted = dataset(tmp_path, RAW), dataset(tmp_path, theirs)
        # A table of the interpreter's own that grows meanwhile does not grow a second time.
        assert any(memory_of_refusing(name, pinned, trusted) < 2_000_000 for _ in range(2)), kind
        refused[kind] += 1
    assert set(refused) == set(MUTATIONS)
    assert refused.total() > 0.8 * count


@pytest.mark.parametrize("kind", MUTATIONS)
def test_a_refused_file_leaves_nothing_behind(tmp_path: Path, kind: str) -> None:
    content = MUTATIONS[kind](np.random.default_rng(2), RAW["train_images"])
    plant(tmp_path / "files", "train_images", content)
    params = tmp_path / "params.yaml"
    YAML().dump(
        {"dataset": "tiny", "datasets": {"tiny": description(tmp_path / "files", RAW)}}, params
    )
    with pytest.raises(InputError, match="train-images-idx3-ubyte: expected"):
        download.main(params, tmp_path / "raw")
    assert {path.name for path in tmp_path.iterdir()} == {"files", "params.yaml"}
