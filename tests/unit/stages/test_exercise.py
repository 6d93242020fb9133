"""What the stage `exercise` trains on and measures with."""

from pathlib import Path

import pandas as pd
import pytest

from stages import exercise
from tests.unit.stages.stand_ins import HELD_OUT, KEPT, Measuring, Pretraining, replace


def test_a_setting_is_trained_and_measured_without_its_validation_images(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretraining, measuring = Pretraining(), Measuring()
    replace(monkeypatch, exercise, pretrain=pretraining, measure=measuring)
    exercise.main("sparse", **files, metrics=tmp_path / "exercise.csv")
    assert (pretraining.train, pretraining.validation) == (KEPT.tolist(), HELD_OUT.tolist())
    assert (pretraining.settings.epochs, pretraining.settings.seeds) == (2, (9,))
    assert pretraining.variant.sparsity is not None
    assert pretraining.variant.sparsity.weight == 0.5
    assert measuring.models == [("new encoder 9", "new decoder 9")]
    assert measuring.settings == [(5, 999, 7)]
    (row,) = pd.read_csv(tmp_path / "exercise.csv").to_dict("records")
    assert row == {
        "setting": "sparse",
        "model_seed": 9,
        "validation_mse": 0.5,
        "validation_knn_accuracy": 0.25,
        "live_units": 1,
    }
