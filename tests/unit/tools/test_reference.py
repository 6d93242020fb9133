"""Which experiments `make reference` runs."""

import shutil
from pathlib import Path

import pytest

from tools import reference
from tools.lock_integrity import read_lock
from tools.project import PROJECT
from tools.repro import StageTime


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int | None]]:
    """Experiments and jobs of a run that computes nothing."""
    seen: list[tuple[str, int | None]] = []

    def run(folder: Path, jobs: int | None) -> str:
        seen.append((folder.name, jobs))
        return "done"

    monkeypatch.setattr(reference, "run", run)
    return seen


def test_all_experiments_run_by_default(ran: list[tuple[str, int | None]]) -> None:
    reference.main()
    folders = sorted(file.parent.name for file in PROJECT.glob("reference/*/dvc.yaml"))
    assert ran == [(name, None) for name in folders]


def test_one_experiment_can_be_named(
    ran: list[tuple[str, int | None]], capsys: pytest.CaptureFixture[str]
) -> None:
    reference.main(2, "tutorial_as_printed")
    assert ran == [("tutorial_as_printed", 2)]
    assert capsys.readouterr().out == "tutorial_as_printed: done\n"


def test_an_unknown_experiment_is_refused_by_name(ran: list[tuple[str, int | None]]) -> None:
    with pytest.raises(SystemExit, match="only: expected one of .*, received 'tutorial'"):
        reference.main(only="tutorial")
    assert not ran


def test_a_run_is_recorded_beside_its_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = PROJECT / "reference" / "tutorial_as_printed"
    without = shutil.ignore_patterns("data", ".dvc", "provenance.md")
    folder = Path(shutil.copytree(published, tmp_path / published.name, ignore=without))
    stage = next(iter(read_lock(folder)))
    asked: list[tuple[Path, int]] = []

    def pretend(folder: Path, jobs: int, times: list[StageTime]) -> None:
        asked.append((folder, jobs))
        times.append(StageTime(stage, 12.34))

    monkeypatch.setattr(reference, "reproduce", pretend)
    assert reference.run(folder, 2)
    assert asked == [(folder, 2)]
    text = (folder / "metrics" / "provenance.md").read_text()
    assert "| Stages side by side | 2 |" in text
    assert f"| `{stage}` | 12.3 |" in text
