"""Printed models beside the study's: ratios of errors, their intervals, verdicts."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from stages.core.errors import InputError
from stages.ledger.printed import REPEATED, beside_printed

VARIANTS = list(REPEATED.values())


def printed(**errors: list[float]) -> pd.DataFrame:
    rows = [(model, error) for model, values in errors.items() for error in values]
    return pd.DataFrame(rows, columns=["model", "test_mse_of_mean_code"])


def latents(**errors: list[float]) -> pd.DataFrame:
    rows = [(variant, error) for variant, values in errors.items() for error in values]
    return pd.DataFrame(rows, columns=["variant", "test_mse"])


def verdicts(table: pd.DataFrame) -> dict[str, str]:
    return dict(zip(table["variant"], table["verdict"], strict=True))


def test_each_printed_model_stands_beside_its_variant() -> None:
    found = beside_printed(
        printed(vae=[0.09, 0.091], compression=[0.02, 0.021], trivial=[1e-4, 2e-4]),
        latents(
            sparse=[0.5, 0.6],
            trivial=[1e-4, 1.1e-4],
            compression=[0.01, 0.0101],
            vae_unbalanced=[0.09, 0.0901],
        ),
        margin=1.25,
        confidence=0.95,
    )
    assert list(found["variant"]) == VARIANTS
    assert verdicts(found) == {
        "trivial": "inconclusive",
        "compression": "different",
        "vae_unbalanced": "equivalent",
    }


def test_the_interval_is_welchs_on_the_logarithm() -> None:
    first, second = [0.010, 0.013, 0.011], [0.012, 0.018, 0.014, 0.020, 0.011]
    found = beside_printed(
        printed(trivial=first, compression=first, vae=first),
        latents(trivial=second, compression=second, vae_unbalanced=second),
        margin=1.1,
        confidence=0.9,
    ).iloc[0]
    a, b = np.log(first), np.log(second)
    parts = [np.var(values, ddof=1) / len(values) for values in (a, b)]
    freedom = (parts[0] + parts[1]) ** 2 / (parts[0] ** 2 / 2 + parts[1] ** 2 / 4)
    half = stats.t.ppf(0.95, freedom) * np.sqrt(parts[0] + parts[1])
    middle = a.mean() - b.mean()
    assert found["printed"] == pytest.approx(stats.gmean(first))
    assert found["study"] == pytest.approx(stats.gmean(second))
    ends = np.exp([middle, middle - half, middle + half])
    assert list(found[["ratio", "low", "high"]]) == pytest.approx(list(ends))


def test_it_covers_the_ratio_as_often_as_it_says() -> None:
    random, covered, trials = np.random.default_rng(0), 0, 600
    for _ in range(trials):
        theirs = list(0.02 * np.exp(random.normal(0, 0.05, 3)))
        ours = list(0.01 * np.exp(random.normal(0, 0.2, 5)))
        row = beside_printed(
            printed(trivial=theirs, compression=theirs, vae=theirs),
            latents(trivial=ours, compression=ours, vae_unbalanced=ours),
            margin=1.1,
            confidence=0.9,
        ).iloc[0]
        covered += row["low"] <= 2 <= row["high"]
    assert stats.binomtest(covered, trials, 0.9).pvalue > 0.01


def test_equal_errors_of_all_seeds_are_equivalent_and_one_seed_decides_nothing() -> None:
    same, one = [0.087, 0.087, 0.087], [0.087]
    found = beside_printed(
        printed(trivial=same, compression=one, vae=same),
        latents(trivial=same, compression=same, vae_unbalanced=[0.2, 0.2]),
        margin=1.1,
        confidence=0.95,
    )
    assert verdicts(found) == {
        "trivial": "equivalent",
        "compression": "inconclusive",
        "vae_unbalanced": "different",
    }
    assert found["low"].isna().tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("error", "margin", "confidence", "message"),
    [
        (0.1, 1.0, 0.95, "margin: expected a ratio above 1, received 1.0"),
        (0.1, 1.1, 1.0, "confidence: expected one in"),
        (0.0, 1.1, 0.95, "test_mse of vae_unbalanced: expected errors above 0"),
        (np.nan, 1.1, 0.95, "test_mse of vae_unbalanced: expected errors above 0"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    error: float, margin: float, confidence: float, message: str
) -> None:
    some = [0.1, 0.2]
    study = latents(trivial=some, compression=some, vae_unbalanced=[0.1, error])
    with pytest.raises(InputError, match=message):
        beside_printed(printed(trivial=some, compression=some, vae=some), study, margin, confidence)


def test_a_variant_that_was_removed_is_left_out() -> None:
    found = beside_printed(printed(trivial=[0.1]), latents(sparse=[0.1]), 1.1, 0.95)
    assert found.empty


def test_models_of_other_data_are_not_compared() -> None:
    found = beside_printed(printed(trivial=[0.1])[:0], latents(trivial=[0.1]), 1.1, 0.95)
    assert list(found) == ["variant", "printed", "study", "ratio", "low", "high", "verdict"]
    assert found.empty


@pytest.mark.parametrize("confidence", [-0.1, 0.0, 1.0, 1.1])
def test_an_impossible_confidence_is_refused(confidence: float) -> None:
    with pytest.raises(InputError, match="confidence: expected one in"):
        beside_printed(printed(trivial=[0.1]), latents(trivial=[0.1]), 1.1, confidence)


@pytest.mark.parametrize(
    ("theirs", "margin", "verdict"),
    [
        # Errors that are the same in all seeds have an interval without width.
        ([0.5, 0.5], 2.0, "equivalent"),
        ([0.125, 0.125], 2.0, "equivalent"),
        ([0.5, 0.5], 1.99, "different"),
        ([0.125, 0.125], 1.99, "different"),
        # 0.63 to 1.58 times, and more and less than that.
        ([0.25 * 0.93, 0.25 / 0.93], 2.0, "equivalent"),
        ([0.25 * 0.93, 0.25 / 0.93], 1.5, "inconclusive"),
        ([0.25 * 0.6, 0.25 * 0.7], 1.3, "inconclusive"),
        ([0.25 / 0.6, 0.25 / 0.7], 1.3, "inconclusive"),
        ([0.25 * 0.1, 0.25 * 0.11], 1.3, "different"),
        ([0.25 / 0.1, 0.25 / 0.11], 1.3, "different"),
    ],
)
def test_verdicts_on_both_sides_of_the_margin(
    theirs: list[float], margin: float, verdict: str
) -> None:
    ours = latents(trivial=[0.25, 0.25])
    found = beside_printed(printed(trivial=theirs), ours, margin, 0.9)
    assert found["verdict"].tolist() == [verdict]


def test_a_ratio_at_the_margin_is_equivalent_on_either_side() -> None:
    # The logarithms of these are whole multiples of one another, to the last bit.
    for theirs, ours in ((0.25, 0.5), (0.5, 0.25)):
        study = latents(trivial=[ours, ours])
        found = beside_printed(printed(trivial=[theirs, theirs]), study, 2.0, 0.9)
        assert found["verdict"].tolist() == ["equivalent"]
