"""Checks that a stage runs in the environment that its results depend on."""

import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import Version

from stages.core.errors import InputError


def refuse_other_packages(lock: Path) -> None:
    """Refuse to compute with other versions than the locked ones.

    Stages depend on the lock file, so that a new lock makes them run again. DVC does not see which
    packages are installed, so that is checked here. Packages that the lock does not name may be
    installed, too.

    Args:
        lock: requirements, each pinned to one version, with hashes.

    Raises:
        InputError: names each package with the expected and the installed version, or the line that
            pins no version.
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
                    f"(pip install --require-hashes -r {lock.name}), or generate the file again",
                ]
            )
        )


def _pins(lock: Path) -> dict[str, Version]:
    """Read the versions of the packages that this interpreter needs on this system."""
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
    """Refuse to compute where the C library was told not to use some processor instructions.

    Its exp() would then differ in the last bits. The library reads the variable when a process
    starts, so it cannot be corrected later.

    Raises:
        InputError: names the variable.
    """
    tunables = os.environ.get("GLIBC_TUNABLES", "")
    if "glibc.cpu" in tunables:
        raise InputError(f"GLIBC_TUNABLES: expected nothing of glibc.cpu, received {tunables!r}")
