"""What a stage runs in, against what its results depend on."""

import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import Version

from stages.core.errors import InputError


def refuse_other_packages(lock: Path) -> None:
    """Refuse to compute with other versions than the locked ones.

    Results depend on the lock file, so that another lock makes them anew; this keeps what is
    installed from being something else. Packages that the lock does not name may be there.

    Args:
        lock: requirements, each pinned to one version, with hashes.

    Raises:
        InputError: names each package, the version that was expected and the one that is there;
            or the line that pins no version.
    """
    faults = []
    for name, pinned in _pins(lock).items():
        try:
            found = version(name)
        except PackageNotFoundError:
            faults.append(f"{name}: expected {pinned}, received none")
            continue
        # Local labels count: 2.3.0+mkl is another build.
        if Version(found) != pinned:
            faults.append(f"{name}: expected {pinned}, received {found}")
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


def _pins(lock: Path) -> dict[str, Version]:
    """Versions of the packages that this interpreter on this system is to have."""
    pins = {}
    for number, line in enumerate(lock.read_text(encoding="utf-8").splitlines(), 1):
        text = line.strip().removesuffix("\\").strip()
        if not text or text.startswith(("#", "--hash=")):
            continue
        try:
            wanted = Requirement(text)
            (pin,) = wanted.specifier
            pinned = Version(pin.version)  # refuses 2.*
        except (InvalidRequirement, ValueError):
            pin = None
        if pin is None or pin.operator != "==":
            raise InputError(
                f"{lock.name}, line {number}: expected name==version, received {text!r}"
            )
        if not wanted.marker or wanted.marker.evaluate():
            pins[wanted.name] = pinned
    if not pins:
        raise InputError(f"{lock.name}: expected packages with their versions, received none")
    return pins


def refuse_other_mathematics() -> None:
    """Refuse a C library that was told to leave out instructions: its exp() has other bits then.

    It reads this when a process starts; later nobody can change it.

    Raises:
        InputError: names the variable.
    """
    tunables = os.environ.get("GLIBC_TUNABLES", "")
    if "glibc.cpu" in tunables:
        raise InputError(f"GLIBC_TUNABLES: expected nothing of glibc.cpu, received {tunables!r}")
