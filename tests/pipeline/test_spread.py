"""Workers with clones of their own, on this machine: real schedulers, workers and remotes."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from distributed import Client

from stages.core.errors import InputError
from stages.core.params import load
from tests.support import PROJECT, dvc, ran
from tools import spread
from tools.runner import environment

# Stages like the study's, and as quick: one for each key, one that gathers, one that Git holds.
PIPELINE = """
stages:
  data:
    cmd: cp given data
    deps: [given]
    outs: [data]
  train:
    foreach: [one, two, three]
    do:
      cmd: >-
        eval $WORK && sed 's/$/ ${item}/' data > model_${item}
        && wc -c < model_${item} > reports/metrics/${item}.json
      deps: [data]
      outs:
        - model_${item}
      metrics:
        - reports/metrics/${item}.json: {cache: false}
  gather:
    cmd: cat model_one model_two model_three > all
    deps: [model_one, model_two, model_three]
    outs: [all]
  report:
    cmd: cp all reports/README.md
    deps: [all]
    outs: [{reports/README.md: {cache: false}}]
"""
HERE = {"report"}
HANG = 600  # seconds, which measure nothing else
SPREAD = {"data", "train@one", "train@two", "train@three", "gather"}


def git(project: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=project, check=True, capture_output=True, text=True
    ).stdout.strip()


def origin(folder: Path, remote: str) -> Path:
    """A project under Git whose results nobody has made."""
    folder.mkdir()
    (folder / "given").write_text("given\n")
    (folder / "dvc.yaml").write_text(PIPELINE)
    (folder / ".gitignore").write_text("/build\n/data\n/model_*\n/all\n")
    (folder / "reports" / "metrics").mkdir(parents=True)
    (folder / "reports" / "metrics" / "none.json").write_text("{}")
    for command in (
        ["git", "init", "--quiet"],
        ["git", "config", "user.email", "someone@example.org"],
        ["git", "config", "user.name", "Someone"],
        [sys.executable, "-m", "dvc", "init", "--quiet"],
        [sys.executable, "-m", "dvc", "remote", "add", "--quiet", "--default", "shared", remote],
        [sys.executable, "-m", "dvc", "config", "core.autostage", "false"],
    ):
        subprocess.run(command, cwd=folder, check=True)
    commit(folder)
    return folder


def commit(project: Path) -> None:
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "change")


def clone(project: Path, folder: Path) -> Path:
    git(project, "clone", "--quiet", str(project), str(folder))
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def dask(*arguments: str, cwd: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process of Dask's, and of those that it starts; its code is the folder's own, or this."""
    code = cwd if (cwd / "tools").exists() else PROJECT
    env = {**environment(), "PYTHONPATH": str(code)}
    with (cwd.with_name(f"{cwd.name}.log")).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *arguments],
            cwd=cwd,
            env=env,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def workers(*clones: Path) -> Iterator[tuple[str, Sequence[subprocess.Popen[bytes]]]]:
    """A scheduler, and a worker in each clone; the scheduler is the last of the processes."""
    address = f"tcp://127.0.0.1:{free_port()}"
    port = address.rpartition(":")[2]
    with ExitStack() as stack:
        options = ("--port", port, "--host", "127.0.0.1", "--no-dashboard")
        scheduler = stack.enter_context(dask("scheduler", *options, cwd=clones[0].parent))
        options = (address, "--nthreads", "1", "--no-nanny", "--no-dashboard")
        started = [stack.enter_context(dask("worker", *options, cwd=c)) for c in clones]
        yield address, [*started, scheduler]


@pytest.fixture(autouse=True)
def short_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORK", "true")


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    return tmp_path / "remote"


@pytest.fixture
def serial_lock(tmp_path: Path) -> bytes:
    """What one machine makes."""
    project = origin(tmp_path / "serial", str(tmp_path / "nothing"))
    dvc(project, "repro")
    return (project / "dvc.lock").read_bytes()


