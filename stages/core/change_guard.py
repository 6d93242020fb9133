"""Edits of what a stage works with, while it works.

DVC looks at dependencies again after a command and would call a file that was edited meanwhile the
producer of what the old one gave (treeverse/dvc #11058).
"""

import sys
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple

from stages.core.errors import InputError

_PACKAGE = Path(__file__).parent.parent
LOCK = _PACKAGE.with_name("requirements.lock")


class Fingerprint(NamedTuple):
    """What tells a file from an edited one without reading it."""

    modified: int
    size: int
    inode: int


def fingerprints(paths: Iterable[Path]) -> dict[Path, Fingerprint]:
    """Look at files.

    Args:
        paths: files, and folders whose files are meant; what is missing is left out.

    Returns:
        By path.
    """
    found = {}
    for path in paths:
        for file in path.rglob("*") if path.is_dir() else [path]:
            if file.is_file():
                status = file.stat()
                found[file] = Fingerprint(status.st_mtime_ns, status.st_size, status.st_ino)
    return found


# Taken when the package is imported, before any other code of it is read.
_CODE = fingerprints([LOCK, *_PACKAGE.rglob("*.py")])


def refuse_edited_code() -> None:
    """Refuse to end well if a module that was imported, or the lock file, is another by now.

    Raises:
        InputError: names the file.
    """
    modules = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    used = {LOCK, *(Path(name) for name in modules if name)} & _CODE.keys()
    _refuse({path: _CODE[path] for path in used}, fingerprints(used))


def refuse_edited_inputs(
    inputs: Collection[Path], before: dict[Path, Fingerprint], made: Collection[Path]
) -> None:
    """Refuse to end well if an input is another than before.

    Args:
        inputs: files and folders.
        before: what they were at the start.
        made: files and folders that the stage writes to: what it replaces there is no edit (unless
            it is an input by its own name), nor is what it moves there out of an input folder, as
            with what removed variants left.

    Raises:
        InputError: names the file.
    """
    after = fingerprints(inputs)
    moved = set(fingerprints(path for path in made if path.is_dir()).values())
    own = {
        path
        for path in before.keys() | after.keys()
        if path not in inputs
        and ({path, path.parent} & set(made) or (path not in after and before[path] in moved))
    }
    _refuse(*({path: known[path] for path in known.keys() - own} for known in (before, after)))


def _refuse(before: dict[Path, Fingerprint], after: dict[Path, Fingerprint]) -> None:
    for path in sorted(before.keys() | after.keys()):
        if after.get(path) != before.get(path):
            raise InputError(
                f"{path}: expected the file with which this stage started, received another: "
                "edited while it ran; run it again"
            )
