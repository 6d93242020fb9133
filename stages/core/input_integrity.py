"""Refuses inputs whose bytes are not the ones that DVC recorded.

DVC trusts its cache: it names an object by its MD5 and does not hash it again. A byte that changes
there, or in a file whose time and size stay the same, goes unnoticed.
"""

import json
import os
import re
from fnmatch import translate
from hashlib import md5
from pathlib import Path

from ruamel.yaml import YAML

from stages.core.errors import InputError

# The outputs of a stage in `dvc.lock`, and each of them, as DVC writes them.
_OUTPUTS = re.compile(r"^    outs:\n((?:    (?:- |  )\S.*\n)+)", re.MULTILINE)
_OUTPUT = re.compile(r"- path: (\S+)\n +hash: md5\n +md5: (\S+)\n")


def refuse_damaged_inputs() -> None:
    """Refuse to start on inputs whose MD5 is not the one in `dvc.lock`.

    This is checked only where DVC runs the stage: then all that it depends on is up to date. Files
    of arrays (`.npz`) are left out, since their own checksums are compared when they are read.

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
    """Read from `dvc.yaml` what a stage depends on."""
    # If DVC was called in another folder, the name of the file stands before that of the stage.
    name, _, key = stage.rpartition(":")[2].partition("@")
    entry = YAML(typ="safe").load(pipeline)["stages"][name]
    declared = entry.get("do", entry).get("deps", [])
    return {Path(path.replace("${key}", key)) for path in declared}


def recorded(lock: Path) -> dict[Path, str]:
    """Read the MD5 of every output that DVC has recorded.

    Args:
        lock: `dvc.lock`; may be missing.
    """
    text = lock.read_text(encoding="utf-8", errors="replace") if lock.exists() else ""
    parts = _OUTPUTS.findall(text)
    return {Path(path): digits for part in parts for path, digits in _OUTPUT.findall(part)}


def digest(path: Path) -> str:
    """Compute the MD5 that DVC gives a file or a folder.

    Returns:
        Hexadecimal digits; of a folder with the ending `.dir`.
    """
    if not path.is_dir():
        return md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    ignored = _ignored_by_dvc(path)
    files = {}
    for file in path.rglob("*"):
        name = file.relative_to(path).as_posix()
        if file.is_file() and not any(map(ignored.fullmatch, re.findall("[^/]+/?", name))):
            files[name] = file
    listed = json.dumps([{"md5": digest(files[name]), "relpath": name} for name in sorted(files)])
    return f"{md5(listed.encode(), usedforsecurity=False).hexdigest()}.dir"


def _ignored_by_dvc(folder: Path) -> re.Pattern[str]:
    """Compile the names of files, and of folders with a slash, that the nearest `.dvcignore` lists.

    Lines that begin with a slash are skipped: they mean folders at the top of the project.
    """
    files = (parent / ".dvcignore" for parent in folder.absolute().parents)
    file = next(filter(Path.is_file, files), None)
    lines = file.read_text(encoding="utf-8").splitlines() if file else []
    names = [line.lstrip("\\") for line in lines if line and line[0] not in "#/"]
    names += [f"{name}/" for name in names if not name.endswith("/")]
    return re.compile("|".join(map(translate, names)) or "(?!)")