@pytest.mark.cluster
def test_workers_make_what_one_machine_makes(
    tmp_path: Path, remote: Path, serial_lock: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    here = origin(tmp_path / "here", str(remote))
    clones = [clone(here, tmp_path / name) for name in ("a", "b")]
    with workers(*clones) as (address, _):
        times, _ = spread.spread(here, address)
    assert (here / "dvc.lock").read_bytes() == serial_lock
    assert {entry.stage for entry in times} == SPREAD | HERE
    lines = map(str.split, capfd.readouterr().out.splitlines())
    assert {line[1] for line in lines if line[:1] == ["starts"]} == HERE
    made = [{path.name for path in project.glob("model_*")} for project in clones]
    assert set.union(*made) >= {"model_one", "model_two", "model_three"}


def test_the_stage_of_a_worker_that_is_killed_runs_elsewhere(
    tmp_path: Path, remote: Path, serial_lock: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, goes_on = origin(tmp_path / "here", str(remote)), tmp_path / "goes_on"
    monkeypatch.setenv("WORK", f"until test -e '{goes_on}'; do sleep 0.1; done")
    clones = [clone(here, tmp_path / name) for name in ("a", "b")]
    with workers(*clones) as (address, (first, *_)):

        def strike() -> None:
            while "train" not in running(clones[0]):
                time.sleep(0.1)
            os.killpg(first.pid, signal.SIGKILL)
            goes_on.touch()

        threading.Thread(target=strike, daemon=True).start()
        spread.spread(here, address)
        assert first.wait() == -signal.SIGKILL
    assert (here / "dvc.lock").read_bytes() == serial_lock
    assert (here / "reports" / "README.md").read_text() == "given one\ngiven two\ngiven three\n"


@pytest.mark.cluster
def test_a_scheduler_that_dies_is_named_and_what_was_finished_stays(
    tmp_path: Path, remote: Path, serial_lock: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = origin(tmp_path / "here", str(remote))
    monkeypatch.setenv("WORK", "until false; do sleep 0.1; done")
    colleague = clone(here, tmp_path / "a")
    with workers(colleague) as (address, (_, scheduler)):

        def strike() -> None:
            while "train" not in running(colleague):
                time.sleep(0.1)
            os.killpg(scheduler.pid, signal.SIGKILL)

        threading.Thread(target=strike, daemon=True).start()
        with pytest.raises(InputError, match=f"^{address}: expected the scheduler to keep running"):
            spread.spread(here, address)
    monkeypatch.setenv("WORK", "true")
    assert "data" not in ran(dvc(here, "repro", "--pull").stdout)
    assert (here / "dvc.lock").read_bytes() == serial_lock


@pytest.mark.cluster
def test_a_worker_with_other_packages_is_named(tmp_path: Path, remote: Path) -> None:
    here = origin(tmp_path / "here", str(remote))
    for folder in ("stages", "tools"):
        shutil.copytree(PROJECT / folder, here / folder, ignore=shutil.ignore_patterns("*.pyc"))
    lock = (PROJECT / "requirements.lock").read_text()
    (here / "requirements.lock").write_text(re.sub(r"(?m)^tqdm==\S+", "tqdm==1.2.3", lock))
    (here / ".gitignore").write_text("__pycache__\n" + (here / ".gitignore").read_text())
    commit(here)
    with (
        workers(clone(here, tmp_path / "a")) as (address, _),
        pytest.raises(InputError, match=r"^worker tcp://.*: tqdm: expected 1\.2\.3, received"),
    ):
        spread.spread(here, address)


def running(project: Path) -> str:
    """What DVC has locked, by its own account."""
    lock = project / ".dvc" / "tmp" / "rwlock"
    return lock.read_text() if lock.exists() else ""


@pytest.mark.cluster
def test_results_of_other_inputs_are_not_taken_for_these(tmp_path: Path, remote: Path) -> None:
    here = origin(tmp_path / "here", str(remote))
    colleague = clone(here, tmp_path / "a")
    with workers(colleague) as (address, _):
        spread.spread(here, address)
        (here / "given").write_text("another\n")
        commit(here)
        git(colleague, "fetch", "--quiet")
        # Its own dvc.lock is in the way of a pull.
        git(colleague, "reset", "--quiet", "--hard", "@{upstream}")
        times, _ = spread.spread(here, address)
    assert {entry.stage for entry in times} == SPREAD | HERE
    assert (
        here / "reports" / "README.md"
    ).read_text() == "another one\nanother two\nanother three\n"


def test_what_is_shared_is_not_computed_again(
    tmp_path: Path, remote: Path, serial_lock: bytes
) -> None:
    here = origin(tmp_path / "here", str(remote))
    dvc(here, "repro")
    dvc(here, "push", "--run-cache")
    unheard = clone(here, tmp_path / "unheard")
    # If this fails, DVC has come to push metrics that Git holds: then `share` has less to do.
    assert ran(dvc(unheard, "repro", "--pull").stdout) >= HERE | {"train@one"}
    spread.share(here)
    # Before the results are committed, keys of the stages' inputs find them.
    early = clone(here, tmp_path / "early")
    assert ran(dvc(early, "repro", "--pull").stdout) == HERE
    assert (early / "dvc.lock").read_bytes() == serial_lock
    commit(here)
    colleague = clone(here, tmp_path / "colleague")
    nothing_is_computed(colleague)


def nothing_is_computed(colleague: Path) -> None:
    """In a clone, by the commands of docs/scale.md."""
    dvc(colleague, "pull", "--run-cache")
    assert ran(dvc(colleague, "repro").stdout) == set()
    assert git(colleague, "status", "--porcelain") == ""


def test_no_scheduler_is_named_by_its_address(
    tmp_path: Path, remote: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spread, "_PATIENCE", 1)
    here = origin(tmp_path / "here", str(remote))
    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(InputError, match=f"^{address}: expected a Dask scheduler, received"):
        spread.spread(here, address)


@pytest.mark.cluster
def test_workers_that_do_not_fit_are_named(tmp_path: Path, remote: Path) -> None:
    here = origin(tmp_path / "here", str(remote))
    right, old, edited, alone = (clone(here, tmp_path / name) for name in ("a", "b", "c", "d"))
    (here / "given").write_text("another\n")
    commit(here)
    for project in (right, edited, alone):
        git(project, "pull", "--quiet")
    (edited / "given").write_text("mine\n")
    dvc(alone, "config", "--unset", "core.remote")
    git(alone, "update-index", "--assume-unchanged", ".dvc/config")
    with workers(right, old, edited, alone) as (address, _):
        with Client(address, timeout=HANG) as client:
            client.wait_for_workers(4, timeout=HANG)
        with pytest.raises(InputError) as refusal:
            spread.spread(here, address)
    faults = str(refusal.value).splitlines()
    assert len(faults) == 3
    assert [line for line in faults if re.search(f"{old}: expected commit .*, received", line)]
    assert [line for line in faults if f"{edited}: expected a commit without changes" in line]
    assert [line for line in faults if f"{alone}: expected a default DVC remote" in line]


def test_a_clone_with_changes_is_not_spread(tmp_path: Path, remote: Path) -> None:
    here = origin(tmp_path / "here", str(remote))
    (here / "given").write_text("mine\n")
    with pytest.raises(InputError, match="here: expected a commit without changes"):
        spread.spread(here, "tcp://127.0.0.1:1")


@pytest.mark.cluster
def test_a_stage_that_fails_is_named_and_what_was_finished_stays(
    tmp_path: Path, remote: Path
) -> None:
    here = origin(tmp_path / "here", str(remote))
    text = (here / "dvc.yaml").read_text()
    (here / "dvc.yaml").write_text(text.replace("cat model_one", "cat model_none"))
    commit(here)
    colleague = clone(here, tmp_path / "a")
    with (
        workers(colleague) as (address, _),
        pytest.raises(InputError, match=r"^gather on tcp://.*: dvc repro(.|\n)*model_none"),
    ):
        spread.spread(here, address)
    (here / "dvc.yaml").write_text(text)
    assert ran(dvc(here, "repro", "--pull").stdout) == {"gather"} | HERE


def test_a_remote_that_refuses_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("no folder")
    here = origin(tmp_path / "here", str(file / "remote"))
    dvc(here, "repro")
    with pytest.raises(InputError, match=r"^here: dvc push --run-cache: expected success"):
        spread.spread(here, "tcp://127.0.0.1:1")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server that speaks S3, on this machine."""
    from moto.server import ThreadedMotoServer

    for name, value in (
        ("ACCESS_KEY_ID", "x"),
        ("SECRET_ACCESS_KEY", "x"),
        ("REGION", "us-east-1"),
    ):
        monkeypatch.setenv(f"AWS_{name}", value)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    import boto3

    boto3.client("s3", endpoint_url=f"http://{host}:{port}").create_bucket(Bucket="study")
    yield f"http://{host}:{port}"
    server.stop()


@pytest.mark.cluster
def test_s3_is_a_remote_like_a_folder(tmp_path: Path, bucket: str, serial_lock: bytes) -> None:
    here = origin(tmp_path / "here", "s3://study/results")
    dvc(here, "remote", "modify", "shared", "endpointurl", bucket)
    commit(here)
    clones = [clone(here, tmp_path / name) for name in ("a", "b")]
    with workers(*clones) as (address, _):
        spread.spread(here, address)
    assert (here / "dvc.lock").read_bytes() == serial_lock
    commit(here)
    nothing_is_computed(clone(here, tmp_path / "colleague"))


def test_the_page_starts_workers_under_slurm_each_in_a_clone_of_its_own() -> None:
    page = (PROJECT / "docs" / "scale.md").read_text()
    (code,) = re.findall(r"```python cluster\n(from dask_jobqueue.*?)```", page, re.DOTALL)
    found: dict[str, Any] = {}
    exec(code.replace("cluster.scale(jobs=10)", ""), found)  # noqa: S102
    with found["cluster"] as cluster:
        script = cluster.job_script().splitlines()
    cores = load(PROJECT / "params.yaml")["threads"]
    assert {"#SBATCH -n 1", f"#SBATCH --cpus-per-task={cores}", "#SBATCH --mem=8G"} <= set(script)
    assert "#SBATCH -t 04:00:00" in script
    *before, command = script
    assert before[-3:] == [
        "git clone --quiet /shared/study $TMPDIR/study",
        "cd $TMPDIR/study",
        "make .venv/.installed-test",
    ]
    assert command.startswith(
        f".venv/bin/python -m distributed.cli.dask_worker {found['cluster'].scheduler_address}"
    )
    assert "--nthreads 1" in command
