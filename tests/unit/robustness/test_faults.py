"""Whether a project has come to its end as if nothing had happened."""

from collections.abc import Callable
from hashlib import md5
from pathlib import Path

import pytest

from tests.robustness.faults import flip, whole

CONTENTS = {"data/a.bin": "a\n", "reports/b.csv": "b\n"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose outputs are those of its lock file."""
    outs = ""
    for name, text in CONTENTS.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)
        digits = md5(text.encode(), usedforsecurity=False).hexdigest()
        outs += f"    - path: {name}\n      hash: md5\n      md5: {digits}\n"
    (tmp_path / "dvc.lock").write_text(f"stages:\n  make:\n    outs:\n{outs}")
    return tmp_path


@pytest.mark.parametrize(
    ("happen", "right"),
    [
        (lambda project: None, True),
        (lambda project: flip(project / "data/a.bin"), False),
        (lambda project: flip(project / "reports/b.csv"), False),
        (lambda project: (project / "data/.a.bin.x").touch(), False),
        (lambda project: (project / "reports/.b.csv.x").mkdir(), False),
        (lambda project: (project / "dvc.lock").write_text(""), False),
    ],
    ids=["nothing", "data", "report", "left in data", "left in reports", "lock file"],
)
def test_what_is_not_as_it_was_is_noticed(
    project: Path, happen: Callable[[Path], object], right: bool
) -> None:
    lock = (project / "dvc.lock").read_bytes()
    happen(project)
    assert whole(project, lock) == right
