"""Small pipelines, one stage after another and side by side."""

import os
import pty
import re
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.support import PROJECT
from tools import provenance, runner
from tools.progress import View
from tools.repro import StageTime
from tools.runner import environment


def test_a_failing_pipeline_fails_the_command(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        runner.reproduce(tmp_path)
    assert ended.value.code not in (0, None)


TWO = """stages:
  first: {cmd: "echo progress >&2; echo 1 > one", outs: [{one: {cache: false}}]}
  second: {cmd: "cp one two", deps: [one], outs: [{two: {cache: false}}]}
"""
FAILING = "echo before; echo at fault >&2; echo after; exit 3"


@pytest.mark.parametrize("jobs", [1, 2])
def test_stages_are_heard_and_run_once(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], jobs: int
) -> None:
    subprocess.run(["dvc", "init", "--no-scm", "-q"], cwd=tmp_path, env=environment(), check=True)
    (tmp_path / "dvc.yaml").write_text(TWO)
    assert [entry.stage for entry in runner.reproduce(tmp_path, jobs)] == ["first", "second"]
    said = capfd.readouterr()
    lines = [line for line in said.out.splitlines() if "dashboard" not in line]
    assert [line.split()[-1] for line in lines] == ["first", "first", "second", "second"]
    assert [line.split()[0] for line in lines[::2]] == ["starts", "starts"]
    assert said.err == "first | progress\n"
    assert runner.reproduce(tmp_path, jobs) == []
    (tmp_path / "dvc.yaml").write_text(TWO.replace("cp one two", FAILING))
    with pytest.raises(SystemExit) as ended:
        runner.reproduce(tmp_path, jobs)
    assert ended.value.code not in (0, None)
    said = capfd.readouterr()
    assert "    failed  second\n" in said.out
    lines = said.err.splitlines()
    assert lines[:3] == ["second | before", "second | at fault", "second | after"]
    assert lines[3].startswith("second | ERROR: failed to reproduce 'second'")
    assert len(lines) == 4


