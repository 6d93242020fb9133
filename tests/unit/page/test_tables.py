"""Rows of the report's tables."""

from typing import Any

import pandas as pd
import pytest

from stages.page import tables
from tests.unit.page.invented_study import study


def entry(kind: str, claim: str, quantity: str) -> dict[str, Any]:
    measurement = {
        "quantity": quantity,
        "unit": "share of test images",
        "measured": 0.01,
        "interval": (0.005, 0.02),
        "criterion": "> 0",
    }
    return {
        "id": f"{kind}.sparse",
        "claim": claim,
        "source": "a question",
        "evidence": "samples",
        "criterion": f"{quantity} > 0",
        "measurements": [measurement],
    }


def test_equal_claims_are_told_apart_by_what_was_measured() -> None:
    entries = [
        entry("objective_helps_frozen", "The objective helps", "accuracy frozen"),
        entry("objective_helps_finetuned", "The objective helps", "accuracy fine-tuned"),
        entry("frozen_beats_pixels", "The vae beats pixels", "accuracy"),
    ]
    said = [
        row["Comparison"]
        for _, rows in tables.exploratory(study(exploratory=entries))
        for row in rows
    ]
    assert said == [
        "The VAE beats pixels",
        "The objective helps (accuracy frozen)",
        "The objective helps (accuracy fine-tuned)",
    ]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([0.5], "0.500"),
        ([0.5, 0.6], "0.550 ± 0.071"),
        ([0.0001, 0.0003], "2.0e-04 ± 1.4e-04"),
        ([0.0, 0.0], "0.000 ± 0.000"),
    ],
)
def test_means_have_a_deviation_if_there_are_several(values: list[float], text: str) -> None:
    assert tables.spread(pd.Series(values), 3) == text


@pytest.mark.parametrize(
    ("block", "text"),
    [
        ({}, "squared error"),
        ({"beta": 1.0}, "squared error + 1 × KL to N(0, I)"),
        ({"beta": "calibrated"}, "squared error + KL, decoder variance of largest likelihood"),
        (
            {"sparsity": {"target": 0.2, "weight": 0.784}, "beta": None},
            "squared error + 0.784 × KL to a mean activation of 0.2",
        ),
        ({"sparsity": None, "noise": None}, "squared error"),
    ],
)
def test_what_an_autoencoder_minimises(block: dict[str, Any], text: str) -> None:
    form = {"kind": "dense", "hidden": [], "latent_dim": 3, "latent_activation": "tanh"}
    (row,) = tables.autoencoders(study(params={"variants": {"a": {"architecture": form} | block}}))
    assert row["Minimises"] == text
    assert row["Code"] == "3, tanh"
    assert row["Hidden layers"] == "none"
