"""How many stages run side by side, and in which order."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from tools.schedule import (
    MEMORY_OF_A_STAGE,
    Jobs,
    expected_seconds,
    free_memory,
    jobs_for,
    jobs_that_fit,
    remaining,
    time_left,
)

GIB = 2**30


@pytest.mark.parametrize(
    ("cores", "threads", "memory", "jobs"),
    [
        (2, 1, 20 * GIB, 2),
        (2, 2, 20 * GIB, 1),
        (16, 1, 120 * GIB, 16),
        (16, 3, 120 * GIB, 5),
        (16, 1, 3.1 * MEMORY_OF_A_STAGE, 3),
        (1, 4, GIB, 1),
    ],
)
def test_as_many_stages_run_as_cores_and_memory_allow(
    cores: int, threads: int, memory: float, jobs: int
) -> None:
    assert jobs_that_fit(cores, threads, memory) == jobs


def test_a_containers_limit_of_memory_counts(tmp_path: Path) -> None:
    unlimited = free_memory(tmp_path)
    (tmp_path / "memory.current").write_text("1000000\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert free_memory(tmp_path) == pytest.approx(unlimited, rel=0.1)
    (tmp_path / "memory.max").write_text("3000000\n")
    assert free_memory(tmp_path) == 2_000_000
    # Files that were read count as used, but are given back.
    (tmp_path / "memory.stat").write_text("anon 5\ninactive_file 500000\nactive_file 7\n")
    assert free_memory(tmp_path) == 2_500_000


def test_a_limit_by_control_groups_of_version_1_counts(tmp_path: Path) -> None:
    unlimited = free_memory(tmp_path)
    memory = tmp_path / "memory"
    memory.mkdir()
    (memory / "memory.usage_in_bytes").write_text("1000000\n")
    (memory / "memory.limit_in_bytes").write_text(f"{2**63 - 4096}\n")  # none
    assert free_memory(tmp_path) == pytest.approx(unlimited, rel=0.1)
    (memory / "memory.limit_in_bytes").write_text("3000000\n")
    assert free_memory(tmp_path) == 2_000_000
    (memory / "memory.stat").write_text("inactive_file 7\ntotal_inactive_file 500000\n")
    assert free_memory(tmp_path) == 2_500_000


@pytest.mark.parametrize("text", ["threads: 1000000\n", "threads: many\n", "threads: [", "{}"])
def test_there_is_always_a_number_of_jobs(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "params.yaml").write_text(text)
    jobs = jobs_for(tmp_path)
    assert jobs >= 1
    assert f"Stages side by side: {jobs} " in capsys.readouterr().out


@pytest.mark.parametrize("asked", [None, 3])
def test_of_stages_that_take_all_of_a_gpu_one_runs(tmp_path: Path, asked: int | None) -> None:
    (tmp_path / "params.yaml").write_text("device: gpu\n")
    assert jobs_for(tmp_path, asked) == 1


def test_as_many_stages_run_as_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("device: cpu\n")
    assert jobs_for(tmp_path, 99) == 99


def test_a_stage_counts_with_the_longest_chain_after_it() -> None:
    needs = {"a": [], "b@1": ["a"], "b@2": ["a"], "c": ["b@1", "b@2"], "d": ["b@1"]}
    seconds = {"a": 1.0, "b@1": 10.0, "c": 100.0, "d": 500.0}
    assert remaining(needs, seconds) == {
        "a": 511.0,
        "b@1": 510.0,
        "b@2": 110.0,  # as long as the other of its kind
        "c": 100.0,
        "d": 500.0,
    }


@pytest.mark.parametrize(("memory", "jobs"), [(4.9, 1), (5, 2), (7.4, 2), (7.5, 3)])
def test_a_stage_is_taken_to_need_two_and_a_half_gibibytes(memory: float, jobs: int) -> None:
    assert jobs_that_fit(9, 1, memory * GIB) == jobs


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("threads: 2\n", "2 (cores: 5, 2 for each stage; free memory: 10.0 GiB)"),
        ("other: 2\n", "4 (cores: 5, 1 for each stage; free memory: 10.0 GiB)"),
        ("threads: many\n", "4 (cores: 5, 1 for each stage; free memory: 10.0 GiB)"),
        ("threads: 9\n", "1 (cores: 5, 9 for each stage; free memory: 10.0 GiB)"),
        ("threads: 0\n", "4 (cores: 5, 0 for each stage; free memory: 10.0 GiB)"),
    ],
)
def test_it_is_said_why_so_many_stages_run(
    tmp_path: Path,
    text: str,
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tools.schedule.joblib.cpu_count", lambda: 5)
    monkeypatch.setattr("tools.schedule.free_memory", lambda: 10 * GIB)
    (tmp_path / "params.yaml").write_text(text)
    assert jobs_for(tmp_path) == int(said[0])
    assert capsys.readouterr().out == f"Stages side by side: {said}\n"


def test_a_container_cannot_have_more_memory_than_there_is(tmp_path: Path) -> None:
    (tmp_path / "memory.current").write_text("1\n")
    (tmp_path / "memory.max").write_text(f"{2**60}\n")
    assert free_memory(tmp_path) < 2**50


def test_new_stages_take_as_long_as_the_longest_of_their_kind_or_a_second() -> None:
    needs = {"a@1": [], "a@2": [], "a@3": [], "new": ["a@3"]}
    assert remaining(needs, {"a@1": 5.0, "a@2": 7.0}) == {
        "a@1": 5.0,
        "a@2": 7.0,
        "a@3": 8.0,
        "new": 1.0,
    }


@pytest.mark.parametrize(("jobs", "code"), [("0", 2), ("1", 0), ("9", 0), ("x", 2)])
def test_at_least_one_stage_runs(jobs: str, code: int) -> None:
    app = typer.Typer()
    heard: list[int | None] = []

    @app.command()
    def command(jobs: Jobs = None) -> None:
        heard.append(jobs)

    result = CliRunner().invoke(app, ["--jobs", jobs])
    assert result.exit_code == code
    assert heard == ([int(jobs)] if code == 0 else [])
    words = CliRunner().invoke(app, ["--help"]).output.replace("│", " ").split()
    assert "Stages side by side; as many as fit by default." in " ".join(words)


def test_a_new_stage_is_expected_to_take_as_long_as_the_longest_of_its_kind() -> None:
    seconds = {"b@1": 10.0, "b@2": 20.0, "gone": 5.0}
    assert expected_seconds(["b@1", "b@3", "new"], seconds) == {"b@1": 10.0, "b@3": 20.0}


# After a, which runs, and beside e: b, c and then d.
NEEDS = {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"], "e": []}
EXPECTED = {"a": 10.0, "b": 100.0, "c": 30.0, "d": 5.0, "e": 50.0}


@pytest.mark.parametrize(
    ("jobs", "running", "left"),
    [
        (1, {}, 195.0),  # all of them
        (1, {"a": 4.0}, 191.0),
        (2, {"a": 4.0}, 111.0),  # e from 0 to 50, a to 6, b to 106, c from 50 to 80, d to 111
        (2, {"a": 99.0, "e": 49.0}, 105.0),  # a is late; e ends at 1, c at 31, b at 100
        (3, {}, 115.0),  # a to 10, b to 110, d
        (9, {}, 115.0),
    ],
)
def test_the_time_left_is_when_the_last_stage_of_the_schedule_ends(
    jobs: int, running: dict[str, float], left: float
) -> None:
    assert time_left(NEEDS, EXPECTED, jobs, running) == left


def test_the_one_that_the_end_waits_for_goes_first() -> None:
    needs = {"short": [], "long": [], "middle": []}
    # The long one beside the two others; in another order it would be 5 or 6.
    assert time_left(needs, {"short": 1.0, "long": 4.0, "middle": 2.0}, 2, {}) == 4.0


def test_stages_of_unknown_length_and_no_stages_take_no_time() -> None:
    assert time_left(NEEDS, {"b": 100.0}, 2, {"a": 7.0}) == 100.0
    assert time_left({"a": []}, {}, 2, {"a": 0.25}) == 0.0
    assert time_left({}, {}, 2, {}) == 0.0


def test_a_short_stage_stands_for_a_new_one_of_its_kind_as_it_is() -> None:
    assert expected_seconds(["b@2"], {"b@1": 0.25}) == {"b@2": 0.25}
