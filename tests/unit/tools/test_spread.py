"""What `python -m tools.spread` leaves and says, without workers."""

import re
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from stages.core.errors import InputError
from tests.support import commit
from tools import spread
from tools.repro import StageTime


def test_what_ran_and_on_how_many_processors_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("init --quiet", "config user.name Someone", "config user.email s@example.org"):
        subprocess.run(["git", *name.split()], cwd=tmp_path, check=True)
    (tmp_path / "dvc.yaml").touch()
    (tmp_path / "params.yaml").write_text("threads: 1\n")
    (tmp_path / "dvc.lock").write_text("stages: {split: {}, report: {}}\n")
    commit(tmp_path)

    def pretend(project: Path, scheduler: str) -> tuple[list[StageTime], Counter[str]]:
        (project / "code.py").touch()  # edited meanwhile
        return [StageTime("split", 12.34)], Counter({"Some Processor": 2, "Another": 1})

    monkeypatch.setattr(spread, "PROJECT", tmp_path)
    monkeypatch.setattr(spread, "spread", pretend)
    spread.main("tcp://somewhere:8786")
    text = (tmp_path / "reports" / "provenance.md").read_text()
    assert "| Workers elsewhere, by processor | 1 × Another and 2 × Some Processor |" in text
    assert re.search(r"\| `split` \| 12\.3 \| .* \+ changes \|", text)
    assert "| `report` | unknown |" in text


def test_what_hinders_it_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise InputError("tcp://somewhere:8786: expected a worker, received none")

    monkeypatch.setattr(spread, "PROJECT", tmp_path)
    monkeypatch.setattr(spread, "spread", refuse)
    with pytest.raises(SystemExit, match=r"^error: tcp://somewhere:8786: expected a worker"):
        spread.main("tcp://somewhere:8786")
    assert not (tmp_path / "reports").exists()
