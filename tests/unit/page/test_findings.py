"""The primary questions' answers as sentences: true whatever the verdicts are."""

from typing import Any, get_args

import pytest

from stages.ledger.texts import CLAIMS
from stages.ledger.verdicts import Verdict
from stages.page.findings import WORDINGS, amount, chance, direction, findings, interval, sentence

VERDICTS: tuple[str, ...] = get_args(Verdict)


def measurement(**changes: Any) -> dict[str, Any]:
    return {
        "quantity": "accuracy fine-tuned minus from scratch",
        "unit": "share of test images",
        "measured": 0.024,
        "interval": (0.009, 0.039),
        "criterion": "> 0",
        **changes,
    }


def entry(kind: str, verdict: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"{kind}.sparse_control.vae",
        "claim": "Something is so",
        "primary": True,
        "verdict": verdict,
        "section": "Codes",
        "measurements": [measurement()],
        **changes,
    }


def test_every_claim_with_a_wording_exists() -> None:
    assert WORDINGS.keys() <= CLAIMS.keys()


@pytest.mark.parametrize("kind", [*CLAIMS])
def test_other_verdicts_are_other_sentences_with_the_same_numbers(kind: str) -> None:
    said = [sentence(entry(kind, verdict)) for verdict in VERDICTS]
    assert len(set(said)) == len(VERDICTS)
    for text in said:
        assert "+2.4 points, 0.9 to 3.9" in text
        assert text[0].isupper()
        assert text.endswith(".")
        assert not set("{}_") & set(text)


def test_a_sentence_names_its_variant() -> None:
    assert sentence(entry("pretraining_helps", "not supported")) == (
        "Pretraining as sparse control harms (+2.4 points, 0.9 to 3.9 against training from "
        "scratch)."
    )


def test_a_claim_without_a_wording_is_said_as_the_ledger_has_it() -> None:
    assert sentence(entry("frozen_beats_pixels", "inconclusive")) == (
        "Something is so: inconclusive (+2.4 points, 0.9 to 3.9)."
    )


COVERAGE = {
    "quantity": "coverage of samples from N(0, I)",
    "unit": "share",
    "measured": 0.3,
    "interval": (0.2, 0.4),
    "criterion": "> 0.45",
}
TOLD_APART = {
    "quantity": "accuracy of telling apart of samples from N(0, I)",
    "unit": "share",
    "measured": 0.9,
    "interval": (0.8, 0.95),
    "criterion": "< 0.97",
}


