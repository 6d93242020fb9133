"""The ledger over runs that all say the same, down to one seed, one draw and one test image."""

import json
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest

from stages.core.formats import write_arrays
from stages.core.params import load, validate
from stages.ledger import verdicts
from stages.ledger.claims import ledger
from stages.ledger.comparisons import compare_along_curve, compare_regimes
from stages.ledger.evidence import Evidence, Runs
from stages.ledger.front import judged
from stages.ledger.intervals import Estimate, Scale, crossed_interval
from stages.ledger.printed import REPEATED, beside_printed
from stages.ledger.schema import Claims
from stages.ledger.summary import summarize
from stages.ledger.verdicts import Criterion, Verdict, corrected, together
from stages.models.schema import Variant
from tests.support import PARAMS

VARIANTS = {
    name: validate(block, Variant, name) for name, block in load(PARAMS)["variants"].items()
}
WIDTHS = {name: variant.architecture.latent_dim for name, variant in VARIANTS.items()}
SETTINGS = validate(load(PARAMS)["claims"], Claims, "claims")
REGIMES = ("frozen", "finetuned", "finetuned_direct", "propagated", "scratch", "random")
BASELINES = ("pixels_logistic", "pca_30_logistic", "pca_30_propagated")
SETS = ("normal", "mixture", "midpoints")
ERROR = 0.01
SHARES = ("knn_accuracy", "knn_accuracy_2d", "probe_accuracy", "test_mean_activation")
SHARES += ("test_treves_rolls", "unusual_inputs_correlation_at_equal_brightness")
ERRORS = ("test_mse", "test_mse_from_noisy_input", "uniform_noise_mse_share")
SCORES = ("coverage", "two_sample_accuracy")


def accuracies(value: float, seeds: int, draws: int, **columns: object) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"variant": name, "regime": regime, "model_seed": seed, "label_draw": draw}
            | {"test_accuracy": value, **columns}
            for name in VARIANTS
            for regime in REGIMES
            for seed in range(seeds)
            for draw in range(draws)
        ]
    )


def latents(value: float, seeds: int) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"variant": name, "model_seed": seed, "test_kl": value, "active_units": value}
            | dict.fromkeys(SHARES, value)
            | dict.fromkeys(ERRORS, ERROR)
            for name in VARIANTS
            for seed in range(seeds)
        ]
    )


def evidence(folder: Path, value: float, seeds: int, draws: int, images: int) -> Evidence:
    """Measurements that are all the same, and images about which all runs are right."""
    right, errors = np.packbits(np.ones(images, bool)), np.full(images, ERROR, np.float32)
    for kind in ("latents", "semi_supervised"):
        (folder / kind).mkdir()
    for name in VARIANTS:
        bits = np.tile(right, (seeds, 1))
        write_arrays(
            folder / "latents" / f"{name}.npz",
            squared_error=np.tile(errors, (seeds, 1)),
            **dict.fromkeys(("knn", "knn_2d", "probe"), bits),
        )
        found = np.tile(right, (seeds, draws, 1))
        write_arrays(folder / "semi_supervised" / f"{name}.npz", **dict.fromkeys(REGIMES, found))
    write_arrays(
        folder / "baselines.npz",
        pca_30_squared_error=errors,
        **dict.fromkeys(("pixels_knn", "pixels_knn_2d", "pixels_probe"), right),
        **{f"{name}_few": np.tile(right, (draws, 1)) for name in BASELINES},
    )
    baselines = [
        {"features": features, "classifier": classifier, "purpose": "few", "label_draw": draw}
        | {"test_accuracy": value}
        for features, classifier in (name.rsplit("_", 1) for name in BASELINES)
        for draw in range(draws)
    ]
    samples = [
        {"variant": name, "model_seed": seed, "set": kind}
        | {f"{score}{ending}": value for score in SCORES for ending in ("", "_of_reconstructions")}
        for name in VARIANTS
        for seed in range(seeds)
        for kind in SETS
    ]
    ladder = [
        {"control": name, **dict.fromkeys(SCORES, value)} for name in ("blurred", "pca_gaussian")
    ]
    numbers = {f"pixels.{name}": value for name in SHARES[:3]}
    numbers |= {f"pca_30.{name}": ERROR for name in ERRORS[:2]}
    return Evidence(
        latents(value, seeds),
        accuracies(value, seeds, draws),
        pd.DataFrame(baselines),
        pd.DataFrame(samples),
        pd.DataFrame(ladder),
        numbers,
        folder,
        images,
    )


