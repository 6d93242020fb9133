"""Where and how long a run took place."""

import re
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support import PROJECT, full_disk
from tools import provenance, reproduce
from tools.repro import StageTime

START = provenance.Start(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "1234abc", "none")
SERIAL = {"Stages side by side": "1"}
TIMES = [StageTime("train@vae", 12.34), StageTime("report", 1.0)]
CPUINFO = """processor\t: 0
model name\t: Some Processor 7
flags\t\t: fpu sse2 avx avx2 avx512f fma
processor\t: 1
model name\t: Some Processor 7
"""


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=Someone", "-c", "user.email=s@example.org", *arguments]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A committed project with a lock file of three stages."""
    (tmp_path / "reports" / "metrics").mkdir(parents=True)
    (tmp_path / "params.yaml").write_text("dataset: digits\ndevice: cpu\nthreads: 3\n")
    (tmp_path / "dvc.lock").write_text("stages: {split: {}, train@vae: {}, report: {}}\n")
    (tmp_path / "reports" / "report.ipynb").write_text("{}\n")
    (tmp_path / "dvc.yaml").touch()
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "start")
    return tmp_path


def written(project: Path) -> str:
    return (project / "reports" / "provenance.md").read_text()


def rows(project: Path) -> list[str]:
    """The table of stages, without the hashes of their entries."""
    lines = [line for line in written(project).splitlines() if line.startswith("| `")]
    return [re.sub(r" [0-9a-f]{12} \|$", "", line) for line in lines]


def test_it_tells_what_ran_on_what_and_how_long() -> None:
    rows = [provenance.row_of(*TIMES[0], START, "0a1b")]
    text = provenance.render(START, {"Python": "CPython 3.11"}, rows)
    assert "| Started | 2026-01-02 03:04 UTC |" in text
    assert "| Commit | 1234abc |" in text
    assert "| Python | CPython 3.11 |" in text
    assert "| `train@vae` | 12.3 | 2026-01-02 03:04 UTC | 1234abc | 0a1b |" in text
    assert "This file\nalone varies from run to run" in text


def test_a_row_says_that_its_run_had_changes(project: Path) -> None:
    """Also when a later run, without changes, has written the table again."""
    provenance.write(project, START._replace(changes="some"), TIMES, SERIAL)
    later = START._replace(commit="5678def", changes="none")
    provenance.write(project, later, [StageTime("split", 2.0)], SERIAL)
    assert rows(project) == [
        "| `split` | 2.0 | 2026-01-02 03:04 UTC | 5678def |",
        "| `train@vae` | 12.3 | 2026-01-02 03:04 UTC | 1234abc + changes |",
        "| `report` | 1.0 | 2026-01-02 03:04 UTC | 1234abc + changes |",
    ]
    assert provenance.seconds_of_stages(project) == {"split": 2.0, "train@vae": 12.3, "report": 1.0}


def test_new_files_are_changes_whatever_the_user_has_git_show(project: Path) -> None:
    git(project, "config", "status.showUntrackedFiles", "no")
    (project / "new.py").touch()
    assert provenance.starting(project).changes == "some"


def test_stages_that_were_up_to_date_keep_their_row_and_removed_ones_do_not(project: Path) -> None:
    provenance.write(project, START, [*TIMES, StageTime("train@gone", 9)], SERIAL)
    later = START._replace(time=datetime(2027, 1, 1, tzinfo=UTC), commit="5678def")
    provenance.write(project, later, [StageTime("report", 2.0)], SERIAL)
    assert rows(project) == [
        "| `split` | unknown | unknown | unknown |",
        "| `train@vae` | 12.3 | 2026-01-02 03:04 UTC | 1234abc |",
        "| `report` | 2.0 | 2027-01-01 00:00 UTC | 5678def |",
    ]


def test_a_row_belongs_to_the_entry_that_its_run_wrote(project: Path) -> None:
    provenance.write(project, START, TIMES, SERIAL)
    # As after plain `dvc repro`, or where a stage came from the cache.
    (project / "dvc.lock").write_text("stages: {split: {}, train@vae: {cmd: other}, report: {}}\n")
    provenance.write(project, START, [StageTime("split", 3.0)], SERIAL)
    assert rows(project) == [
        "| `split` | 3.0 | 2026-01-02 03:04 UTC | 1234abc |",
        "| `train@vae` | unknown | unknown | unknown |",
        "| `report` | 1.0 | 2026-01-02 03:04 UTC | 1234abc |",
    ]


def test_a_processor_is_described_by_name_and_vector_instructions() -> None:
    assert provenance.processor(CPUINFO) == {
        "Processor": "Some Processor 7",
        "Vector instructions": "avx2 avx512f fma",
    }
    assert set(provenance.processor("").values()) == {provenance.UNKNOWN}
    assert "neither" in provenance.processor("flags : sse2")["Vector instructions"]


