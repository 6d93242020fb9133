"""Commands around the pipeline."""

import getpass
import os
from pathlib import Path

# Git sets these for its hooks. A hook's commands would then write to the repository that they say,
# whichever folder they run in.
for _name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX"):
    os.environ.pop(_name, None)

# A container's user may have neither a name nor a folder, and DVC and Jupyter ask for both.
try:
    getpass.getuser()
except (KeyError, OSError):
    os.environ["USER"] = str(os.getuid())
try:
    _has_home = Path.home() != Path("/") and Path.home().exists()
except RuntimeError:
    _has_home = False
if not _has_home:
    _home = Path(__file__).resolve().parent.parent / "build" / "home"
    _home.mkdir(parents=True, exist_ok=True)
    os.environ["HOME"] = str(_home)
