"""Which experiments `make reference` runs."""

from pathlib import Path

import pytest

from tools import reference
from tools.project import PROJECT


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
