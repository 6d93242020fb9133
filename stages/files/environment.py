"""The installed packages against those that `requirements.lock` names."""

import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import Requirement

from stages.files.errors import InputError

_PINNED = re.compile(r"^(\S+==[^\\\n]+?) *\\?$", re.MULTILINE)


def refuse_other_packages(lock: Path) -> None:
    """Refuse to compute with other versions than the locked ones.

    Results depend on the lock file, so that another lock makes them anew; this keeps what is
    installed from being something else. Packages that the lock does not name may be there.

    Args:
        lock: requirements with pinned versions, as `pip install -r` reads them.

    Raises:
        InputError: names each package, the version that was expected and the one that is there.
    """
    faults = []
    for line in _PINNED.findall(lock.read_text(encoding="utf-8")):
        wanted = Requirement(line)
        if wanted.marker and not wanted.marker.evaluate():
            continue
        try:
            found = version(wanted.name)
        except PackageNotFoundError:
            faults.append(f"{wanted.name}: expected {wanted.specifier}, received none")
            continue
        if not wanted.specifier.contains(found, prereleases=True):
            faults.append(f"{wanted.name}: expected {wanted.specifier}, received {found}")
    if faults:
        raise InputError(
            "\n".join(
                [
                    *faults,
                    f"the installed packages are not those of {lock.name}: install them "
                    f"(pip install --require-hashes -r {lock.name}), or write the file anew",
                ]
            )
        )