@pytest.mark.parametrize(
    ("value", "seeds", "draws", "images"),
    [(0.0, 1, 1, 1), (1.0, 1, 1, 8), (0.5, 1, 2, 2), (1.0, 2, 1, 2), (0.0, 2, 2, 9)],
)
def test_no_claim_is_made_of_a_difference_that_is_not_there(
    tmp_path: Path, value: float, seeds: int, draws: int, images: int
) -> None:
    found = evidence(tmp_path, value, seeds, draws, images)
    entries = ledger(VARIANTS, 784, found, SETTINGS)
    json.dumps([entry._asdict() for entry in entries], allow_nan=False)
    for entry in entries:
        assert entry.verdict in get_args(Verdict)
        assert 0 <= entry.chance <= 1
        for row in entry.measurements:
            low, high = row["interval"] or (row["measured"],) * 2
            assert low <= row["measured"] <= high
        if entry.id.startswith(("beats_pca", "removes_noise", "samples_", "regular_latent_space")):
            # Where an interval is a point at the threshold, chance explains everything.
            assert entry.chance == 1
    table = compare_regimes(found, WIDTHS, 0.95)
    curve = compare_along_curve(accuracies(value, seeds, draws, labels=2), 0.95)
    for rows in (table, curve):
        assert np.array_equal(rows["difference"], np.zeros(len(rows)))
        ends = rows[["low", "high"]]
        assert (ends == 0).all().all() if seeds > 1 else ends.isna().all().all()


@pytest.mark.parametrize("kind", ["above", "below"])
@pytest.mark.parametrize("quantities", [1, 2])
def test_a_tie_with_a_threshold_stays_open(kind: Any, quantities: int) -> None:
    tied = verdicts.Test(Estimate(0.5, 0.5, 0.5, 3), Criterion(kind, 0.5))
    ((verdict, chance),) = corrected([together([tied] * quantities, 0.95)], 0.95)
    assert (verdict, chance) == ("inconclusive", 1.0)


@pytest.mark.parametrize("scale", get_args(Scale))
@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 1), (2, 2)])
@pytest.mark.parametrize("ends", [(0.0, 1.0), (0.0, 0.5), (0.5, 1.0), (0.3, 0.3), (1e-9, 0.4)])
def test_an_interval_holds_its_mean_and_stays_in_its_range(
    scale: Scale, shape: tuple[int, int], ends: tuple[float, float]
) -> None:
    values = np.resize(ends, shape)
    for images in (1, 2, 5):
        # Images of each run that are right, as many as its value says, or all half right.
        each = np.broadcast_to(values[:, :, np.newaxis], (*shape, images))
        for given in (None, each):
            found = crossed_interval(values, 0.95, given, scale)
            assert np.isfinite(found.mean)
            if found.low is None or found.high is None:
                assert shape == (1, 1)
                continue
            assert found.low <= found.mean <= found.high
            assert np.isfinite([found.low, found.high]).all()
            assert found.low >= {"identity": -np.inf, "log": 0, "logit": 0}[scale]
            assert found.high <= {"identity": np.inf, "log": np.inf, "logit": 1}[scale]
            assert 0 <= found.chance(0.3) <= 1


@pytest.mark.parametrize("images", [None, 3])
def test_errors_of_zero_are_equal(images: int | None) -> None:
    zero, one = (
        Runs(np.full((2, 1), value), None if images is None else np.full((2, 1, images), value))
        for value in (0.0, 1.0)
    )
    found = zero.over(zero).estimate(0.95, "log")
    assert (found.mean, found.low, found.high) == (1, 1, 1)
    assert zero.over(one).means.max() < 1 < one.over(zero).means.min() < np.inf


def test_one_setting_is_on_the_front_and_of_equals_the_first_wins() -> None:
    columns = {"validation_mse": [0.0] * 3, "validation_knn_accuracy": [0.5] * 3}
    for count in (1, 3):
        found = judged(pd.DataFrame(columns)[:count], 0.0)
        assert found["on_front"].all()
        assert found["winner"].tolist() == [True, False, False][:count]


@pytest.mark.parametrize(("seeds", "draws"), [(1, 1), (1, 2), (2, 1)])
def test_one_run_has_no_deviation_and_equal_runs_have_none(seeds: int, draws: int) -> None:
    runs = accuracies(0.5, seeds, draws)
    numbers = summarize(latents(0.5, seeds), runs, runs.assign(labels=2)[:0])
    assert numbers["vae.test_mse"] == ERROR
    assert numbers.get("vae.test_mse_sd") == (None if seeds == 1 else 0)
    assert numbers.get("vae.frozen.test_accuracy_sd") == (None if seeds * draws == 1 else 0)


@pytest.mark.parametrize("seeds", [1, 2])
def test_equal_programs_are_equivalent_where_there_are_runs_enough(seeds: int) -> None:
    models = pd.DataFrame({"model": [*REPEATED] * seeds, "test_mse_of_mean_code": ERROR})
    found = beside_printed(models, latents(0.5, seeds), 1.1, 0.95)
    assert np.allclose(found["ratio"], 1)
    assert set(found["verdict"]) == {"inconclusive" if seeds == 1 else "equivalent"}
    assert found["low"].isna().all() == (seeds == 1)
