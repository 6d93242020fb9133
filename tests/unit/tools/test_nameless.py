"""Users that a container makes up."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import PROJECT

# As for a user without a line in /etc/passwd.
CODE = """
import os, pwd
def unknown(uid): raise KeyError(f"getpwuid(): uid not found: {uid}")
pwd.getpwuid = unknown
import tools, getpass
from pathlib import Path
print(getpass.getuser(), Path.home(), os.access(Path.home(), os.W_OK))
"""


def asked(environment: dict[str, str]) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        cwd=PROJECT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.split()


@pytest.mark.parametrize("environment", [{}, {"HOME": "/"}, {"HOME": "/no/such/folder"}])
def test_a_user_without_name_and_home_gets_both(environment: dict[str, str]) -> None:
    name, home, writable = asked(environment)
    assert name.isdecimal()
    assert (home, writable) == (str(PROJECT / "build" / "home"), "True")


def test_other_users_keep_theirs(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)  # it may hold their settings though nothing can be written there
    assert asked({"USER": "me", "HOME": str(tmp_path)})[:2] == ["me", str(tmp_path)]
