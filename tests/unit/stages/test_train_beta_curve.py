"""What the stage `train_beta_curve` trains, and on what."""

from pathlib import Path

import pytest

from stages import train_beta_curve
from stages.models.autoencoder import Autoencoder
from tests.unit.stages.stand_ins import HELD_OUT, KEPT, Pretraining, replace


def test_a_variants_architecture_is_trained_with_the_given_weight_on_what_does_not_validate(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretraining = Pretraining()
    saved: list[str] = []

    def save(autoencoder: Autoencoder, folder: Path) -> None:
        folder.mkdir(parents=True)
        saved.append(folder.name)

    replace(monkeypatch, train_beta_curve, pretrain=pretraining, save=save)
    train_beta_curve.main("0.03", "sparse", **files, models=tmp_path / "models")
    assert (pretraining.train, pretraining.validation) == (KEPT.tolist(), HELD_OUT.tolist())
    variant = pretraining.variant
    assert (variant.beta, variant.sparsity, variant.noise) == (0.03, None, None)
    assert variant.architecture.latent_activation == "linear"
    assert variant.architecture.latent_dim == 3
    assert pretraining.settings.epochs == 2
    assert saved == ["seed_4", "seed_6"]
