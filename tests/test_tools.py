"""Commands around the pipeline."""

import subprocess
from pathlib import Path

import pytest

from stages.settings.section import load
from tests.conftest import PROJECT
from tools import reproduce


def status() -> str:
    return subprocess.run(
        ["git", "status", "--porcelain"], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout


def test_the_demo_is_made_elsewhere_and_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran_in: list[Path] = []

    def pretend(project: Path, jobs: int) -> list[reproduce.StageTime]:
        ran_in.append(project)
        return [reproduce.StageTime("train@vae", 12.34), reproduce.StageTime("report", 1.0)]

    monkeypatch.setattr(reproduce, "DEMO", tmp_path / "demo")
    monkeypatch.setattr(reproduce, "reproduce", pretend)
    before = status()
    reproduce.main(demo=True)
    assert ran_in == [tmp_path / "demo"]
    assert load(tmp_path / "demo" / "params.yaml")["dataset"] == "digits"
    assert load(PROJECT / "params.yaml")["dataset"] == "fashion_mnist"
    assert status() == before
    said = capsys.readouterr().out
    assert "12.3 s  train@vae" in said
    assert " s  in all" in said
    assert f"Report: {tmp_path / 'demo' / 'reports' / 'report.html'}" in said


def test_a_failing_pipeline_fails_the_command(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        reproduce.reproduce(tmp_path)
    assert ended.value.code not in (0, None)


def test_the_makefile_lists_its_targets() -> None:
    listed = subprocess.run(
        ["make", "help"], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout
    for target in ("reproduce", "demo", "test", "clean", "help"):
        assert f"make {target} " in listed
