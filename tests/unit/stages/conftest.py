"""Parameters and files that the stages' tests share."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stages.core.images import Images
from tests.unit.stages.stand_ins import HELD_OUT, numbered_images, written

SIGMOID = {"kind": "dense", "hidden": [], "latent_dim": 3, "latent_activation": "sigmoid"}
SPARSE = {"architecture": SIGMOID, "sparsity": {"target": 0.2, "weight": 0.5}}


@pytest.fixture
def params(params: dict[str, Any]) -> dict[str, Any]:
    """The committed parameters with values of these tests' own wherever a test depends on them."""
    params["variants"] = {"sparse": SPARSE, "denoising": {**SPARSE, "noise": {"stddev": 0.1}}}
    params["exercise"] |= {"seed": 9, "settings": {"sparse": SPARSE}}
    params["train"] |= {"epochs": 2, "batch_size": 16, "seeds": [3, 5, 8]}
    params["longer"] |= {"epochs": 6, "seeds": 2}
    params["beta_curve"] |= {"seeds": [4, 6]}
    params["split"] = {"seed": 1, "validation_fraction": 0.1}
    params["semi_supervised"] |= {
        "label_fraction": 0.01,
        "draws": 10,
        "primary": ["denoising"],
        "exploratory_draws": 3,
        "regimes": ["frozen", "scratch"],
        "epochs": 80,
        "batch_size": 64,
        "neighbours": 10,
        "components": 30,
    }
    params["semi_supervised"]["tuning"] |= {"inverse_regularizations": [0.1, 1.0], "draws": 2}
    params["label_curve"] |= {"fractions": [0.05, 1.0], "draws": 2}
    params["baselines"] |= {"components": [30, 1000], "neighbours": [1, 3]}
    params["sampling"] |= {"seed": 0, "images": 20, "copies": 10, "columns": 4}
    params["extract_latents"] |= {"seed": 7, "noise_stddev": 0.3, "active_variance": 0.01}
    params["extract_latents"]["quality"] |= {
        "neighbours": 5,
        "reference_images": 999,
        "inverse_regularizations": [0.1, 1.0],
    }
    return params


@pytest.fixture
def params_file(tmp_path: Path, params: dict[str, Any]) -> Path:
    """The parameters as a file, which JSON is good enough for."""
    path = tmp_path / "params.yaml"
    path.write_text(json.dumps(params))
    return path


@pytest.fixture
def files(tmp_path: Path, params_file: Path) -> dict[str, Path]:
    """Parameters, numbered images and their validation part, as stages are given them."""
    return {"params": params_file, **written(tmp_path, numbered_images(), HELD_OUT)}


@pytest.fixture
def hard(toy: Images) -> Images:
    """Images whose classes cannot be learned, so that classifiers differ in what they get right."""
    return toy._replace(y_train=np.random.default_rng(0).permutation(toy.y_train))
