"""Refuses the results of a stage if its inputs or its code were edited while it was running.

DVC hashes the dependencies of a stage again after its command has ended. It would record the edited
file as the one from which the outputs were computed (treeverse/dvc #11058).
"""

import sys
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple

from stages.core.errors import InputError

_PACKAGE = Path(__file__).parent.parent
LOCK = _PACKAGE.with_name("requirements.lock")


class Fingerprint(NamedTuple):
    """Properties of a file that an edit changes, known without reading the file."""

    modified: int
    size: int
    inode: int


def fingerprints(paths: Iterable[Path]) -> dict[Path, Fingerprint]:
    """Take the fingerprints of files.

    Args:
        paths: files, and folders, which stand for all files below them; missing ones are left out.
    """
    found = {}
    for path in paths:
        for file in path.rglob("*") if path.is_dir() else [path]:
            if file.is_file():
                status = file.stat()
                found[file] = Fingerprint(status.st_mtime_ns, status.st_size, status.st_ino)
    return found


# Taken when the package is imported, before its other modules are read.
_CODE = fingerprints([LOCK, *_PACKAGE.rglob("*.py")])


def refuse_edited_code() -> None:
    """Refuse to end successfully if the lock file or an imported module was edited meanwhile.

    Raises:
        InputError: names the file.
    """
    modules = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    used = {LOCK, *(Path(name) for name in modules if name)} & _CODE.keys()
    _refuse({path: _CODE[path] for path in used}, fingerprints(used))


def refuse_edited_inputs(
    inputs: Collection[Path], before: dict[Path, Fingerprint], made: Collection[Path]
) -> None:
    """Refuse to end successfully if an input was edited meanwhile.

    Args:
        inputs: files and folders.
        before: their fingerprints at the start.
        made: files and folders that the stage writes. What it replaces there is not an edit, unless
            that file is an input by its own name. Nor is what it moves there out of an input
            folder, as it does with the outputs of removed variants.

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
