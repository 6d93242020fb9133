"""`make verify` finds what is forged in a commit: on a pipeline of the shell's commands."""

import hashlib
import py_compile
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import chdir
from pathlib import Path
from typing import NamedTuple

import pytest
from dvc.repo import Repo

from tests.support import commit
from tools import verify as command
from tools.certificate import Verification
from tools.repro import StageTime
from tools.tolerance import Status

# What is computed, and then the claims, by a command that does without a shell as the study's do.
PIPELINE = """stages:
  make:
    cmd: >-
      mkdir -p data/per_image reports/metrics && cp source.csv data/per_image/a
      && sed s/1.40/1.50/ source.csv > reports/metrics/a.csv && echo page > reports/report.html
    deps: [source.csv]
    outs:
      - data/per_image
      - reports/metrics/a.csv: {cache: false}
      - reports/report.html: {cache: false}
  claims:
    cmd: sed -n 's/open/inconclusive/w reports/metrics/claims.json' ledger.json
    deps: [ledger.json, reports/metrics/a.csv, data/per_image]
    outs: [{reports/metrics/claims.json: {cache: false}}]
"""
TABLE, PAGE, CLAIMS = "reports/metrics/a.csv", "reports/report.html", "reports/metrics/claims.json"
FILES = {
    "dvc.yaml": PIPELINE,
    "params.yaml": "{}\n",
    "source.csv": "x\n1.40\n",
    "ledger.json": '[{"id": "a", "verdict": "open"}]\n',
    ".gitignore": "/data\n/build\n",
    "reports/report.ipynb": "{}\n",
}


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout whose committed results are those of its code."""
    study = tmp_path_factory.mktemp("study")
    (study / "reports").mkdir()
    for name, text in FILES.items():
        (study / name).write_text(text)
    for words in (
        ["init", "--quiet"],
        ["config", "user.email", "someone@example.org"],
        ["config", "user.name", "Someone"],
    ):
        subprocess.run(["git", *words], cwd=study, check=True)
    with chdir(study):
        Repo.init().reproduce()
    commit(study)
    return study


@pytest.fixture
def study(honest: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(honest, tmp_path / "study"))


def compute(project: Path, jobs: int, env: Mapping[str, str]) -> list[StageTime]:
    """Run the stages in this process, which takes less time."""
    with chdir(project), Repo() as repo:
        return [StageTime(stage.addressing, 1.0) for stage in repo.reproduce()]


@pytest.fixture
def verified(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Verification]:
    """Gives what `make verify` finds in the study."""
    monkeypatch.setattr(command, "reproduce", compute)
    return lambda: command.verify(study, tmp_path / "scratch", "", cached=False, jobs=1)


def edit(file: Path, old: str, new: str) -> tuple[bytes, bytes]:
    """Replace a piece of text; give the file's content before and after."""
    before = file.read_bytes()
    assert old.encode() in before
    file.write_bytes(before.replace(old.encode(), new.encode(), 1))
    return before, file.read_bytes()


def edit_with_lock(study: Path, path: str, old: str, new: str) -> None:
    """Forge a file as somebody does who knows DVC: `dvc.lock` agrees with it."""
    entries = [
        f"md5: {hashlib.md5(content, usedforsecurity=False).hexdigest()}\n"
        f"      size: {len(content)}\n"
        for content in edit(study / path, old, new)
    ]
    lock = (study / "dvc.lock").read_text()
    assert entries[0] in lock
    (study / "dvc.lock").write_text(lock.replace(*entries))


class Found(NamedTuple):
    """What is to be found: faulty files and stages, outputs that are not identical, verdicts."""

    faults: set[str]
    others: dict[str, Status]
    changed: set[str]
    good: bool
    strictly: bool


def found(verification: Verification) -> Found:
    others = {each.path: each.status for each in verification.results if each.note}
    return Found(
        {fault.subject for fault in verification.faults},
        others,
        set(verification.changed()),
        verification.good(strict=False),
        verification.good(strict=True),
    )


def test_an_honest_commit_is_verified(study: Path, verified: Callable[[], Verification]) -> None:
    words = ["git", "rev-parse", "HEAD"]
    head = subprocess.run(words, cwd=study, check=True, capture_output=True, text=True).stdout
    verification = verified()
    assert found(verification) == Found(set(), {}, set(), good=True, strictly=True)
    assert verification.facts["Commit"] == head.strip()
    assert verification.facts["Uncommitted changes, not verified"] == "none"
    (study / "source.csv").write_text("x\n9.99\n")
    verification = verified()
    assert found(verification).good
    assert verification.facts["Uncommitted changes, not verified"] == "some"


FORGED: dict[str, tuple[Callable[[Path], object], Found]] = {
    "a number": (
        lambda study: edit(study / TABLE, "1.50", "1.60"),
        Found({TABLE}, {}, set(), good=False, strictly=False),
    ),
    "a page that is lost": (
        lambda study: (study / PAGE).unlink(),
        Found({PAGE}, {}, set(), good=False, strictly=False),
    ),
    "a number within tolerance, and its hash": (
        lambda study: edit_with_lock(study, TABLE, "1.50", "1.51"),
        Found(set(), {TABLE: Status.WITHIN}, set(), good=True, strictly=False),
    ),
    "a verdict and its hash": (
        lambda study: edit_with_lock(study, CLAIMS, "inconclusive", "supported"),
        Found({CLAIMS}, {CLAIMS: Status.DIFFERENT}, {"a"}, good=False, strictly=False),
    ),
    "a size in the lock file": (
        lambda study: edit(study / "dvc.lock", "size: 5\n", "size: 6\n"),
        Found({"make"}, {}, set(), good=False, strictly=False),
    ),
}


@pytest.mark.parametrize("name", FORGED)
def test_what_is_forged_is_found(
    study: Path, verified: Callable[[], Verification], name: str
) -> None:
    forge, expected = FORGED[name]
    forge(study)
    commit(study)
    assert found(verified()) == expected


def test_committed_bytecode_is_not_run_in_place_of_the_code(
    verified: Callable[[], Verification], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def run(project: Path, jobs: int, env: Mapping[str, str]) -> list[StageTime]:
        folder = tmp_path / "code"
        folder.mkdir()
        (folder / "told.py").write_text("print('code')")
        (folder / "other.py").write_text("print('bytecode')")
        py_compile.compile(
            str(folder / "other.py"),
            str(folder / "__pycache__" / f"told.{sys.implementation.cache_tag}.pyc"),
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
        done = subprocess.run(
            [sys.executable, "-m", "told"],
            cwd=folder,
            env=env,
            check=True,
            capture_output=True,
            text=True,
        )
        said.append(done.stdout)
        return compute(project, jobs, env)

    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    monkeypatch.setattr(command, "reproduce", run)
    verified()
    assert said == ["code\n"]
