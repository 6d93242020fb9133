"""Commands around the pipeline."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

from stages.core.params import load
from tests.support import PROJECT
from tools import project, reproduce, runner
from tools.runner import StageTime, environment


def status() -> str:
    return subprocess.run(
        ["git", "status", "--porcelain"], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout


def test_the_demo_is_made_elsewhere_and_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran_in: list[Path] = []

    def pretend(folder: Path, jobs: int) -> list[StageTime]:
        ran_in.append(folder)
        return [StageTime("train@vae", 12.34), StageTime("report", 1.0)]

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


def test_a_copy_without_changes_has_the_same_bytes(tmp_path: Path) -> None:
    copy = project.copy_without_results(PROJECT, tmp_path / "copy", {})
    for name in ("params.yaml", "dvc.yaml", "requirements.lock"):
        assert (copy / name).read_bytes() == (PROJECT / name).read_bytes()


def test_a_device_is_set_without_touching_another_byte(tmp_path: Path) -> None:
    params = tmp_path / "params.yaml"
    before = (PROJECT / "params.yaml").read_bytes()
    params.write_bytes(before)
    project.set_device(params, "gpu")
    assert params.read_bytes() == before.replace(b"device: cpu", b"device: gpu")
    assert load(params)["device"] == "gpu"
    project.set_device(params, "cpu")
    assert params.read_bytes() == before
    params.write_text("threads: 2\n")
    with pytest.raises(SystemExit, match="expected one line"):
        project.set_device(params, "gpu")


def test_a_failing_pipeline_fails_the_command(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        runner.reproduce(tmp_path)
    assert ended.value.code not in (0, None)


SIDE_BY_SIDE = """stages:
  first: {cmd: "echo progress >&2; echo 1 > one", outs: [{one: {cache: false}}]}
  second: {cmd: "cp one two", deps: [one], outs: [{two: {cache: false}}]}
"""


def test_side_by_side_stages_are_heard_and_run_once(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    subprocess.run(["dvc", "init", "--no-scm", "-q"], cwd=tmp_path, env=environment(), check=True)
    (tmp_path / "dvc.yaml").write_text(SIDE_BY_SIDE)
    assert [entry.stage for entry in runner.reproduce(tmp_path, jobs=2)] == ["first", "second"]
    assert "progress" in capfd.readouterr().err
    assert runner.reproduce(tmp_path, jobs=2) == []
    (tmp_path / "dvc.yaml").write_text(SIDE_BY_SIDE.replace("cp one two", "cp none two"))
    with pytest.raises(SystemExit) as ended:
        runner.reproduce(tmp_path, jobs=2)
    assert ended.value.code not in (0, None)
    assert "none" in capfd.readouterr().err


def test_a_pipeline_that_cannot_be_read_is_what_dvc_says(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    subprocess.run(["dvc", "init", "--no-scm", "-q"], cwd=tmp_path, env=environment(), check=True)
    (tmp_path / "dvc.yaml").write_text("stages: [")
    with pytest.raises(SystemExit) as ended:
        runner.reproduce(tmp_path, jobs=2)
    assert ended.value.code not in (0, None)
    assert "dvc.yaml' is invalid" in capfd.readouterr().err


SLOW = """stages:
  quick: {cmd: touch quick, outs: [quick]}
  slow:
    foreach: [one, two]
    do:
      cmd: test -e go || sleep 60; touch ${item}
      deps: [quick]
      outs: ["${item}"]
"""


def test_ctrl_c_ends_stages_side_by_side_and_keeps_what_was_finished(tmp_path: Path) -> None:
    subprocess.run(["dvc", "init", "--no-scm", "-q"], cwd=tmp_path, env=environment(), check=True)
    (tmp_path / "dvc.yaml").write_text(SLOW)
    # In the background of a script a process ignores Ctrl-C, and so do its children.
    code = (
        "import sys, signal, pathlib, tools.runner as r; "
        "signal.signal(signal.SIGINT, signal.default_int_handler); "
        "r.reproduce(pathlib.Path(sys.argv[1]), 2)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, tmp_path],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout
        said = ""
        while "slow@one" not in said or "slow@two" not in said:
            said += process.stdout.readline()
        (dashboard,) = re.findall(r"http://127\.0\.0\.1:\d+/status", said)
        with urlopen(dashboard) as page:
            assert page.status == 200
        time.sleep(2)  # until DVC has started them
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert errors.splitlines()[-1] == "interrupted: what was finished is kept"
    (tmp_path / "go").touch()
    ran = [entry.stage for entry in runner.reproduce(tmp_path, jobs=2)]
    assert sorted(ran) == ["slow@one", "slow@two"]


def test_the_makefile_lists_its_targets() -> None:
    listed = subprocess.run(
        ["make", "help"], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout
    for target in (
        "reproduce",
        "demo",
        "reference",
        "verify",
        "test",
        "test-processors",
        "test-spread",
        "test-faults",
        "benchmark",
        "digits",
        "clean",
    ):
        assert f"make {target} " in listed
