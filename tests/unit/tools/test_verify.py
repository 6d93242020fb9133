"""`make verify` before it computes anything."""

import subprocess
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


def test_a_commit_that_git_does_not_clone_is_refused_with_what_git_says(tmp_path: Path) -> None:
    # As for a checkout of another user, whose `.git` has to be trusted for that, too.
    checkout = tmp_path / "checkout"
    subprocess.run(["git", "init", "--quiet", checkout], check=True)
    (checkout / ".git" / "HEAD").write_text(40 * "1")
    with pytest.raises(SystemExit, match=f"error: git clone: fatal: .*{40 * '1'}"):
        command.verify(checkout, tmp_path / "scratch", "", cached=False, jobs=1)