def test_the_stage_that_took_longest_starts_first(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    subprocess.run(["dvc", "init", "--no-scm", "-q"], cwd=tmp_path, env=environment(), check=True)
    names = ("a", "b", "c", "d")
    stages = "".join(f"  {name}: {{cmd: touch {name}, outs: [{name}]}}\n" for name in names)
    (tmp_path / "dvc.yaml").write_text(f"stages:\n{stages}")
    (tmp_path / "params.yaml").write_text("threads: 1\n")
    (tmp_path / "reports").mkdir()
    start = provenance.starting(tmp_path)
    rows = [("a", 1.0), ("b", 20.0), ("c", 300.0), ("d", 4.0)]
    lock = tmp_path / "dvc.lock"  # rows belong to its entries
    lock.write_text(f"stages: {{{', '.join(f'{name}: {{}}' for name in names)}}}\n")
    provenance.write(tmp_path, start, rows, {})
    lock.unlink()
    runner.reproduce(tmp_path, jobs=2)
    starts = re.findall(r"starts +(\w)", capfd.readouterr().out)
    assert set(starts[:2]) == {"b", "c"}
    assert set(starts) == set(names)


def test_a_pipeline_that_cannot_be_read_is_what_dvc_says(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    subprocess.run(["dvc", "init", "--no-scm", "-q"], cwd=tmp_path, env=environment(), check=True)
    (tmp_path / "dvc.yaml").write_text("stages: [")
    with pytest.raises(SystemExit) as ended:
        runner.reproduce(tmp_path, jobs=2)
    assert ended.value.code not in (0, None)
    assert "dvc.yaml' is invalid" in capfd.readouterr().err


# Stages that show a bar, say that they wait, and wait until something is written into a pipe.
SLOW = """stages:
  quick: {cmd: touch quick, outs: [quick]}
  slow:
    foreach: [one, two]
    do:
      cmd: test -e go || python wait.py ${item}; test -e go && touch ${item}
      deps: [quick]
      outs: ["${item}"]
"""
WAIT = """
import sys
from tqdm import tqdm

with tqdm(total=7, desc=f"{sys.argv[1]} seed 3", unit="epoch") as bar:
    bar.set_postfix(loss="12.5", refresh=False)
    bar.n = 2
    bar.refresh()
    try:
        print("waits", file=sys.stderr)
        open("pipe").read()
    except KeyboardInterrupt:
        sys.exit("stops")
"""
# In the background of a script a process ignores Ctrl-C, and so do its children.
RUN = (
    "import sys, signal, pathlib, tools.runner as r; "
    "signal.signal(signal.SIGINT, signal.default_int_handler); "
    "r.reproduce(pathlib.Path(sys.argv[1]), int(sys.argv[2]))"
)
INTERRUPTED = "interrupted: what was finished is kept"


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    subprocess.run(["dvc", "init", "--no-scm", "-q"], cwd=tmp_path, env=environment(), check=True)
    (tmp_path / "dvc.yaml").write_text(SLOW)
    (tmp_path / "wait.py").write_text(WAIT)
    os.mkfifo(tmp_path / "pipe")
    return tmp_path


def until(lines: Iterable[str], *texts: str) -> str:
    """Read lines until each of the texts has come."""
    heard = ""
    for line in lines:
        heard += line
        if all(text in heard for text in texts):
            return heard
    return pytest.fail(f"expected {texts}, received {heard}")


def written(terminal: int) -> Iterator[str]:
    """What is written to a terminal, until nobody is left to write."""
    with suppress(OSError):  # Linux' way to say so
        while piece := os.read(terminal, 2**16):
            yield piece.decode(errors="replace")


@contextmanager
def running(project: Path, jobs: str, **streams: int) -> Iterator[subprocess.Popen[str]]:
    """A run of the pipeline in a session of its own, as in a terminal of its own."""
    env = {**os.environ, "TERM": "xterm"}
    for name in ("COLUMNS", "LINES", "NO_COLOR"):
        env.pop(name, None)
    command = [sys.executable, "-c", RUN, str(project), jobs]
    with subprocess.Popen(
        command, cwd=PROJECT, env=env, text=True, start_new_session=True, **streams
    ) as process:
        # Nothing else is measured by it than a test that hangs.
        limit = threading.Timer(600, os.killpg, (process.pid, signal.SIGKILL))
        limit.start()
        try:
            yield process
            process.wait()
        finally:
            limit.cancel()
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def test_ctrl_c_ends_stages_side_by_side_and_keeps_what_was_finished(slow: Path) -> None:
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with running(slow, "2", **pipes) as process:
        assert process.stdout
        assert process.stderr
        said = until(process.stdout, "/status")
        (dashboard,) = re.findall(r"http://127\.0\.0\.1:\d+/status", said)
        with urlopen(dashboard) as page:
            assert page.status == 200
        until(process.stderr, "slow@one | waits", "slow@two | waits")
        os.killpg(process.pid, signal.SIGINT)
        errors, said = process.stderr.read(), process.stdout.read()
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert errors.count("| stops\n") == 2
    assert errors.splitlines()[-1] == INTERRUPTED
    assert "\r" not in said + errors
    (slow / "go").touch()
    ran = [entry.stage for entry in runner.reproduce(slow, jobs=2)]
    assert sorted(ran) == ["slow@one", "slow@two"]


def test_stages_that_end_while_ctrl_c_waits_for_them_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted_once(running: Any, **given: Any) -> Any:
        monkeypatch.undo()
        raise KeyboardInterrupt

    ended: list[StageTime] = []
    graph = runner.Graph({"one": [], "two": []}, {"one", "two"}, set())
    monkeypatch.setattr(runner, "wait", interrupted_once)
    monkeypatch.setattr(runner, "_run_stage", lambda *given: (0, [StageTime(given[-1], 1.0)]))
    with pytest.raises(KeyboardInterrupt):
        runner._side_by_side(tmp_path, {}, View(), graph, 2, ended)
    assert {entry.stage for entry in ended} == {"one", "two"}


def test_a_machine_that_slept_goes_on_where_it_was(
    slow: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Dask gives up a worker that it has not heard for this long, by default for five minutes, and
    # never before five seconds. So the machine sleeps for seven, which is no wait for an event.
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL", "1s")
    with running(slow, "2", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        until(process.stderr, "slow@one | waits", "slow@two | waits")
        os.killpg(process.pid, signal.SIGSTOP)
        time.sleep(7)
        os.killpg(process.pid, signal.SIGCONT)
        (slow / "go").touch()
        while process.poll() is None:
            with suppress(OSError):  # no stage reads it now
                os.close(os.open(slow / "pipe", os.O_WRONLY | os.O_NONBLOCK))
            time.sleep(0.1)
        said = process.stdout.read()
    assert process.returncode == 0
    assert {"slow@one", "slow@two"} <= set(re.findall(r" s  (\S+)", said))


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_terminal_shows_a_table_that_ctrl_c_takes_away(slow: Path, jobs: str) -> None:
    terminal, other_end = pty.openpty()
    termios.tcsetwinsize(other_end, (24, 80))
    with running(slow, jobs, stdout=other_end, stderr=other_end) as process:
        os.close(other_end)
        pieces = written(terminal)
        shown = "epoch 2/7  seed 3, loss=12.5"
        until(pieces, "| waits", shown, "1 of 3 stages done")
        os.killpg(process.pid, signal.SIGINT)
        rest = "".join(pieces)
    os.close(terminal)
    assert process.returncode == 130
    assert "Traceback" not in rest
    plain = re.sub(r"\x1b\[[^a-zA-Z]*[a-zA-Z]", "", rest)
    assert plain.splitlines()[-1].endswith(INTERRUPTED)
