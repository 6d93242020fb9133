"""The README's main finding says what `reports/metrics/claims.json` says."""

import json
from collections import Counter
from typing import Any

from tests.support import PROJECT

TEXT = " ".join((PROJECT / "README.md").read_text().split())
CLAIMS = json.loads((PROJECT / "reports" / "metrics" / "claims.json").read_text())
PRETRAINING = [entry for entry in CLAIMS if entry["id"].startswith("pretraining_helps.")]
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def of_verdict(verdict: str) -> list[dict[str, Any]]:
    return [entry for entry in PRETRAINING if entry["verdict"] == verdict]


def test_it_counts_the_encoders_that_pretraining_helped() -> None:
    assert of_verdict("supported") == []
    assert f"helped none of the {NUMBERS[len(PRETRAINING)]} encoders" in TEXT


def test_it_counts_the_others() -> None:
    unclear = NUMBERS[len(of_verdict("inconclusive"))]
    assert f"for {unclear} encoders the 95 % interval of the difference contains zero" in TEXT
    small, collapsed = sorted(of_verdict("not supported"), key=lambda entry: -entry["measured"])
    assert "For two it lies below zero" in TEXT
    said = [f"by {-100 * small['measured']:.1f} points", f"by {-100 * collapsed['measured']:.0f}"]
    names = [str(entry["id"]).rpartition(".")[2] for entry in (small, collapsed)]
    assert f"{said[0]} for `{names[0]}`, and {said[1]} for `{names[1]}`" in TEXT


def test_it_counts_all_claims() -> None:
    count = Counter(entry["verdict"] for entry in CLAIMS)
    assert (
        f"Of all {len(CLAIMS)} claims, {count['supported']} are supported, "
        f"{count['not supported']} are not, and {count['inconclusive']} are inconclusive."
    ) in TEXT
