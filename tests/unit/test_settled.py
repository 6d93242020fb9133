"""Questions, criteria and thresholds were fixed before the run whose verdicts they decide."""

import re
import subprocess

from ruamel.yaml import YAML

from stages.core.params import load
from tests.support import PARAMS, PROJECT

NOW = load(PARAMS)
CLAIMS = NOW["claims"]
# What decides how verdicts are reached: which runs there are, and how they are measured.
SECTIONS = ("split", "train", "extract_latents", "semi_supervised", "classifier", "sampling")
# What says what is measured and what it must be.
SOURCES = (
    "stages/ledger/claims.py",
    "stages/ledger/verdicts.py",
    "stages/ledger/intervals.py",
    "stages/samples/feature_network.py",
    "stages/samples/fidelity.py",
    "stages/samples/generation.py",
    "stages/samples/controls.py",
    "stages/codes/separation.py",
)


def git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=PROJECT, check=True, capture_output=True, text=True
    )
    return done.stdout


def test_questions_and_thresholds_are_those_that_were_settled() -> None:
    then = YAML(typ="safe").load(git("show", f"{CLAIMS['settled']}:params.yaml"))
    for name in SECTIONS:
        assert then[name] == NOW[name], name
    assert {**then["claims"], "settled": CLAIMS["settled"]} == CLAIMS
    assert then["variants"].items() <= NOW["variants"].items()


def test_measures_and_criteria_are_those_that_were_settled() -> None:
    changed = git("diff", "--name-only", CLAIMS["settled"], "--", *SOURCES)
    assert changed.split() == []


def test_they_were_settled_before_the_published_run() -> None:
    provenance = (PROJECT / "reports" / "provenance.md").read_text()
    # Stage, seconds, start, commit, entry.
    looked = r"^\| `(?:extract_latents|semi_supervised|sample)@[^|]+\|.+\|.+\| (\w+)[^|]*\|.+\|$"
    commits = set(re.findall(looked, provenance, re.MULTILINE)) - {"unknown"}
    assert commits
    for commit in commits:
        git("merge-base", "--is-ancestor", CLAIMS["settled"], commit)
