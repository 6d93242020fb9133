"""Where a data set's bytes come from. Every source is believed only after its checksums."""

import gzip
import hashlib
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import zlib
from functools import partial
from pathlib import Path

import numpy as np
import pooch
from sklearn.datasets import load_digits

from stages.datasets import idx
from stages.files.errors import InputError
from stages.settings.dataset import (
    Dataset,
    DebianPackage,
    EnvironmentFolder,
    Folder,
    Https,
    ScikitLearn,
    Source,
)

# Seconds without a byte after which a server is given up, and how long apt may take.
_HTTP_TIMEOUT = 30
_APT_TIMEOUT = 600


class UnavailableError(Exception):
    """A source that cannot be had here; the next one is tried."""


def fetch(dataset: Dataset) -> dict[str, bytes]:
    """Get a data set from the first source that has it.

    Args:
        dataset: shapes, checksums and sources, which are tried in their order.

    Returns:
        The four IDX files, decompressed and verified; keys as in `idx.FILES`.

    Raises:
        InputError: no source gave the right bytes; the message lists each with its reason.
    """
    reasons = []
    for source in dataset.sources:
        try:
            return _fetch_from(source, dataset)
        except (UnavailableError, InputError) as reason:
            reasons.append(f"{_title(source)}: {reason}")
            print(f"{dataset.title}: not from {reasons[-1]}", file=sys.stderr)
    raise InputError(
        "\n".join(
            [
                f"{dataset.title}: expected one source with the pinned bytes, received none:",
                *(f"  - {reason}" for reason in reasons),
                *_advice(dataset),
            ]
        )
    )


def verify(content: bytes, expected: str, subject: str) -> bytes:
    """Pass bytes on if they have the checksum.

    Args:
        content: decompressed bytes.
        expected: SHA-256, hexadecimal.
        subject: the file's name, for the message.

    Returns:
        The content.

    Raises:
        InputError: the checksum differs; the message shows both.
    """
    received = hashlib.sha256(content).hexdigest()
    if received != expected:
        raise InputError(f"{subject}: expected SHA-256 {expected}, received {received}")
    return content


def _fetch_from(source: Source, dataset: Dataset) -> dict[str, bytes]:
    """Get and verify all four files from one source."""
    with tempfile.TemporaryDirectory() as scratch:
        match source:
            case ScikitLearn():
                files = _digits(dataset)
            case EnvironmentFolder():
                folder = os.environ.get(source.variable, "")
                if not folder:
                    raise UnavailableError("the variable is not set")
                files = _folder(Path(folder), dataset)
            case Folder():
                files = _folder(Path(source.path), dataset)
            case Https():
                files = _folder(_https(source, Path(scratch)), dataset)
            case DebianPackage():
                files = _folder(_debian(source, Path(scratch)) / source.path, dataset)
    checksums = dataset.sha256.model_dump()
    return {
        name: verify(content, checksums[name], idx.FILES[name]) for name, content in files.items()
    }


def _folder(folder: Path, dataset: Dataset) -> dict[str, bytes]:
    """Read the four files, plain or .gz, from a folder."""
    if not folder.is_dir():
        raise UnavailableError(f"no folder {folder}")
    images = (dataset.height, dataset.width)
    shapes = {
        "train_images": (dataset.train_images, *images),
        "train_labels": (dataset.train_images,),
        "test_images": (dataset.test_images, *images),
        "test_labels": (dataset.test_images,),
    }
    return {name: _read(folder / idx.FILES[name], idx.length(shapes[name])) for name in idx.FILES}


def _read(path: Path, size: int) -> bytes:
    """Read a file or its .gz; never more than one byte beyond the size that it should have."""
    zipped = path.with_name(f"{path.name}.gz")
    try:
        if path.is_file():
            with path.open("rb") as file:
                content = file.read(size + 1)
        elif zipped.is_file():
            with gzip.open(zipped) as file:
                content = file.read(size + 1)
        else:
            raise UnavailableError(f"neither {path.name} nor {zipped.name} in {path.parent}")
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path.name}: expected a readable file, received: {error}") from error
    if len(content) != size:
        came = "more" if len(content) > size else f"{len(content)}"
        raise InputError(f"{path.name}: expected {size} bytes, received {came}")
    return content


def _digits(dataset: Dataset) -> dict[str, bytes]:
    """Turn scikit-learn's digits into IDX files, in their order; the last ones are for testing."""
    digits = load_digits()
    images, labels = digits.images.astype(np.uint8), digits.target.astype(np.uint8)
    last = len(labels) - dataset.test_images
    return {
        "train_images": idx.serialize(images[:last]),
        "train_labels": idx.serialize(labels[:last]),
        "test_images": idx.serialize(images[last:]),
        "test_labels": idx.serialize(labels[last:]),
    }


def _https(source: Https, scratch: Path) -> Path:
    """Download the four .gz files into a scratch folder, with a progress bar."""
    pooch.get_logger().setLevel(logging.WARNING)
    download = partial(
        pooch.retrieve,
        known_hash=None,  # of the .gz; what counts, the decompressed bytes, is verified afterwards
        path=scratch,
        downloader=pooch.HTTPDownloader(progressbar=True, timeout=_HTTP_TIMEOUT),
    )
    try:
        for name in idx.FILES.values():
            download(f"{source.url}{name}.gz", fname=f"{name}.gz")
    except (OSError, ValueError) as error:
        raise UnavailableError(str(error)) from error
    return scratch


def _debian(source: DebianPackage, scratch: Path) -> Path:
    """Download a Debian package as any user and unpack it into a scratch folder."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise UnavailableError("no apt-get and dpkg-deb on this machine")
    # The shell names the downloaded file, whose version is not known beforehand.
    for command in (
        ["apt-get", "download", source.package],
        ["sh", "-c", "dpkg-deb -x ./*.deb ."],
    ):
        try:
            subprocess.run(
                command,
                cwd=scratch,
                check=True,
                timeout=_APT_TIMEOUT,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
        except subprocess.CalledProcessError as error:
            reason = error.stderr.strip().splitlines() or [f"exit code {error.returncode}"]
            raise UnavailableError(f"{' '.join(command)}: {reason[-1]}") from error
        except subprocess.TimeoutExpired as error:
            raise UnavailableError(f"{' '.join(command)}: no end after {_APT_TIMEOUT} s") from error
    return scratch


def _title(source: Source) -> str:
    """How a source is called in messages."""
    match source:
        case EnvironmentFolder():
            return f"folder named by {source.variable}"
        case Folder():
            return f"folder {source.path}"
        case Https():
            return source.url
        case DebianPackage():
            return f"Debian package {source.package}"
        case ScikitLearn():
            return "scikit-learn"


def _advice(dataset: Dataset) -> list[str]:
    """What a person can do when no source worked."""
    variables = [s.variable for s in dataset.sources if isinstance(s, EnvironmentFolder)]
    files = ", ".join(idx.FILES.values())
    return [
        f"Put {files} (plain or .gz) into a folder and name it: {variable}=/folder make reproduce"
        for variable in variables
    ]
