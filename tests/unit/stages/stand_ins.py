"""Images that can be told apart by their pixels, and what stands in for functions that compute."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from stages.codes.validation import Divided, Measures
from stages.core.formats import write_arrays
from stages.core.images import Images
from stages.core.rng import rng_for
from stages.models.autoencoder import Autoencoder
from stages.models.schema import Variant
from stages.samples.generation import Score
from stages.samples.schema import Sampling
from stages.training.pretraining import Pretrained
from stages.training.schema import Train
from stages.training.trainer import Epoch, Losses

Floats = NDArray[np.float32]

# Of 80 training images; test images are numbered from 1000.
HELD_OUT = np.array([1, 4, 6, 33, 50, 71])
KEPT = np.setdiff1d(np.arange(80), HELD_OUT)
FIRST_TEST = 1000


def numbered(count: int, first: int = 0) -> Floats:
    """Images of 3 x 2 pixels, each of which is the image's number."""
    return np.tile(
        np.arange(first, first + count, dtype=np.float32)[:, None, None, None], (3, 2, 1)
    )


def numbers(images: Floats) -> list[float]:
    """The numbers that images show."""
    return [float(number) for number in images[:, 0, 0, 0]]


def numbered_images() -> Images:
    """80 training and 40 test images, whose classes are the last digits of their numbers."""
    y = (np.arange(80) % 10).astype(np.uint8)
    return Images(numbered(80), y, numbered(40, FIRST_TEST), y[:40])


def written(folder: Path, data: Images, held_out: NDArray[np.int64]) -> dict[str, Path]:
    """Write images and their validation part, as stages read them."""
    made = {name: folder / f"{name}.npz" for name in ("images", "validation")}
    write_arrays(made["images"], **data._asdict())
    write_arrays(made["validation"], indices=held_out)
    return made


def replace(monkeypatch: pytest.MonkeyPatch, stage: ModuleType, **stand_ins: Any) -> None:
    """Put something else in the place of what a stage imports.

    `configure`, which a process may call only once, does nothing.
    """
    for name, stand_in in {"configure": lambda *_: None, **stand_ins}.items():
        monkeypatch.setattr(stage, name, stand_in)


def noisy(x: Floats, extracting: dict[str, Any]) -> Floats:
    """The noisy test images, the same for every variant and for principal components.

    Args:
        x: test images.
        extracting: section `extract_latents`.
    """
    noise = rng_for(extracting["seed"], "noise").standard_normal(x.shape, np.float32)
    return x + np.float32(extracting["noise_stddev"]) * noise


class Pretraining:
    """Stands in for `pretrain`: notes what it is given, and trains nothing."""

    variant: Variant
    settings: Train
    train: list[float]
    validation: list[float]

    def __call__(
        self, name: str, variant: Variant, settings: Train, x_train: Floats, x_validation: Floats
    ) -> Iterator[Pretrained]:
        self.variant, self.settings = variant, settings
        self.train, self.validation = numbers(x_train), numbers(x_validation)
        for seed in settings.seeds:
            epochs = [Epoch(1, Losses(1, 2, 3, 4), Losses(5, 6, 7, 8))]
            models = Autoencoder(f"new encoder {seed}", f"new decoder {seed}")
            yield Pretrained(seed, models, epochs)


class Measuring:
    """Stands in for `measure`: notes what it is given; live units count the calls."""

    def __init__(self) -> None:
        self.models: list[tuple[str, str]] = []
        self.settings: list[tuple[int, int, int]] = []

    def __call__(
        self,
        encoder: str,
        decoder: str,
        images: Divided,
        neighbours: int,
        reference_images: int,
        seed: int,
    ) -> Measures:
        assert numbers(images.x_train) == KEPT.tolist()
        assert numbers(images.x_validation) == HELD_OUT.tolist()
        assert np.array_equal(images.y_train, KEPT % 10)
        assert np.array_equal(images.y_validation, HELD_OUT % 10)
        self.models.append((encoder, decoder))
        self.settings.append((neighbours, reference_images, seed))
        return Measures(0.5, 0.25, len(self.models))


class Scoring:
    """Stands in for `score`: notes which images it compares; scores count the calls."""

    def __init__(self) -> None:
        self.compared: list[tuple[list[float], list[float]]] = []

    def __call__(self, network: Any, reference: Floats, made: Floats, settings: Sampling) -> Score:
        self.compared.append((numbers(reference), numbers(made)))
        count = len(self.compared)
        return Score(count, count + 0.25, count + 0.5)


# Stands in for the module: features are taken by `Scoring`, which needs no network.
NO_NETWORK = SimpleNamespace(load=lambda *_: None)


class Seeded:
    """An autoencoder that knows from which seed its weights are."""

    seed = -1

    def loaded(self) -> dict[str, Callable[..., Any]]:
        """What stands in for the functions with which stages load a model."""

        def load_weights(autoencoder: Any, folder: Path) -> None:
            self.seed = int(folder.name.removeprefix("seed_"))

        return {
            "load": lambda folder: self,
            "load_weights": load_weights,
            "batched": lambda model: model,
        }


class Numbering(Seeded):
    """An autoencoder whose code is an image's number, and which shows a code's number and a half.

    Codes are shifted by a number that depends on the seed: another seed's decoder shows others.
    """

    def encoder(self, x: Floats) -> Floats:
        return self.encoded(x, self.seed)

    @staticmethod
    def encoded(x: Floats, seed: int) -> Floats:
        return x[:, 0, 0] + 10_000 * np.float32(seed)

    def decoder(self, z: Floats) -> Floats:
        shown = z[:, 0] - 10_000 * np.float32(self.seed) + np.float32(0.5)
        return np.tile(shown[:, None, None, None], (3, 2, 1))
