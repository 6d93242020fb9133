"""Strike runs of the pipeline and see that the next ones mend them: `make test-faults`.

On the digits with as few updates as there can be, in copies below `build/faults`. A project that
was struck, or whose files were damaged, must end with the `dvc.lock` and the files of one that was
left in peace.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import typer

from stages.core.input_integrity import digest, recorded
from tools.project import PROJECT, SHORTEST, copy_without_results
from tools.repair import mend
from tools.runner import environment, reproduce, wrapper

# What a run may say after Ctrl-C, in lines.
_SCREEN = 50
# How long a run that was struck may go on, in seconds: this only tells an end from a hang, on any
# machine.
_PATIENCE = 600
# Sizes at which files stop growing, as on a full disk: from nothing to more than most have.
_SIZES = np.geomspace(100, 1e6, 9).astype(int)
_FOLDERS = (".", "data", "data/models", "reports/metrics", ".dvc", ".dvc/cache/files/md5")


class Strike(NamedTuple):
    """What was done to a run, and how it ended.

    Attributes:
        stage: that was waited for.
        code: the exit code.
        seconds: from the strike to the end.
        said: lines of output after the strike.
    """

    stage: str
    code: int
    seconds: float
    said: list[str]


def kill_all(pid: int) -> None:
    """As when the machine goes down.

    Args:
        pid: of DVC and its group.
    """
    os.killpg(pid, signal.SIGKILL)


def kill_dvc(pid: int) -> None:
    """As when memory runs out: DVC dies alone, and its stage goes on without it.

    Args:
        pid: of DVC.
    """
    os.kill(pid, signal.SIGKILL)


def interrupt(pid: int) -> None:
    """As Ctrl-C does.

    Args:
        pid: of DVC and its group.
    """
    os.killpg(pid, signal.SIGINT)


STRIKES: Mapping[str, Callable[[int], None]] = {
    "kill -9 of DVC and its stage": kill_all,
    "kill -9 of DVC alone": kill_dvc,
    "Ctrl-C": interrupt,
}


def strike(
    project: Path,
    stage: str,
    moment: Callable[[], bool],
    how: Callable[[int], None],
    env: Mapping[str, str] | None = None,
) -> Strike | None:
    """Run `dvc repro` up to a stage and strike it there.

    Args:
        project: folder of `dvc.yaml`.
        stage: as DVC names it; not up to date.
        moment: asked from the start of the stage on, until it says that the moment has come.
        how: gets the process number of DVC, which is also that of its group.
        env: variables; `environment` by default.

    Returns:
        How the run ended; None if it came to its end before it could be struck.

    Raises:
        RuntimeError: the run failed before it was struck, or went on afterwards.
    """
    log = project / "build" / "struck.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "dvc", "repro", stage],
            cwd=project,
            env=env or environment(),
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # In the background of a script a process ignores Ctrl-C, and so do its children.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
    started = False
    while process.poll() is None:
        started = started or f"Running stage '{stage}'" in log.read_text()
        if started and moment():
            before, clock = len(log.read_text()), time.monotonic()
            how(process.pid)
            try:
                code = process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                kill_all(process.pid)
                late = f"{stage}: expected an end within {_PATIENCE} s, received none"
                raise RuntimeError(late) from None
            seconds = time.monotonic() - clock
            return Strike(stage, code, seconds, log.read_text()[before:].splitlines())
        time.sleep(0.05)
    if process.returncode:
        raise RuntimeError(f"expected dvc repro to succeed, received: {log.read_text()}")
    return None


def after(seconds: float) -> Callable[[], bool]:
    """Give a moment for `strike`: so long after it was first asked for."""
    first: list[float] = []

    def moment() -> bool:
        first.append(time.monotonic())
        return first[-1] - first[0] >= seconds

    return moment


def refused(
    project: Path, command: Sequence[str] = (), env: Mapping[str, str] | None = None
) -> str:
    """Run `dvc repro` where it cannot write.

    Args:
        project: folder of `dvc.yaml`.
        command: put before Python.
        env: variables; `environment` by default.

    Returns:
        What it says; nothing if it succeeds all the same.
    """
    done = subprocess.run(
        [*command, sys.executable, "-m", "dvc", "repro"],
        cwd=project,
        env=env or environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.stdout if done.returncode else ""


@contextmanager
def read_only(folder: Path) -> Iterator[list[str]]:
    """Let nobody write to a folder.

    Args:
        folder: that there is.

    Yields:
        What is put before a command that is to respect it: the superuser may write anywhere.
    """
    mode = folder.stat().st_mode
    folder.chmod(0o555)
    without = "--bounding-set=-dac_override"
    try:
        yield [] if os.getuid() else ["setpriv", "--inh-caps=-dac_override", without]
    finally:
        folder.chmod(mode)


def flip(path: Path) -> None:
    """Flip a bit in the middle of a file.

    Args:
        path: the file, or a folder whose first file is meant.
    """
    file = path if path.is_file() else min(inner for inner in path.rglob("*") if inner.is_file())
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    mode = file.stat().st_mode
    file.chmod(0o644)
    file.write_bytes(content)
    file.chmod(mode)


def whole(project: Path, lock: bytes) -> bool:
    """Tell whether a project has come to its end as if nothing had happened.

    Args:
        project: folder of `dvc.yaml`.
        lock: the `dvc.lock` that it must have.

    Returns:
        Whether lock file and all outputs are right, and nothing else lies about.
    """
    outputs = recorded(project / "dvc.lock")
    return (
        (project / "dvc.lock").read_bytes() == lock
        and all(digest(project / path) == promised for path, promised in outputs.items())
        and not [*project.glob("data/**/.*"), *project.glob("reports/**/.*")]
    )


def main(
    seed: Annotated[int, typer.Option(help="Of the moments.")] = 0,
    kinds: Annotated[str, typer.Option(help="Some of strikes, disk, folders, files.")] = (
        "strikes,disk,folders,files"
    ),
) -> None:
    """Strike every stage, fill disks, damage files; say what came of it."""
    for command in ("prlimit", "setpriv"):
        if not shutil.which(command):
            sys.exit(
                f"error: {command}: expected to be installed (Debian: util-linux), received none"
            )
    folder, chance = PROJECT / "build" / "faults", np.random.default_rng(seed)
    reference = copy_without_results(PROJECT, folder / "reference", SHORTEST)
    times = reproduce(reference)
    lock = (reference / "dvc.lock").read_bytes()
    faults = []

    def record(kind: str, project: Path, tried: int) -> None:
        reproduce(project)
        right = whole(project, lock)
        print(f"{kind}: {tried} tried, {'the same files' if right else 'OTHER FILES'} at the end")
        if not right:
            faults.append(kind)

    def struck(kind: str, how: Callable[[int], None]) -> None:
        project = copy_without_results(PROJECT, folder / "struck", SHORTEST)
        met = []
        for entry in times:
            mend(project)
            met.append(strike(project, entry.stage, after(chance.uniform(0, entry.seconds)), how))
        strikes = [hit for hit in met if hit]
        record(kind, project, len(strikes))
        if not strikes:  # each came too late, as on a machine that stood still meanwhile
            faults.append(f"{kind}: no run was struck")
            return
        slowest, longest = max(s.seconds for s in strikes), max(len(s.said) for s in strikes)
        stages = Counter(hit.stage.partition("@")[0] for hit in strikes)
        print(f"  ended within {slowest:.1f} s, saying at most {longest} lines")
        print(f"  {', '.join(f'{stage} {count}' for stage, count in stages.items())}")
        if how is interrupt and longest > _SCREEN:
            faults.append(f"{kind}: no clean stop")

    def said(kind: str, project: Path, texts: Sequence[str]) -> None:
        lengths = [len(text.splitlines()) for text in texts]
        traces = sum("Traceback" in text for text in texts)
        print(f"  {kind}: {sum(map(bool, texts))} of {len(texts)} refused, {traces} by a traceback")
        print(f"  lines said: {lengths}")
        if traces:
            faults.append(f"{kind}: no clear error")

    def finished(name: str) -> Path:
        shutil.rmtree(folder / name, ignore_errors=True)
        return Path(shutil.copytree(reference, folder / name, symlinks=True))

    if "strikes" in kinds:
        for kind, how in STRIKES.items():
            struck(kind, how)
    if "disk" in kinds:
        project = copy_without_results(PROJECT, folder / "full", SHORTEST)
        texts = []
        for size in _SIZES:
            full = f"prlimit --fsize={size}"
            stages_alone = environment(wrapper(folder / "full_python", full))
            for command, env in ((full.split(), environment()), ([], stages_alone)):
                mend(project)
                texts.append(refused(project, command, env))
        record("full disk", project, len(texts))
        said("full disk", project, texts)
    if "folders" in kinds:
        project = finished("read_only")
        texts = []
        for name in _FOLDERS:
            shutil.rmtree(project / "data" / "models" / "sparse")
            (project / "reports" / "metrics" / "claims.json").unlink()
            shutil.rmtree(project / ".dvc" / "cache" / "runs", ignore_errors=True)
            with read_only(project / name) as command:
                texts.append(refused(project, command))
            reproduce(project)
        record("read-only folder", project, len(texts))
        said("read-only folder", project, texts)
    if "files" in kinds:
        project = finished("damaged")
        outputs = [project / path for path in recorded(project / "dvc.lock")]
        for path in outputs:
            flip(path)
        record("damaged outputs", project, len(outputs))
        objects = [path for path in project.glob(".dvc/cache/files/md5/*/*") if path.is_file()]
        for path in objects:
            flip(path)
        shutil.rmtree(project / "data")
        record("damaged objects of the cache", project, len(objects))
    sys.exit(f"error: not mended, or not ended well: {', '.join(faults)}" if faults else 0)


if __name__ == "__main__":
    typer.run(main)
