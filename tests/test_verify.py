"""Whether published results can be trusted: forged ones are found out."""

import hashlib
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import change
from tools.comparison import Status, compare, integrity, judge, read_lock, verdicts
from tools.verify import Verification, as_json, certificate, table, verify

TABLE = "reports/metrics/latents/sparse.csv"
FIGURE = "reports/figures/samples/sparse.png"
MODELS = "data/models/sparse"


@pytest.fixture
def published(small_run: Path, tmp_path: Path) -> Path:
    """A clone of committed results: no data, no models."""
    clone = tmp_path / "published"
    subprocess.run(["git", "clone", "--quiet", small_run, clone], check=True)
    return clone


def other_digit(path: Path) -> None:
    """Change the last digit of a table."""
    text = path.read_text().rstrip("\n")
    assert text[-1].isdigit()
    path.write_text(f"{text[:-1]}{(int(text[-1]) + 1) % 10}\n")


def other_byte(path: Path) -> None:
    """Change one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def other_verdict(path: Path) -> None:
    claims = json.loads(path.read_text())
    claims[0]["verdict"] = "supported" if claims[0]["verdict"] != "supported" else "inconclusive"
    path.write_text(json.dumps(claims, indent=2, sort_keys=True) + "\n")


def other_hash(lock: Path, path: str) -> None:
    """Change the first hash that `dvc.lock` has of a path, as an output."""
    text = lock.read_text()
    outs = text.index("outs:", text.index("train@sparse:"))
    start = text.index("md5: ", text.index(f"- path: {path}\n", outs)) + 5
    lock.write_text(text[:start] + ("0" if text[start] != "0" else "1") + text[start + 1 :])


def subjects(project: Path) -> set[str]:
    return {fault.subject for fault in integrity(project)}


def test_what_was_made_is_whole_and_identical(published: Path, small_run: Path) -> None:
    assert integrity(published) == []
    results = judge(published, small_run)
    assert {result.status for result in results} == {Status.IDENTICAL}
    assert {TABLE, FIGURE, MODELS, "dvc.lock"} - {result.path for result in results} == {"dvc.lock"}
    assert verdicts(published) == verdicts(small_run)


@pytest.mark.parametrize(
    ("path", "forge"),
    [
        (TABLE, other_digit),
        ("reports/metrics/summary.json", other_byte),
        (FIGURE, other_byte),
        ("reports/report.html", other_byte),
        ("reports/metrics/claims.json", other_verdict),
        ("reports/metrics/latents/sparse.csv", Path.unlink),
        ("reports/metrics/stray.csv", Path.touch),
        ("stages/evaluation/separation.py", other_byte),
        ("requirements.lock", other_byte),
    ],
    ids=["digit", "json", "figure", "page", "verdict", "lost", "stray", "code", "packages"],
)
def test_a_forged_file_is_named(published: Path, path: str, forge: Callable[[Path], None]) -> None:
    forge(published / path)
    assert path in subjects(published)


def test_parameters_that_did_not_give_the_results_are_named(published: Path) -> None:
    change(published / "params.yaml", ("variants.sparse.sparsity.weight", 2.0))
    assert "params.yaml: variants.sparse" in subjects(published)


def test_a_command_that_did_not_give_the_results_is_named(published: Path) -> None:
    file = published / "dvc.yaml"
    file.write_text(file.read_text().replace("stages.split --params", "stages.split  --params"))
    assert "split" in subjects(published)


def test_a_forged_hash_is_named_and_found_out(published: Path, small_run: Path) -> None:
    other_hash(published / "dvc.lock", MODELS)
    assert MODELS in subjects(published)
    (wrong,) = (found for found in judge(published, small_run) if found.path == MODELS)
    assert wrong.status == Status.DIFFERENT


def locked_anew(published: Path, path: str, forge: Callable[[Path], None]) -> None:
    """Forge a file and let `dvc.lock` agree, as somebody with DVC can."""
    forge(published / path)
    (old,) = {stage.outs[path] for stage in read_lock(published).values() if path in stage.outs}
    new = hashlib.md5((published / path).read_bytes(), usedforsecurity=False).hexdigest()
    lock = published / "dvc.lock"
    lock.write_text(lock.read_text().replace(old, new))


@pytest.mark.parametrize(
    ("path", "forge", "status"),
    [
        # A last digit is within tolerance, and said not to be identical.
        (TABLE, other_digit, Status.WITHIN),
        (FIGURE, other_byte, Status.DIFFERENT),
        ("reports/report.html", other_byte, Status.DIFFERENT),
        ("reports/metrics/claims.json", other_verdict, Status.DIFFERENT),
    ],
    ids=["digit", "figure", "page", "verdict"],
)
def test_a_forged_lock_does_not_survive_recomputation(
    published: Path, small_run: Path, path: str, forge: Callable[[Path], None], status: Status
) -> None:
    locked_anew(published, path, forge)
    (wrong,) = (found for found in judge(published, small_run) if found.path == path)
    assert wrong.status == status
    assert wrong.note


def verification(published: Path, recomputed: Path) -> Verification:
    before, after = verdicts(published), verdicts(recomputed)
    claims = {name: (before[name], after[name]) for name in before}
    return Verification(
        {"Commit": "abc"}, integrity(published), judge(published, recomputed), claims
    )


def test_what_is_found_is_said_in_every_form(published: Path, small_run: Path) -> None:
    good = verification(published, small_run)
    assert good.good(strict=True)
    assert certificate(good, strict=True).startswith("# Verified\n")
    assert json.loads(as_json(good, strict=True))["verified"] is True
    other_verdict(published / "reports/metrics/claims.json")
    bad = verification(published, small_run)
    assert not bad.good(strict=False)
    ((name, (old, new)),) = bad.changed().items()
    assert f"CHANGED  {name}: {old} -> {new}" in table(bad)
    assert "FAULT  reports/metrics/claims.json: " in table(bad)
    assert certificate(bad, strict=False).startswith("# Not verified\n")
    said = json.loads(as_json(bad, strict=False))
    assert said["verified"] is False
    assert said["claims"][name] == {"published": old, "recomputed": new, "changed": True}


def test_a_commit_is_recomputed_elsewhere_from_nothing_to_the_byte(
    copied: Path, tmp_path: Path
) -> None:
    # In another folder, stages side by side, and with a cache at hand that must not be used.
    for file in (copied / ".dvc" / "cache" / "runs").rglob("*"):
        if file.is_file():
            file.write_text("not what a run gave")
    found = verify(copied, tmp_path / "quite another folder", "", cached=False, jobs=2)
    assert found.faults == []
    assert found.good(strict=True)
    assert int(found.facts["Stages that ran"]) == len(read_lock(copied))
    recomputed = tmp_path / "quite another folder" / "recomputed" / "dvc.lock"
    assert recomputed.read_bytes() == (copied / "dvc.lock").read_bytes()


def test_results_may_be_taken_from_the_cache_if_that_is_wanted_and_said(
    copied: Path, tmp_path: Path
) -> None:
    found = verify(copied, tmp_path / "scratch", "", cached=True, jobs=1)
    assert found.good(strict=True)
    assert found.facts["Results taken from the cache"] == "allowed"


CSV = "variant,test_mse,test_accuracy,updates\nvae,0.02,0.80,10\nsparse,,0.70,20\n"


@pytest.mark.parametrize(
    ("old", "new", "status", "said"),
    [
        ("0.80", "0.8", Status.WITHIN, "written otherwise"),
        ("0.02,", "0.0201,", Status.WITHIN, "test_mse: 0.02 became 0.0201"),
        ("0.02,", "0.03,", Status.DIFFERENT, "test_mse: 0.02 became 0.03"),
        ("0.70", "0.72", Status.WITHIN, "test_accuracy: 0.7 became 0.72"),
        ("0.70", "0.75", Status.DIFFERENT, "test_accuracy: 0.7 became 0.75"),
        ("vae", "vea", Status.DIFFERENT, "variant: other values"),
        ("sparse,,", "sparse,0.1,", Status.DIFFERENT, "test_mse: values are missing in one"),
        ("updates", "update", Status.DIFFERENT, "other columns"),
        ("sparse,,0.70,20\n", "", Status.DIFFERENT, "variant: expected 2 values, received 1"),
    ],
)
def test_tables_are_compared_number_by_number(
    tmp_path: Path, old: str, new: str, status: Status, said: str
) -> None:
    files = tmp_path / "published.csv", tmp_path / "recomputed.csv"
    for file, text in zip(files, (CSV, CSV.replace(old, new)), strict=True):
        file.write_text(text)
    found, note = compare(*files)
    assert (found, said in note) == (status, True), note
