"""What the stage `beta_curve` measures, and what it compares images with."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stages import beta_curve
from stages.samples.generation import halves
from stages.samples.schema import Sampling
from tests.unit.stages.stand_ins import (
    FIRST_TEST,
    NO_NETWORK,
    Floats,
    Numbering,
    Scoring,
    numbered_images,
    replace,
)


class Variational(Numbering):
    """The same with a distribution as its code."""

    def encoder(self, x: Floats) -> Floats:
        z_mean = super().encoder(x)
        return np.stack([z_mean, np.zeros_like(z_mean)])


def test_samples_and_reconstructions_of_each_seed_are_scored_against_other_images(
    files: dict[str, Path],
    params: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scoring, autoencoder = Scoring(), Variational()
    replace(
        monkeypatch,
        beta_curve,
        score=scoring,
        draw_codes=lambda sampler, z_train, count, settings: z_train[:count],
        feature_network=NO_NETWORK,
        **autoencoder.loaded(),
    )
    beta_curve.main(
        "0.03",
        files["params"],
        files["images"],
        models=tmp_path,
        classifier=tmp_path / "classifier.npz",
        metrics=tmp_path / "curve.csv",
    )
    parts = halves(40, Sampling(**params["sampling"]))
    reference = (FIRST_TEST + parts.reference).tolist()
    assert (
        scoring.compared
        == [
            (reference, (np.arange(20) + 0.5).tolist()),
            (reference, (FIRST_TEST + parts.others + 0.5).tolist()),
        ]
        * 2
    )
    table = pd.read_csv(tmp_path / "curve.csv")
    assert table["model_seed"].tolist() == [4, 6]
    codes = [autoencoder.encoded(numbered_images().x_test, seed) for seed in (4, 6)]
    assert table["test_kl"].tolist() == pytest.approx([np.mean(z**2) / 2 for z in codes])
    assert table["test_mse"].tolist() == [0.25, 0.25]
    assert table["normal_coverage"].tolist() == [1.25, 3.25]
    assert table["reconstructions_coverage"].tolist() == [2.25, 4.25]
