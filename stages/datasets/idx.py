"""The IDX format of MNIST and its relatives, read strictly.

Format: two zero bytes, a type code (8 for unsigned bytes), the number of dimensions, each size as
a big-endian 32-bit integer, then the values (http://yann.lecun.com/exdb/mnist/).
"""

import math
import struct

import numpy as np
from numpy.typing import NDArray

from stages.core.errors import InputError

# The four files of a data set, under the names that MNIST gave them.
FILES = {
    "train_images": "train-images-idx3-ubyte",
    "train_labels": "train-labels-idx1-ubyte",
    "test_images": "t10k-images-idx3-ubyte",
    "test_labels": "t10k-labels-idx1-ubyte",
}

_UNSIGNED_BYTES = 0x08
# The format's other types, which none of these data sets has.
_OTHER_TYPES = {
    0x09: "signed bytes",
    0x0B: "16-bit integers",
    0x0C: "32-bit integers",
    0x0D: "32-bit floats",
    0x0E: "64-bit floats",
}
CONVERSION = (
    "images x with other values: numpy.rint(255 * (x - low) / (high - low)).astype('uint8'), with "
    "the lowest and the highest value of training and test images together"
)


def parse(content: bytes, shape: tuple[int, ...], subject: str) -> NDArray[np.uint8]:
    """Read an IDX file whose shape is known beforehand.

    Args:
        content: the whole decompressed file.
        shape: the sizes that the file must declare.
        subject: the file's name, for messages.

    Returns:
        The values, shape as given, uint8.

    Raises:
        InputError: magic, dimensions or length are not what they must be.
    """
    header = 4 + 4 * len(shape)
    if len(content) < header:
        raise InputError(
            f"{subject}: expected an IDX header of {header} bytes, received {len(content)} bytes"
        )
    expected = (_UNSIGNED_BYTES << 8) | len(shape)
    (magic,) = struct.unpack(">I", content[:4])
    if magic != expected:
        more = " (more dimensions than grey images have)" if magic == expected + 1 else ""
        if kind := _OTHER_TYPES.get(magic >> 8):
            more = f" ({kind}; {CONVERSION})"
        raise InputError(f"{subject}: expected IDX magic {expected}, received {magic}{more}")
    sizes = struct.unpack(f">{len(shape)}I", content[4:header])
    if sizes != shape:
        raise InputError(f"{subject}: expected dimensions {shape}, received {sizes}")
    if len(content) != header + math.prod(shape):
        raise InputError(
            f"{subject}: expected {header + math.prod(shape)} bytes for dimensions {shape}, "
            f"received {len(content)}"
        )
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def serialize(values: NDArray[np.uint8]) -> bytes:
    """Write an IDX file; the inverse of `parse`."""
    header = struct.pack(f">I{values.ndim}I", (_UNSIGNED_BYTES << 8) | values.ndim, *values.shape)
    return header + values.tobytes()


def length(shape: tuple[int, ...]) -> int:
    """Tell how many bytes an IDX file of unsigned bytes has, header included."""
    return 4 + 4 * len(shape) + math.prod(shape)
