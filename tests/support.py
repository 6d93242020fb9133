"""What tests share besides fixtures: small projects, and commands run in them."""

import atexit
import fcntl
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from stages.core.params import load
from tools import runner
from tools.project import PROJECT, SHORTEST, copy_without_results, set_params
from tools.repro import StageTime
from tools.runner import environment, wrapper

PARAMS = PROJECT / "params.yaml"

# Two small variants.
TWO = {
    "compression": {
        "architecture": {
            "kind": "dense",
            "hidden": [20],
            "activation": "relu",
            "latent_dim": 5,
            "latent_activation": "relu",
        }
    },
    "sparse": {
        "architecture": {
            "kind": "dense",
            "hidden": [],
            "latent_dim": 8,
            "latent_activation": "sigmoid",
        },
        "sparsity": {"target": 0.2, "weight": 1.0},
    },
}
# Text that a schema cannot refuse, since paths and comments may hold anything.
HOSTILE = "<img src=x onerror=alert(1)>"


def change(file: Path, *changes: tuple[str, Any]) -> None:
    """Set dotted keys in a YAML file, as `dvc exp run -S` does."""
    set_params(file, dict(changes))


def dvc(project: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run DVC in a project and give back what it said; stages are forks."""
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *arguments],
        cwd=project,
        env=environment(forks()),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 or not check, done.stdout + done.stderr
    return done


def reproduce(project: Path) -> list[StageTime]:
    """Run the pipeline as `tools.runner` does; stages are forks."""
    return runner.reproduce(project, env=environment(forks()))


def ran(output: str) -> set[str]:
    """Names of the stages that DVC says it runs."""
    lines = [line for line in output.splitlines() if line.startswith("Running stage ")]
    return {line.split("'")[1] for line in lines}


def commit(project: Path) -> None:
    """Commit everything, results included, as a user does after a run."""
    subprocess.run(["git", "add", "--all"], cwd=project, check=True)
    subprocess.run(["git", "commit", "--quiet", "--message", "results"], cwd=project, check=True)


def two_variants(folder: Path) -> Path:
    """Make a project with two small variants, under Git as a user has it."""
    changes = {
        **SHORTEST,
        "variants": TWO,
        "label_curve.variants": ["compression"],
        "longer.variants": ["compression"],
        "beta_curve.variant": "compression",
        "datasets.digits.sources": [{"kind": "scikit-learn"}, {"kind": "folder", "path": HOSTILE}],
    }
    project = copy_without_results(PROJECT, folder, changes)
    with (project / "params.yaml").open("a") as params:
        params.write(f"# {HOSTILE}\n")
    (project / ".dvc" / "config.local").unlink()
    for command in (
        ["git", "init", "--quiet"],
        ["git", "config", "user.email", "someone@example.org"],
        ["git", "config", "user.name", "Someone"],
    ):
        subprocess.run(command, cwd=project, check=True)
    commit(project)
    return project


def small_reference(project: Path, name: str, changes: Mapping[str, Any]) -> Path:
    """Copy the project, and change the parameters of one experiment of `reference/`.

    Args:
        project: where to.
        name: of the experiment.
        changes: of its parameters, by dotted key, besides those that choose the digits.

    Returns:
        Its folder in the copy, without results.
    """
    copy_without_results(PROJECT, project, {})
    folder = project / "reference" / name
    shutil.rmtree(folder / "metrics", ignore_errors=True)
    (folder / "dvc.lock").unlink(missing_ok=True)
    shutil.copy(project / ".dvc" / "config.local", folder / ".dvc")
    digits = {"dataset": "digits", "datasets.digits": load(PARAMS)["datasets"]["digits"]}
    set_params(folder / "params.yaml", {**digits, **changes})
    return folder


class Forks(NamedTuple):
    """A process of which stages are forks, see `tests.forks`.

    Attributes:
        pid: its number.
        env: variables with which `python -m …` is one.
    """

    pid: int
    env: dict[str, str]


@contextmanager
def forking(
    folder: Path, command: Sequence[str] = (sys.executable,), before: str = ""
) -> Iterator[Forks]:
    """Import once what stages import, for all stages that run meanwhile.

    Args:
        folder: gets a log and a `python`.
        command: starts Python.
        before: what comes before the arguments of `python`, such as `-m tests.audited`.
    """
    # In a folder with a short name, since a socket's must be short.
    with TemporaryDirectory() as short, (folder / "forks.log").open("w") as log:
        address = f"{short}/forks"
        ask = f"-I -S '{PROJECT}/tests/forks.py' ask '{address}' {before}"
        env = environment(wrapper(folder / "bin", after=ask))
        with subprocess.Popen(
            [*command, "-m", "tests.forks", "serve", address],
            cwd=PROJECT,
            stdin=subprocess.PIPE,  # when it is closed, the server ends
            stdout=log,
            stderr=log,
        ) as server:
            yield Forks(server.pid, env)


_SERVERS = ExitStack()
atexit.register(_SERVERS.close)


@cache
def forks() -> Path:
    """Start a process of which stages are forks, until this one ends; give its `python`'s folder.

    A stage that is to be struck, limited or traced is a process of its own instead.
    """
    folder = Path(_SERVERS.enter_context(TemporaryDirectory()))
    _SERVERS.enter_context(forking(folder))
    return folder / "bin"


@contextmanager
def audited(folder: Path) -> Iterator[dict[str, str]]:
    """Let stages that run meanwhile write down what they open and which parameters they look at.

    Args:
        folder: gets a file for each stage, and `opened`; emptied.

    Yields:
        Environment variables for the stages. Without strace they do without the audit.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    calls = "open,openat,openat2,creat,clone,clone3,fork,vfork"
    trace = f"strace -f --seccomp-bpf -qq -y -z -e trace={calls} -o".split()
    traced = [*trace, str(folder / "opened")] if shutil.which("strace") else []
    before = f"-m tests.audited '{folder}'" if traced else ""
    with forking(folder, [*traced, sys.executable], before) as forks:
        yield forks.env


@contextmanager
def full_disk() -> Iterator[None]:
    """Let no file of this process grow beyond a few bytes, as on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def made_once(name: str, run_id: str, make: Callable[[Path], object]) -> Path:
    """Make a project below build/ by the worker that needs it first; another one waits for it.

    Args:
        name: of the folder.
        run_id: of the test run, the same for all its workers.
        make: gets the folder to make; what an earlier test run left there is to be replaced.
    """
    folder = PROJECT / "build" / "tests"
    folder.mkdir(parents=True, exist_ok=True)
    project, made = folder / name, folder / f"{name}.made"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists() or made.read_text() != run_id:
            make(project)
            made.write_text(run_id)
    return project
