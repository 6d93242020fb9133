"""The checksums that pin a data set, whatever its source."""

import hashlib
from collections.abc import Mapping

from stages.core.errors import InputError
from stages.datasets import idx
from stages.datasets.schema import Checksums


def verify(files: Mapping[str, bytes], checksums: Checksums) -> None:
    """Refuse files that are not the pinned ones.

    Args:
        files: decompressed bytes, keys as in `idx.FILES`.

    Raises:
        InputError: names the first file that differs, with both checksums.
    """
    for key, expected in checksums.model_dump().items():
        received = hashlib.sha256(files[key]).hexdigest()
        if received != expected:
            raise InputError(f"{idx.FILES[key]}: expected SHA-256 {expected}, received {received}")
