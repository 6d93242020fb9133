"""Inputs that are not the bytes DVC takes them for.

DVC names an object in its cache by its MD5 and from then on believes the name: a byte that flips
there, or in a file whose time and size stay, comes back unseen.
"""

import json
import os
import re
from hashlib import md5
from pathlib import Path

from ruamel.yaml import YAML

from stages.core.errors import InputError

# An output in `dvc.lock`, as DVC writes it.
_OUTPUTS = re.compile(r"^    outs:\n((?:    (?:- |  )\S.*\n)+)", re.MULTILINE)
_OUTPUT = re.compile(r"- path: (\S+)\n +hash: md5\n +md5: (\S+)\n")
# As in `.dvcignore`.
_IGNORED = {"__pycache__", ".DS_Store"}


def refuse_damaged_inputs() -> None:
    """Refuse to start on files that have other bytes than `dvc.lock` says of what made them.

    Only where DVC runs this stage: then all that it depends on is up to date. Arrays are left out,
    whose own checksums are looked at when they are read.

    Raises:
        InputError: names the file and what to do.
    """
    if "DVC_STAGE" not in os.environ:
        return
    inputs = _dependencies(Path("dvc.yaml"), os.environ["DVC_STAGE"])
    for path, expected in recorded(Path("dvc.lock")).items():
        if path.suffix == ".npz" or not path.exists() or not {path, *path.parents} & inputs:
            continue
        if (received := digest(path)) != expected:
            raise InputError(
                f"{path}: expected MD5 {expected} as in dvc.lock, received {received}: it was "
                "edited or damaged, here or in DVC's cache; remove it and type `make reproduce`"
            )


def _dependencies(pipeline: Path, stage: str) -> set[Path]:
    """What a stage depends on, by `dvc.yaml`."""
    # Where it is called from another folder, DVC puts the file's name before the stage's.
    name, _, key = stage.rpartition(":")[2].partition("@")
    entry = YAML(typ="safe").load(pipeline)["stages"][name]
    declared = entry.get("do", entry).get("deps", [])
    return {Path(path.replace("${key}", key)) for path in declared}


def recorded(lock: Path) -> dict[Path, str]:
    """Read which outputs DVC has recorded.

    Args:
        lock: `dvc.lock`; it need not be there.

    Returns:
        MD5 by path, as DVC writes both.
    """
    text = lock.read_text(encoding="utf-8", errors="replace") if lock.exists() else ""
    parts = _OUTPUTS.findall(text)
    return {Path(path): digits for part in parts for path, digits in _OUTPUT.findall(part)}


def digest(path: Path) -> str:
    """Compute the MD5 that DVC gives a file or a folder.

    Args:
        path: of either.

    Returns:
        Hexadecimal digits; of a folder with the ending `.dir`.
    """
    if not path.is_dir():
        return md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    files = {
        file.relative_to(path).as_posix(): file
        for file in path.rglob("*")
        if file.is_file() and not _IGNORED.intersection(file.parts)
    }
    listed = json.dumps([{"md5": digest(files[name]), "relpath": name} for name in sorted(files)])
    return f"{md5(listed.encode(), usedforsecurity=False).hexdigest()}.dir"
