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
    (helped,) = of_verdict("supported")
    name = str(helped["id"]).rpartition(".")[2]
    low, high = (f"{100 * end:.1f}" for end in helped["interval"])
    assert f"helped one of the {NUMBERS[len(PRETRAINING)]} encoders" in TEXT
    assert f"the `{name}` encoder" in TEXT
    assert f"was {100 * helped['measured']:.1f} percentage points more accurate" in TEXT
    assert f"(95 % interval: {low} to {high})" in TEXT


def test_it_counts_the_others() -> None:
    lower = of_verdict("not supported")
    unclear = NUMBERS[len(of_verdict("inconclusive"))]
    assert f"For {unclear} encoders the interval contains zero" in TEXT
    assert f"For {NUMBERS[len(lower)]} it lies below zero" in TEXT
    *small, collapsed = sorted(-100 * entry["measured"] for entry in lower)
    assert f"by {small[0]:.1f} to {small[-1]:.1f} points for {NUMBERS[len(small)]}" in TEXT
    assert f"of them and by {collapsed:.0f} for" in TEXT


def test_it_counts_all_claims() -> None:
    count = Counter(entry["verdict"] for entry in CLAIMS)
    assert (
        f"Of all {len(CLAIMS)} claims, {count['supported']} are supported, "
        f"{count['not supported']} are not, and {count['inconclusive']} are inconclusive."
    ) in TEXT
