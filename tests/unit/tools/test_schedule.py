"""How many stages run side by side, and in which order."""

from pathlib import Path

import pytest

from tools.schedule import MEMORY_OF_A_STAGE, free_memory, jobs_for, jobs_that_fit, remaining

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


@pytest.mark.parametrize("text", ["threads: 1000000\n", "threads: many\n", "threads: [", "{}"])
def test_there_is_always_a_number_of_jobs(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "params.yaml").write_text(text)
    jobs = jobs_for(tmp_path)
    assert jobs >= 1
    assert f"Stages side by side: {jobs} " in capsys.readouterr().out


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