@pytest.mark.parametrize(
    ("coverage", "told_apart", "by"),
    [
        ({}, {"interval": (0.98, 0.99)}, "both measures"),
        ({}, {}, "coverage"),
        ({"interval": (0.4, 0.5)}, {"interval": (0.98, 0.99)}, "telling apart"),
        ({"interval": (0.4, 0.5)}, {}, "one measure at least"),
        ({"interval": None}, {"interval": (0.98, 0.99)}, "telling apart"),
        # An interval that ends at the threshold has nothing beyond it.
        ({"interval": (0.2, 0.45)}, {"interval": (0.97, 0.99)}, "both measures"),
    ],
)
def test_a_claim_that_fails_names_the_measures_it_fails_by(
    coverage: Any, told_apart: Any, by: str
) -> None:
    measurements = [COVERAGE | coverage, TOLD_APART | told_apart]
    said = sentence(entry("samples_well", "not supported", measurements=measurements))
    assert f"falls behind blurred real images by {by} (coverage 0.30," in said


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"measured": -0.012, "interval": None}, "-1.2 points, no interval"),
        ({"measured": 0.4, "interval": (-0.2, 0.5)}, "+40.0 points, -20.0 to 50.0"),
        (
            {
                "quantity": "coverage of samples from N(0, I)",
                "unit": "share",
                "measured": 0.314,
                "interval": (0.3, 0.32),
            },
            "coverage 0.31, 0.30 to 0.32",
        ),
        (
            {"quantity": "test MSE", "unit": "squared pixel value", "measured": 4.24e-5}
            | {"interval": (3.9e-5, 4.6e-5)},
            "0.000042, 0.000039 to 0.000046",
        ),
        (
            {"quantity": "units", "unit": "units", "measured": 0.0, "interval": (0.0, 0.0)},
            "0 in all runs",
        ),
        (
            {"quantity": "units", "unit": "units", "measured": 0.0, "interval": (-0.5, 0.5)},
            "0.00, -0.50 to 0.50",
        ),
        (
            {"quantity": "error", "unit": "ratio", "measured": 4e-9, "interval": (3e-9, 5e-9)},
            "4.0e-09, 3.0e-09 to 5.0e-09",
        ),
        (
            {"quantity": "error", "unit": "ratio", "measured": 2e-7, "interval": (-1e-7, 3e-6)},
            "0.00000020, -0.00000010 to 0.00000300",
        ),
        (
            {"quantity": "error", "unit": "ratio", "measured": 12.5, "interval": (10.0, 20.0)},
            "12.50, 10.00 to 20.00",
        ),
    ],
)
def test_amounts_have_the_digits_that_their_size_needs(changes: Any, text: str) -> None:
    assert amount(measurement(**changes)) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.024, 100.0, "2.4 in all runs"),
        (1 / 12, 100.0, "8.3 in all runs"),
        (-0.5, 100.0, "-50 in all runs"),
        (0.0004, 100.0, "0.04 in all runs"),
        (0.0, 100.0, "0 in all runs"),
        (-0.0, 1.0, "0 in all runs"),
        (1.0, 1.0, "1 in all runs"),
        (228.7, 1.0, "228.7 in all runs"),
        (1200.0, 1.0, "1200 in all runs"),
    ],
)
def test_what_all_runs_agree_on_keeps_its_digits(value: float, unit: float, text: str) -> None:
    assert interval(value, value, unit) == text


def test_an_interval_has_two_ends_or_is_none() -> None:
    assert interval(-0.0123, 0.0004, 100) == "-1.2 to 0.0"
    assert interval(0.50001, 0.50002, decimals=2) == "0.50001 to 0.50002"
    assert interval(None, None) == interval(float("nan"), float("nan")) == "no interval"


def test_equal_runs_agree_with_their_mean() -> None:
    same = measurement(measured=0.024, interval=(0.024, 0.024))
    assert amount(same) == "+2.4 points, 2.4 in all runs"
    assert amount(measurement(measured=-1e-5, interval=None)) == "+0.0 points, no interval"


def test_findings_are_the_questions_that_are_asked_for_in_that_order() -> None:
    ledger = [
        entry("beats_pca", "supported"),
        entry("pretraining_helps", "not supported", section="Few labels"),
    ]
    first, second = (entry["id"] for entry in ledger)
    found = findings(ledger, [second, "unknown.id", first], {first: "But."})
    assert [finding.topic for finding in found] == ["Few labels", "Codes"]
    assert [finding.text for finding in found] == [
        sentence(ledger[1]),
        f"{sentence(ledger[0])} But.",
    ]
    assert findings([], [first], {}) == []


@pytest.mark.parametrize(
    ("unit", "interval", "text"),
    [
        ("share of test images", (0.01, 0.02), "better"),
        ("share of test images", (-0.02, -0.01), "worse"),
        ("share of test images", (-0.02, 0.01), ""),
        ("share of test images", (-0.02, 0.0), ""),
        ("share of test images", (0.0, 0.02), ""),
        ("ratio", (0.7, 0.8), "smaller"),
        ("ratio", (0.7, 1.0), ""),
        ("ratio", (1.0, 1.2), ""),
        ("ratio", (1.1, 1.2), "larger"),
        ("nats", (1.0, 2.0), ""),
        ("ratio", None, ""),
    ],
)
def test_differences_have_a_direction(unit: str, interval: Any, text: str) -> None:
    assert direction(measurement(unit=unit, interval=interval)) == text


def test_a_small_p_value_is_a_bound_and_never_zero() -> None:
    assert [chance(p) for p in (0.0, 9e-5, 1e-4, 0.00012, 0.5, 1.0)] == [
        "< 0.0001",
        "< 0.0001",
        "0.0001",
        "0.00012",
        "0.5",
        "1",
    ]
