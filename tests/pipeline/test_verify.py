"""Whether published results can be trusted: forged ones are found out."""

import hashlib
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from ruamel.yaml import YAML

from tests.support import change, commit
from tools import verify as command
from tools.certificate import Verification, as_json, certificate, table
from tools.lock_integrity import forged_entries, integrity, read_lock
from tools.recomputation import compare_outputs, verdicts
from tools.runner import environment
from tools.tolerance import Status
from tools.verify import rebuild_pages, verify

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
    assert forged_entries(published, small_run) == []
    results = compare_outputs(published, small_run)
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
        ("reports/README.md", Path.unlink),
        ("stages/codes/separation.py", other_byte),
        ("requirements.lock", other_byte),
    ],
    ids=[
        "digit",
        "json",
        "figure",
        "page",
        "verdict",
        "lost",
        "stray",
        "lost page",
        "code",
        "packages",
    ],
)
def test_a_forged_file_is_named(published: Path, path: str, forge: Callable[[Path], None]) -> None:
    forge(published / path)
    named = path if not path.endswith(".py") else Path(path).parent.as_posix()
    assert named in subjects(published)  # of code the folder, since DVC hashes it as a whole


def test_code_that_is_hidden_from_dvc_is_named(published: Path) -> None:
    with (published / ".dvcignore").open("a") as ignored:
        ignored.write("separation.*\n")
    assert {"stages/codes", "stages/codes/separation.py"} <= subjects(published)


def test_parameters_that_did_not_give_the_results_are_named(published: Path) -> None:
    change(published / "params.yaml", ("variants.sparse.sparsity.weight", 2.0))
    assert "params.yaml: variants.sparse" in subjects(published)


def test_a_command_that_did_not_give_the_results_is_named(published: Path) -> None:
    file = published / "dvc.yaml"
    file.write_text(file.read_text().replace("stages.split --params", "stages.split  --params"))
    assert "split" in subjects(published)


def test_a_page_that_no_stage_makes_is_named(published: Path) -> None:
    yaml = YAML()
    for file in ("dvc.yaml", "dvc.lock"):
        content = yaml.load(published / file)
        outs = content["stages"]["report"]["outs"]
        outs[:] = [out for out in outs if "README.md" not in str(out)]
        yaml.dump(content, published / file)
    assert "reports/README.md" in subjects(published)


def test_claims_that_cannot_be_read_are_no_claims(published: Path) -> None:
    file = published / "reports" / "metrics" / "claims.json"
    for text in ("", "{}", '[{"id": "a"}]', "[1]"):
        file.write_text(text)
        assert verdicts(published) == {}
    file.unlink()
    assert verdicts(published) == {}


def test_a_stage_that_never_runs_is_named(published: Path) -> None:
    file = published / "dvc.yaml"
    file.write_text(file.read_text().replace("  download:\n", "  download:\n    frozen: true\n"))
    assert "download" in subjects(published)


def test_a_forged_hash_is_named_and_found_out(published: Path, small_run: Path) -> None:
    other_hash(published / "dvc.lock", MODELS)
    assert MODELS in subjects(published)
    (wrong,) = (found for found in compare_outputs(published, small_run) if found.path == MODELS)
    assert wrong.status == Status.DIFFERENT


@pytest.mark.parametrize(
    ("machine", "status"), [("x86_64", Status.DIFFERENT), ("aarch64", Status.WITHIN)]
)
def test_other_weights_with_the_same_tables_are_possible_on_another_kind_of_machine(
    published: Path, small_run: Path, machine: str, status: Status
) -> None:
    other_hash(published / "dvc.lock", MODELS)
    results = compare_outputs(published, small_run, machine)
    assert {found.status for found in results if found.path == MODELS} == {status}


def entries(lock: Path, change_: Callable[[dict[str, Any]], object]) -> None:
    """Change what `dvc.lock` says of `train@sparse`."""
    yaml = YAML(typ="safe")
    content = yaml.load(lock)
    change_(content["stages"]["train@sparse"])
    yaml.dump(content, lock)


@pytest.mark.parametrize(
    ("change_", "named"),
    [
        (
            lambda stage: stage["deps"].append({**stage["deps"][0], "path": "README.md"}),
            "README.md",
        ),
        (lambda stage: stage["deps"].pop(0), "data/images.npz"),
        (lambda stage: stage["params"]["params.yaml"].update(more=1), "params.yaml: more"),
        # Only a run tells this.
        (lambda stage: stage["outs"][0].update(size=1), ""),
        (lambda stage: stage["deps"][0].update(md5="0" * 32), "data/images.npz"),
    ],
    ids=["invented", "left out", "parameter", "size", "hash of data"],
)
def test_forged_entries_of_the_lock_are_found(
    published: Path, small_run: Path, change_: Callable[[dict[str, Any]], object], named: str
) -> None:
    entries(published / "dvc.lock", change_)
    assert {found.subject for found in forged_entries(published, small_run)} == {"train@sparse"}
    assert not named or named in subjects(published)
    # Nor does an entry excuse an output that differs.
    other_byte(published / FIGURE)
    locked_anew(published, FIGURE)
    (wrong,) = (found for found in compare_outputs(published, small_run) if found.path == FIGURE)
    assert wrong.status == Status.DIFFERENT


def locked_anew(published: Path, path: str) -> None:
    """Let `dvc.lock` agree with a forged file, as somebody with DVC can."""
    (old,) = {stage.outs[path] for stage in read_lock(published).values() if path in stage.outs}
    new = hashlib.md5((published / path).read_bytes(), usedforsecurity=False).hexdigest()
    lock = published / "dvc.lock"
    lock.write_text(lock.read_text().replace(old, new))


