"""`make verify` before it computes anything."""

import hashlib
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support import PROJECT
from tools import verify as command
from tools.certificate import Verification, as_check
from tools.digits import put_in_place
from tools.lock_integrity import Fault, read_lock
from tools.project import copy_without_results
from tools.recomputation import Result
from tools.tolerance import Status

FOUND = Verification(
    {
        "Commit": "abc",
        "Data set": "digits",
        "Results from a cache": "refused, 0 stages",
        "Time": "2026-01-02 03:04 UTC",
    },
    [],
    [
        Result("train", "data/models", Status.IDENTICAL, ""),
        Result("report", "reports/report.html", Status.IDENTICAL, ""),
        Result("claims", "reports/metrics/claims.json", Status.WITHIN, "0.1 %"),
    ],
    {"a": ("supported", "supported")},
)


def test_what_was_found_is_said_in_sentences_with_the_time_of_the_run() -> None:
    commit, time, summary = as_check(FOUND)
    assert commit == "abc"
    assert time == "2026-01-02T03:04:00+00:00"
    assert "data set: digits; results from a cache: refused, 0 stages" in summary
    assert "Outputs: 3, of which identical: 2, within tolerance: 1; 1 verdict is" in summary


@pytest.mark.parametrize("faults", [[], [Fault("dvc.lock", "expected another")]])
def test_there_is_a_folder_for_a_checker_if_and_only_if_the_results_are_verified(
    published: Path, monkeypatch: pytest.MonkeyPatch, faults: list[Fault]
) -> None:
    project = published.parents[2]
    bundle = project / "build" / "bundle"
    bundle.mkdir()
    (bundle / "of an earlier run").touch()
    monkeypatch.setattr(command, "PROJECT", project)
    monkeypatch.setattr(command, "verify", lambda *_: FOUND._replace(faults=faults))
    with pytest.raises(SystemExit) as ended:
        command.main()
    assert ended.value.code == len(faults)
    assert bundle.exists() != bool(faults)
    if not faults:
        assert not (bundle / "of an earlier run").exists()
        page = (bundle / "codecheck" / "verification.md").read_bytes()
        assert page == (project / "build" / "verification.md").read_bytes()


def test_what_is_asked_for_arrives_and_strictness_decides_the_exit_code(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = published.parents[2]
    asked: list[Any] = []

    def verify(*given: Any) -> Verification:
        asked.append(given)
        return FOUND

    monkeypatch.setattr(command, "PROJECT", project)
    monkeypatch.setattr(command, "verify", verify)
    scratch = project / "build" / "verify"
    for strict in (False, True):
        with pytest.raises(SystemExit) as ended:
            command.main("digits", strict=strict, cached=not strict, jobs=3)
        assert ended.value.code == int(strict)
        assert asked.pop() == (project, scratch, "digits", not strict, 3)
        said = (project / "build" / "verification.md").read_text()
        assert said.startswith("# Not verified" if strict else "# Verified")


def test_there_is_nothing_published_of_another_data_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "PROJECT", tmp_path)
    with pytest.raises(SystemExit, match="expected digits or nothing, received 'mnist'"):
        command.main("mnist")


LOCK = """stages:
  claims: {cmd: claim, outs: [{path: reports/metrics/claims.json, md5: '1'}]}
  report: {cmd: show, outs: [{path: reports/charts, md5: '2'}, {path: reports/a.html, md5: '3'}]}
"""


@pytest.mark.parametrize(("program", "said"), [("false", ["claims", "report"]), ("true", [])])
def test_commands_that_fail_or_write_nothing_are_faults(
    tmp_path: Path, program: str, said: list[str]
) -> None:
    published, recomputed = tmp_path / "published", tmp_path / "recomputed"
    outs = ["reports/metrics/claims.json", "reports/charts", "reports/a.html"]
    for name in (outs[0], "reports/charts/a.svg", outs[2]):
        (published / name).parent.mkdir(parents=True, exist_ok=True)
        (published / name).write_text("as published")
    (published / "dvc.lock").write_text(LOCK)
    (recomputed / command.PER_IMAGE).mkdir(parents=True)
    commands = dict.fromkeys(("claims", "report"), program)
    faults = command.rebuild_pages(
        published, recomputed, commands, tmp_path / "scratch", os.environ
    )
    assert {fault.subject for fault in faults} == {*said, *outs}


def test_an_earlier_certificate_does_not_outlive_a_run_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "verification.md").write_text("# Verified")
    monkeypatch.setattr(command, "PROJECT", tmp_path)
    with pytest.raises(SystemExit, match="expected a Git clone of the study"):
        command.main()
    assert not (tmp_path / "build" / "verification.md").exists()


def test_a_commit_that_git_does_not_clone_is_refused_with_what_git_says(tmp_path: Path) -> None:
    # As for a checkout of another user, whose `.git` has to be trusted for that, too.
    checkout = tmp_path / "checkout"
    subprocess.run(["git", "init", "--quiet", checkout], check=True)
    (checkout / "dvc.yaml").touch()
    (checkout / ".git" / "HEAD").write_text(40 * "1")
    with pytest.raises(SystemExit, match=f"error: git clone: fatal: .*{40 * '1'}"):
        command.verify(checkout, tmp_path / "scratch", "", cached=False, jobs=1)


def test_the_digits_are_recomputed_with_the_parameters_that_they_were_published_with(
    tmp_path: Path,
) -> None:
    published = tmp_path / "published"
    subprocess.run(["git", "clone", "--quiet", PROJECT, published], check=True)
    put_in_place(published)
    recomputed = copy_without_results(published, tmp_path / "recomputed", {})
    params = (recomputed / "params.yaml").read_bytes()
    entry = read_lock(published)["check_params"].entry
    (locked,) = (dep["md5"] for dep in entry["deps"] if dep["path"] == "params.yaml")
    assert hashlib.md5(params).hexdigest() == locked  # noqa: S324  DVC's hash
