"""Outputs without numbers are judged by what they were made from and what was made from them."""

from pathlib import Path

import pytest

from tools.recomputation import compare_outputs
from tools.tolerance import Status

LOCK = """stages:
  train:
    outs: [{{path: models, md5: '{models}'}}]
  draw:
    deps: [{{path: models, md5: '{models}'}}]
    outs: [{{path: a.png, md5: '{picture}'}}]
  measure:
    deps: [{{path: models, md5: '{models}'}}]
    outs: [{{path: reports/metrics/a.csv, md5: '{table}'}}]
"""
NUMBER = "a.x: 1 became "


def run(folder: Path, number: float = 1.0, **hashes: int) -> Path:
    """The results of a run: models, and a picture and a table made from them."""
    (folder / "reports" / "metrics").mkdir(parents=True)
    (folder / "reports" / "metrics" / "a.csv").write_text(f"x\n{number}\n")
    lock = LOCK.format(**{"models": 1, "picture": 2, "table": 3, **hashes})
    (folder / "dvc.lock").write_text(lock)
    return folder


@pytest.mark.parametrize(
    ("number", "changed", "models", "picture", "table"),
    [
        (1.0, "", ("identical", ""), ("identical", ""), ("identical", "")),
        (
            1.01,
            "models picture table",
            ("within tolerance", "so is what was measured from it"),
            ("within tolerance", "made from inputs that differ"),
            ("within tolerance", NUMBER + "1.01"),
        ),
        (
            1.5,
            "models picture table",
            ("different", "made from it and different: reports/metrics/a.csv"),
            ("within tolerance", "made from inputs that differ"),
            ("different", NUMBER + "1.5"),
        ),
        (
            1.0,
            "models picture",
            ("different", "its inputs and all that was made from it are the same"),
            ("within tolerance", "made from inputs that differ"),
            ("identical", ""),
        ),
        (
            1.0,
            "picture",
            ("identical", ""),
            ("different", "its inputs and all that was made from it are the same"),
            ("identical", ""),
        ),
    ],
    ids=["nothing", "all, a little", "all, too much", "no number", "picture alone"],
)
def test_an_output_may_differ_for_a_reason_and_without_harm(
    tmp_path: Path,
    number: float,
    changed: str,
    models: tuple[str, str],
    picture: tuple[str, str],
    table: tuple[str, str],
) -> None:
    before = run(tmp_path / "before")
    after = run(tmp_path / "after", number, **dict.fromkeys(changed.split(), 9))
    found = compare_outputs(before, after, "x86_64")
    assert [(result.status, result.note) for result in found] == [models, picture, table]


def test_an_output_of_one_run_alone_is_different(tmp_path: Path) -> None:
    before, after = run(tmp_path / "before"), run(tmp_path / "after")
    lock = (after / "dvc.lock").read_text()
    (after / "dvc.lock").write_text(lock.replace("path: reports/metrics/a.csv", "path: b.csv"))
    found = {result.path: result for result in compare_outputs(before, after, "x86_64")}
    assert {path for path, result in found.items() if result.status == Status.DIFFERENT} == {
        "reports/metrics/a.csv",
        "b.csv",
    }
    assert found["reports/metrics/a.csv"].note == "not written by the run"
    assert found["b.csv"].note == "not published"
