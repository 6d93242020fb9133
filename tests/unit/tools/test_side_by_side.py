"""Which stages run side by side, and what becomes of the others; no stage computes anything."""

import threading
from concurrent import futures
from pathlib import Path
from typing import Any

import pytest

from tools import runner
from tools.progress import View
from tools.repro import StageTime

PATIENCE = 60  # seconds, which measure nothing else than a test that fails
Ended = tuple[int, list[StageTime]]


@pytest.fixture(autouse=True)
def _threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_pool", futures.ThreadPoolExecutor)


def test_what_comes_after_a_changed_stage_runs_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs = {"before": [], "changed": ["before"], "after": ["changed"], "last": ["after"]}
    graph = runner.Graph({**needs, "beside": []}, {"changed"}, set())
    ended: list[StageTime] = []
    monkeypatch.setattr(runner, "_run_stage", lambda *given: (0, [StageTime(given[-1], 1.0)]))
    assert runner._side_by_side(tmp_path, {}, View(), graph, 2, ended) == 0
    assert [entry.stage for entry in ended] == ["changed", "after", "last"]


def test_after_a_failure_no_other_stage_starts_and_what_runs_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs = {"fails": [], "runs": [], "waits": [], "needs it": ["fails"]}
    graph = runner.Graph(needs, set(needs), set())
    waits, noticed = 0, threading.Event()
    started: list[str] = []
    ended: list[StageTime] = []

    def wait(running: Any, **given: Any) -> Any:
        nonlocal waits
        assert running, "there is nothing to wait for"
        waits += 1
        if waits == 2:  # the failure, which ended the first, has been seen
            noticed.set()
        return futures.wait(running, **given)

    def run_stage(*given: Any) -> Ended:
        started.append(given[-1])
        if given[-1] == "fails":
            return 3, []
        if given[-1] == "runs":
            noticed.wait(PATIENCE)
        return 0, [StageTime(given[-1], 1.0)]

    monkeypatch.setattr(runner, "wait", wait)
    monkeypatch.setattr(runner, "_run_stage", run_stage)
    assert runner._side_by_side(tmp_path, {}, View(), graph, 2, ended) == 3
    assert sorted(started) == ["fails", "runs"]
    assert [entry.stage for entry in ended] == ["runs"]
