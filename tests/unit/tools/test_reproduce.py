"""`make reproduce` and `make demo`, without the run itself."""

import subprocess
from pathlib import Path

import pytest

from stages.core.params import load
from tests.support import PROJECT
from tools import reproduce
from tools.repro import StageTime


def status() -> str:
    return subprocess.run(
        ["git", "status", "--porcelain"], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout


def test_the_demo_is_made_elsewhere_and_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran_in: list[Path] = []
    side_by_side: list[int] = []

    def pretend(folder: Path, jobs: int, times: list[StageTime]) -> None:
        ran_in.append(folder)
        side_by_side.append(jobs)
        times += [StageTime("train@vae", 12.34), StageTime("report", 1.0)]

    monkeypatch.setattr(reproduce, "DEMO", tmp_path / "demo")
    monkeypatch.setattr(reproduce, "reproduce", pretend)
    before = status()
    reproduce.main(demo=True)
    assert ran_in == [tmp_path / "demo"]
    assert load(tmp_path / "demo" / "params.yaml")["dataset"] == "digits"
    assert load(PROJECT / "params.yaml")["dataset"] == "fashion_mnist"
    variants, all_variants = (
        load(folder / "params.yaml")["variants"].keys() for folder in (tmp_path / "demo", PROJECT)
    )
    assert all_variants - variants == reproduce._LEFT_OUT
    assert status() == before
    said = capsys.readouterr().out
    assert " s  in all" in said
    assert f"Report: {tmp_path / 'demo' / 'reports' / 'report.html'}" in said
    reproduce.main(demo=True, jobs=3)
    reproduce.main(demo=True, jobs=3, device="gpu")
    assert side_by_side[1:] == [3, 1]
    assert load(tmp_path / "demo" / "params.yaml")["device"] == "gpu"
    assert status() == before
