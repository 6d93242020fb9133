"""Commands around the pipeline."""

import getpass
import os
from pathlib import Path

# A container's user may have neither a name nor a folder, and DVC and Jupyter ask for both.
try:
    getpass.getuser()
except (KeyError, OSError):
    os.environ["USER"] = str(os.getuid())
try:
    _at_home = os.access(Path.home(), os.W_OK)
except RuntimeError:
    _at_home = False
if not _at_home:
    _home = Path(__file__).resolve().parent.parent / "build" / "home"
    _home.mkdir(parents=True, exist_ok=True)
    os.environ["HOME"] = str(_home)