def test_the_commit_is_the_one_before_the_run(project: Path) -> None:
    start = provenance.starting(project)
    assert start.commit == git(project, "rev-parse", "HEAD")
    assert start.changes == "none"
    provenance.write(project, start, TIMES, {"Stages side by side": "2"})
    assert start.commit in written(project)
    assert "| Parameter `threads` | 3 |" in written(project)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("dvc.lock", "none"),
        ("reports/report.html", "none"),
        ("reports/provenance.md", "none"),
        ("reports/README.md", "none"),
        ("reports/findings.md.j2", "some"),
        ("reports/metrics/summary.json", "none"),
        ("reports/report.ipynb", "some"),
        ("params.yaml", "some"),
        ("stages/new.py", "some"),
        ("reference/some/dvc.lock", "none"),
        ("reference/some/metrics/summary.json", "none"),
        ("reference/some/result.py", "some"),
    ],
)
def test_results_are_no_changes(project: Path, name: str, changes: str) -> None:
    (project / name).parent.mkdir(parents=True, exist_ok=True)
    (project / name).write_text("something else\n")
    assert provenance.starting(project).changes == changes
    assert provenance.starting(project / "reports").changes == changes


def test_without_git_the_commit_is_unknown(
    tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert provenance.starting(project)[1:] == (provenance.UNKNOWN, provenance.UNKNOWN)


def test_a_folder_that_is_no_checkout_has_no_commit(tmp_path: Path) -> None:
    assert provenance.starting(tmp_path)[1:] == (provenance.UNKNOWN, provenance.UNKNOWN)


def test_a_run_that_had_nothing_to_do_leaves_the_file(project: Path) -> None:
    provenance.write(project, START, TIMES, SERIAL)
    before = written(project)
    provenance.write(project, START._replace(commit="other"), [], SERIAL)
    assert written(project) == before


def test_results_that_came_without_a_run_are_unknown_after_one_that_had_nothing_to_do(
    project: Path,
) -> None:
    provenance.write(project, START, TIMES, SERIAL)
    (project / "dvc.lock").write_text("stages: {train@vae: {}, report: {cmd: other}}\n")
    (project / "params.yaml").write_text("dataset: mnist\n")
    provenance.write(project, START, [], SERIAL)
    assert "| Parameter `dataset` | mnist |" in written(project)
    assert rows(project)[0].startswith("| `train@vae` | 12.3 |")
    assert rows(project)[1].startswith("| `report` | unknown | unknown | unknown |")


def test_it_names_no_machine_person_or_folder() -> None:
    text = "\n".join(provenance.of_machine().values())
    assert set(provenance.LIBRARIES) < set(provenance.of_machine())
    for private in (PROJECT, Path.home()):
        assert str(private) not in text
    assert not re.search(r"(^|\s)/\w", text)


def test_the_command_writes_it_after_the_run(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def pretend(folder: Path, jobs: int, times: list[StageTime]) -> None:
        (folder / "params.yaml").write_text("dataset: digits\ndevice: cpu\nthreads: 5\n")
        times += TIMES

    monkeypatch.setattr(reproduce, "PROJECT", project)
    monkeypatch.setattr(reproduce, "reproduce", pretend)
    reproduce.main()
    capsys.readouterr()
    assert "| Changes since that commit, results aside | some |" in written(project)
    assert "| Parameter `threads` | 5 |" in written(project)


def commit_code(project: Path) -> None:
    (project / "code.py").touch()
    git(project, "add", "code.py")
    git(project, "commit", "--quiet", "--message", "code")


@pytest.mark.parametrize(
    ("meanwhile", "changes"),
    [
        (lambda project: (project / "dvc.lock").write_text("stages: {report: {}}\n"), ""),
        (lambda project: (project / "code.py").touch(), " + changes"),
        (commit_code, " + changes"),
    ],
    ids=["results", "code", "commit"],
)
def test_what_is_edited_or_committed_during_a_run_is_a_change(
    project: Path, meanwhile: Callable[[Path], object], changes: str
) -> None:
    commit = git(project, "rev-parse", "HEAD")
    with provenance.recording(project, SERIAL) as times:
        meanwhile(project)
        times += TIMES
    assert rows(project)[-1].endswith(f"| {commit[:12]}{changes} |")


def test_a_full_disk_leaves_the_earlier_file(project: Path) -> None:
    provenance.write(project, START, TIMES, SERIAL)
    before = written(project)
    with full_disk(), pytest.raises(OSError, match=r"File too large: '.*/provenance\.md'"):
        provenance.write(project, START, [StageTime("split", 2.0)], SERIAL)
    assert written(project) == before


def test_a_run_that_fails_before_its_first_stage_leaves_the_file(project: Path) -> None:
    """Also where the lock file was moved aside, since it was incomplete."""
    provenance.write(project, START, TIMES, SERIAL)
    before = written(project)
    (project / "dvc.lock").unlink()
    with pytest.raises(SystemExit), provenance.recording(project, SERIAL):
        raise SystemExit(1)
    assert written(project) == before


def test_a_run_that_fails_is_recorded_as_far_as_it_came(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(folder: Path, jobs: int, times: list[StageTime]) -> None:
        times += TIMES[:1]
        raise SystemExit(1)

    monkeypatch.setattr(reproduce, "PROJECT", project)
    monkeypatch.setattr(reproduce, "reproduce", fail)
    with pytest.raises(SystemExit):
        reproduce.main()
    assert "| `train@vae` | 12.3 |" in written(project)
