"""Where a data set's bytes come from. All are compared with checksums, whatever their source."""

import gzip
import os
import shutil
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from stages.core.errors import InputError
from stages.datasets import idx, npz
from stages.datasets.checksums import verify
from stages.datasets.https import DownloadError, download
from stages.datasets.schema import (
    Dataset,
    DebianPackage,
    EnvironmentFolder,
    Folder,
    Https,
    Npz,
    ScikitLearn,
    Source,
)

# Seconds that apt may take.
_APT_TIMEOUT = 600
# A download may take this many seconds, and those that a slow line (bytes a second) needs.
_PATIENCE = 60
_SLOW_LINE = 50_000


class UnavailableError(Exception):
    """A source is not available here; the next one is tried."""


def fetch(dataset: Dataset) -> dict[str, bytes]:
    """Get a data set from the first of its sources that has it.

    Returns:
        The four IDX files, decompressed and verified; keys as in `idx.FILES`.

    Raises:
        InputError: no source gave the right bytes; the message lists each with its reason.
    """
    reasons = []
    for source in dataset.sources:
        try:
            files = _fetch_from(source, dataset)
        except (UnavailableError, InputError, OSError) as reason:
            reasons.append(f"{_title(source)}: {reason}")
            continue
        for other in reasons:
            print(f"{dataset.title}: not from {other}", file=sys.stderr)
        return files
    raise InputError(
        "\n".join(
            [
                f"{dataset.title}: expected one source with the pinned bytes, received none:",
                *(f"  - {reason}" for reason in reasons),
                *_advice(dataset),
            ]
        )
    )


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
            case Npz():
                if not Path(source.path).is_file():
                    raise UnavailableError(f"no file {source.path}")
                files = npz.read(Path(source.path), dataset.shapes)
            case Https():
                files = _folder(_https(source, dataset, Path(scratch)), dataset)
            case DebianPackage():
                files = _folder(_debian(source, Path(scratch)) / source.path, dataset)
    verify(files, dataset.sha256)
    return files


def _folder(folder: Path, dataset: Dataset) -> dict[str, bytes]:
    """Read the four files, plain or .gz, from a folder."""
    if not folder.is_dir():
        raise UnavailableError(f"no folder {folder}")
    return {
        key: _read(folder / name, idx.length(dataset.shapes[key]))
        for key, name in idx.FILES.items()
    }


def _read(path: Path, size: int) -> bytes:
    """Read a file or its .gz, and at most one byte more than the size that it should have."""
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


def _https(source: Https, dataset: Dataset, scratch: Path) -> Path:
    """Download the four .gz files into a scratch folder, with a progress bar."""
    for key, name in idx.FILES.items():
        # Data that cannot be compressed grow by less than this.
        most = 1000 + idx.length(dataset.shapes[key]) * 101 // 100
        try:
            download(
                f"{source.url}{name}.gz",
                scratch / f"{name}.gz",
                most,
                deadline=_PATIENCE + most / _SLOW_LINE,
            )
        except DownloadError as error:
            raise UnavailableError(str(error).removeprefix(source.url)) from error
    return scratch


def _debian(source: DebianPackage, scratch: Path) -> Path:
    """Download a Debian package without root's rights and unpack it into a scratch folder."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise UnavailableError("no apt-get and dpkg-deb on this machine")
    # The shell finds the downloaded file, whose name has a version that is not known beforehand.
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
    """Name a source in messages."""
    match source:
        case EnvironmentFolder():
            return f"folder named by {source.variable}"
        case Folder():
            return f"folder {source.path}"
        case Npz():
            return source.path
        case Https():
            return source.url
        case DebianPackage():
            return f"Debian package {source.package}"
        case ScikitLearn():
            return "scikit-learn"


def _advice(dataset: Dataset) -> list[str]:
    """Tell what a user can do when no source worked."""
    variables = [s.variable for s in dataset.sources if isinstance(s, EnvironmentFolder)]
    files = ", ".join(idx.FILES.values())
    return [
        f"Put {files} (plain or .gz) into a folder and name it: {variable}=/folder make reproduce"
        for variable in variables
    ]
