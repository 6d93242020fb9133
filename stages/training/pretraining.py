"""Training one autoencoder from several seeds, with progress on the terminal."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from stages.models.architecture import build
from stages.models.autoencoder import Autoencoder
from stages.models.schema import Variant
from stages.training.schema import Train
from stages.training.trainer import Epoch, Trainer


class Pretrained(NamedTuple):
    """What one pretraining seed gave.

    Attributes:
        seed: of initial weights, order of images and noise.
        autoencoder: with the trained weights, which the next seed overwrites.
        epochs: losses.
    """

    seed: int
    autoencoder: Autoencoder
    epochs: list[Epoch]


def pretrain(
    name: str,
    variant: Variant,
    settings: Train,
    x_train: NDArray[np.float32],
    x_validation: NDArray[np.float32],
) -> Iterator[Pretrained]:
    """Train from one seed after the other.

    Args:
        name: of the variant, for messages.
        x_train: (n, height, width, 1) float32 in [0, 1].
        x_validation: (m, height, width, 1) likewise, not trained on.

    Yields:
        One result for each of the settings' seeds.

    Raises:
        InputError: a loss is no longer finite.
    """
    autoencoder = build(variant.architecture, x_train.shape[1:], variant.variational)
    trainer = Trainer(name, variant, settings, autoencoder, x_train, x_validation)
    for seed in settings.seeds:
        with tqdm(total=settings.epochs, desc=f"{name} seed {seed}", unit="epoch") as bar:

            def show(epoch: Epoch, bar: tqdm = bar) -> None:
                bar.set_postfix(
                    loss=f"{epoch.train.loss:.4g}", validation=f"{epoch.validation.loss:.4g}"
                )
                bar.update()

            epochs = trainer.fit(seed, show)
        yield Pretrained(seed, autoencoder, epochs)
