"""What the stage `train` trains on, and what it writes."""

from pathlib import Path

import pandas as pd
import pytest

from stages import train
from stages.models.autoencoder import Autoencoder
from tests.unit.stages.stand_ins import HELD_OUT, KEPT, Pretraining, replace


def test_images_that_validate_do_not_train(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretraining = Pretraining()
    saved: dict[str, Autoencoder] = {}

    def save(autoencoder: Autoencoder, folder: Path) -> None:
        folder.mkdir(parents=True)
        saved[folder.name] = autoencoder

    replace(monkeypatch, train, pretrain=pretraining, save=save)
    train.main(
        "sparse", **files, models=tmp_path / "models", learning_curves=tmp_path / "curves.csv"
    )
    assert (pretraining.train, pretraining.validation) == (KEPT.tolist(), HELD_OUT.tolist())
    assert pretraining.variant.sparsity is not None
    assert pretraining.variant.sparsity.weight == 0.5
    assert saved == {
        f"seed_{seed}": (f"new encoder {seed}", f"new decoder {seed}") for seed in (3, 5, 8)
    }
    curves = pd.read_csv(tmp_path / "curves.csv")
    assert curves["model_seed"].tolist() == [3, 5, 8]
    assert curves["train_squared_error"].eq(2).all()
    assert curves["validation_squared_error"].eq(6).all()