def another_claim(path: Path) -> None:
    """Put another verdict before the true one."""
    claims = json.loads(path.read_text())
    claims.insert(0, {**claims[0], "verdict": "supported"})
    path.write_text(json.dumps(claims, indent=2) + "\n")


def later_digit(path: Path) -> None:
    """Change a number by less than a tolerance."""
    table = pd.read_csv(path)
    table["test_mse"] *= 1.0001
    table.to_csv(path, index=False, lineterminator="\n")


@pytest.mark.parametrize(
    ("path", "forge", "status"),
    [
        (TABLE, later_digit, Status.WITHIN),
        ("reports/metrics/latents.csv", later_digit, Status.WITHIN),
        (FIGURE, other_byte, Status.DIFFERENT),
        ("reports/report.html", other_byte, Status.DIFFERENT),
        ("reports/metrics/claims.json", other_verdict, Status.DIFFERENT),
        ("reports/metrics/claims.json", another_claim, Status.DIFFERENT),
    ],
    ids=["number", "gathered number", "figure", "page", "verdict", "second verdict"],
)
def test_a_forged_lock_does_not_survive_recomputation(
    published: Path, small_run: Path, path: str, forge: Callable[[Path], None], status: Status
) -> None:
    forge(published / path)
    locked_anew(published, path)
    (wrong,) = (found for found in compare_outputs(published, small_run) if found.path == path)
    assert wrong.status == status
    assert wrong.note
    assert not verification(published, small_run).good(strict=True)
    assert status == Status.WITHIN or not verification(published, small_run).good(strict=False)


def test_a_number_within_tolerance_does_not_excuse_a_page_that_says_another(
    published: Path, small_run: Path, tmp_path: Path
) -> None:
    commands = {name: locked.entry["cmd"] for name, locked in read_lock(published).items()}

    def named(scratch: str) -> set[str]:
        found = rebuild_pages(published, small_run, commands, tmp_path / scratch, environment())
        return {fault.subject for fault in found}

    assert named("nothing") == set()
    page = published / "reports" / "report.html"
    honest = page.read_text()
    page.write_text(honest.replace("inconclusive", "supported", 1))
    assert page.read_text() != honest
    assert named("page") == {"reports/report.html"}
    page.write_text(honest)
    later_digit(published / TABLE)
    assert "reports/metrics/latents.csv" in named("table")


def verification(published: Path, recomputed: Path) -> Verification:
    before, after = verdicts(published), verdicts(recomputed)
    claims = {name: (before[name], after[name]) for name in before}
    results = compare_outputs(published, recomputed)
    facts = {
        "Commit": "abc",
        "Data set": "digits",
        "Results from a cache": "refused, 0 stages",
        "Time": "2026-01-02 03:04 UTC",
    }
    return Verification(facts, integrity(published), results, claims)


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


@pytest.mark.parametrize("forged", [False, True])
def test_the_command_ends_as_it_found_and_leaves_a_certificate(
    published: Path, small_run: Path, monkeypatch: pytest.MonkeyPatch, forged: bool
) -> None:
    clone = published / "build" / "verify" / "published"  # where the command would leave it
    subprocess.run(["git", "clone", "--quiet", published, clone], check=True)
    if forged:
        other_digit(published / TABLE)
    monkeypatch.setattr(command, "PROJECT", published)
    monkeypatch.setattr(command, "verify", lambda *_: verification(published, small_run))
    with pytest.raises(SystemExit) as ended:
        command.main()
    assert ended.value.code == int(forged)
    said = (published / "build" / "verification.md").read_text()
    assert said.startswith("# Not verified" if forged else "# Verified")
    assert json.loads((published / "build" / "verification.json").read_text())["verified"] != forged
    assert (published / "build" / "bundle" / "ro-crate-metadata.json").exists() != forged


@pytest.mark.recomputing
def test_a_commit_is_recomputed_elsewhere_from_nothing_to_the_byte(
    copied: Path, tmp_path: Path
) -> None:
    # In another folder, stages side by side, and with a cache at hand that must not be used.
    scratch = tmp_path / "quite another folder"
    found = verify(copied, scratch, "", cached=False, jobs=2)
    assert found.faults == []
    assert found.facts["Results from a cache"] == "refused, 0 stages"
    assert found.good(strict=True)
    assert int(found.facts["Stages that ran"]) == len(read_lock(copied))
    assert (scratch / "recomputed" / "dvc.lock").read_bytes() == (copied / "dvc.lock").read_bytes()


@pytest.mark.recomputing
def test_results_may_be_taken_from_the_cache_if_that_is_wanted_and_said(
    copied: Path, tmp_path: Path
) -> None:
    found = verify(copied, tmp_path / "scratch", "", cached=True, jobs=2)
    assert found.good(strict=True)
    assert found.facts["Results from a cache"].startswith("allowed, ")
    assert int(found.facts["Stages that ran"]) < len(read_lock(copied)) / 2


@pytest.mark.recomputing
def test_results_that_a_planted_cache_gave_are_not_taken_for_computed(
    copied: Path, tmp_path: Path
) -> None:
    with (copied / ".dvc" / "config").open("a") as config:
        config.write(f"""[cache]
    local = planted
['remote "planted"']
    url = {copied}/.dvc/cache
""")
    commit(copied)
    found = verify(copied, tmp_path / "scratch", "", cached=False, jobs=2)
    assert {"train@sparse", "split"} <= {fault.subject for fault in found.faults}
    assert not found.good(strict=False)
    assert found.facts["Results from a cache"] != "refused, 0 stages"
