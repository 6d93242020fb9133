"""What the stage `sample` decodes, and what it compares it with."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from stages import sample
from stages.core.formats import write_arrays
from stages.samples.generation import Sampler, halves
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

# Of the training images whose codes stand in for random ones.
FIRST: dict[Sampler, int] = {"normal": 1, "gaussian": 2, "mixture": 3}
SEEDS = (3, 5, 8)


def draw_codes(sampler: Sampler, z_train: Floats, count: int, settings: Sampling) -> Floats:
    return z_train[FIRST[sampler] :][:count]


def test_samples_are_scored_with_their_own_decoder_against_other_images(
    files: dict[str, Path],
    params: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scoring, autoencoder, data = Scoring(), Numbering(), numbered_images()
    codes = {
        f"z_{part}_seed_{seed}": autoencoder.encoded(x, seed)
        for seed in SEEDS
        for part, x in (("train", data.x_train), ("test", data.x_test))
    }
    write_arrays(tmp_path / "latents.npz", **codes)
    replace(
        monkeypatch,
        sample,
        score=scoring,
        draw_codes=draw_codes,
        feature_network=NO_NETWORK,
        save_tiles=lambda *_: None,
        **autoencoder.loaded(),
    )
    sample.main(
        "sparse",
        files["params"],
        files["images"],
        models=tmp_path,
        latents=tmp_path / "latents.npz",
        classifier=tmp_path / "classifier.npz",
        metrics=tmp_path / "samples.csv",
        samples=tmp_path / "samples.png",
        interpolations=tmp_path / "interpolations.png",
        traversals=tmp_path / "traversals.png",
    )
    parts = halves(40, Sampling(**params["sampling"]))
    made: dict[str, NDArray[Any]] = {
        **{sampler: np.arange(first, first + 20) for sampler, first in FIRST.items()},
        "midpoints": FIRST_TEST + (parts.others + parts.partners) / 2,
        "reconstructions": FIRST_TEST + parts.others,
    }
    reference = FIRST_TEST + parts.reference
    assert scoring.compared == [
        (against.tolist(), (images + 0.5).tolist())
        for _ in SEEDS
        for images in made.values()
        for against in (reference, reference + 0.5)
    ]
    table = pd.read_csv(tmp_path / "samples.csv")
    assert [*zip(table["model_seed"], table["set"], strict=True)] == [
        (seed, kind) for seed in SEEDS for kind in made
    ]
    order = 2 * np.arange(len(table))
    assert table["coverage"].tolist() == (order + 1.25).tolist()
    assert table["coverage_of_reconstructions"].tolist() == (order + 2.25).tolist()
