"""What tests share: a project that is made once."""

from pathlib import Path

import pytest

from tests import support


def test_a_project_is_made_once_in_a_test_run_and_again_in_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(support, "PROJECT", tmp_path)
    made: list[Path] = []
    for run_id in ("one", "one", "two", "two", "one"):
        support.made_once("demo", run_id, made.append)
    assert made == 3 * [tmp_path / "build" / "tests" / "demo"]
    assert support.made_once("other", "one", made.append) == made[-1]
    assert made[-1].name == "other"
