"""Runs that are struck, and files that are damaged, on two small variants.

`make test-faults` is the long form.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stages.core.input_integrity import recorded
from tests.robustness.faults import STRIKES, flip, read_only, refused, strike, whole
from tests.support import change, dvc, ran, reproduce
from tools.repair import mend
from tools.runner import environment, wrapper

TRAINING = "train@sparse"
MODELS = Path("data/models/sparse")
IMAGES = Path("data/images.npz")


def outdated(project: Path, output: Path = MODELS) -> bytes:
    """Let a stage have to run, a training by default; give the lock file that it must end with."""
    path = project / output
    path.unlink() if path.is_file() else shutil.rmtree(path)
    shutil.rmtree(project / ".dvc" / "cache" / "runs")
    cached(project, output).unlink()
    return (project / "dvc.lock").read_bytes()


def cached(project: Path, output: Path) -> Path:
    """An output's object in the cache."""
    digits = recorded(project / "dvc.lock")[output]
    return project / ".dvc" / "cache" / "files" / "md5" / digits[:2] / digits[2:]


def errors(said: str) -> list[str]:
    """What stages, not DVC, say."""
    return [line for line in said.splitlines() if line.startswith("error: ")]


def test_runs_that_are_struck_in_an_epoch_are_mended_by_the_next(copied: Path) -> None:
    lock, held = outdated(copied), copied / "build" / "held"
    in_an_epoch = environment(
        wrapper(copied / "build" / "bin", after=f"-m tests.robustness.held '{held}'")
    )
    for how in STRIKES.values():
        struck = strike(copied, TRAINING, held.exists, how, in_an_epoch)
        held.unlink()  # a stage that was not struck goes on, without DVC
        assert struck
        assert struck.code
        assert len(struck.said) < 50
        assert not any("Traceback" in line for line in struck.said)
    reproduce(copied)
    assert whole(copied, lock)


@pytest.mark.skipif(not shutil.which("prlimit"), reason="prlimit is not installed (Linux has it)")
def test_a_full_disk_and_a_folder_that_cannot_be_written_are_said_and_mended(copied: Path) -> None:
    lock = outdated(copied, IMAGES)
    full = environment(wrapper(copied / "build", "prlimit --fsize=100000"))
    (said,) = errors(refused(copied, env=full))
    assert said == "error: [Errno 27] File too large: 'data/images.npz'"
    if not os.getuid() and not shutil.which("setpriv"):
        pytest.skip("setpriv is not installed, and the superuser writes anywhere")
    with read_only(copied / IMAGES.parent) as command:
        (said,) = errors(refused(copied, command))
    assert said.startswith("error: [Errno 13] Permission denied: 'data/")
    reproduce(copied)
    assert whole(copied, lock)


def test_damaged_files_and_objects_of_the_cache_are_named_and_made_anew(
    copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = (copied / "dvc.lock").read_bytes()
    for name in ("data/images.npz", "reports/metrics/pixels.json"):
        flip(copied / name)
    flip(cached(copied, Path("data/params.ok")))
    (copied / "data" / "params.ok").unlink()
    reproduce(copied)
    assert "expected the bytes of data/params.ok, received others" in capsys.readouterr().out
    assert whole(copied, lock)


def test_damage_that_dvc_does_not_see_is_refused_by_the_stage_that_reads_it(copied: Path) -> None:
    table = copied / "reports" / "metrics" / "baselines.csv"
    dvc(copied, "status")  # looks at every file, and remembers
    before = table.stat()
    flip(table)
    os.utime(table, ns=(before.st_atime_ns, before.st_mtime_ns))
    change(copied / "params.yaml", ("claims.accuracy_margin", 0.04))
    done = dvc(copied, "repro", check=False)
    assert done.returncode
    (said,) = errors(done.stderr)
    assert "reports/metrics/baselines.csv: expected MD5" in said


def test_half_of_a_lock_file_does_not_stop_the_next_run(copied: Path) -> None:
    lock, file = (copied / "dvc.lock").read_bytes(), copied / "dvc.lock"
    (copied / ".dvc" / "tmp" / "rwlock").write_text('{"half": ')
    file.write_bytes(lock[: lock.index(b"  report:") + 400])
    mend(copied)
    assert not (copied / ".dvc" / "tmp" / "rwlock").exists()
    moved = 0
    for cut in [0, 5, *range(lock.index(b"  report:"), lock.index(b"  report:") + 200, 19)]:
        file.write_bytes(lock[:cut])
        mend(copied)
        moved += not file.exists()
        dvc(copied, "status", "check_params")  # reads the file, if it is there
    assert 2 < moved < 13
    file.write_bytes(lock[: lock.index(b"  report:")])
    reproduce(copied)
    assert whole(copied, lock)


def test_of_two_runs_at_once_the_second_waits_or_says_so(copied: Path) -> None:
    lock = outdated(copied)
    command = [sys.executable, "-m", "dvc", "repro"]
    runs = [
        subprocess.Popen(
            command,
            cwd=copied,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(2)
    ]
    said = [run.communicate()[0] for run in runs]
    assert 0 in [run.returncode for run in runs]
    for run, text in zip(runs, said, strict=True):
        assert run.returncode == 0 or "lock" in text
    assert sum(TRAINING in ran(text) for text in said) == 1
    assert whole(copied, lock)
