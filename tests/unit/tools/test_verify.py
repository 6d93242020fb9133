"""`make verify` before it computes anything."""

from pathlib import Path

import pytest

from tools import verify as command


def test_an_earlier_certificate_does_not_outlive_a_run_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "verification.md").write_text("# Verified")
    monkeypatch.setattr(command, "PROJECT", tmp_path)
    with pytest.raises(SystemExit, match="error: git rev-parse: fatal: not a git repository"):
        command.main()
    assert not (tmp_path / "build" / "verification.md").exists()
