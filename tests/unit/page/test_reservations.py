"""What speaks against a finding stands beside it, and only where it does."""

from typing import Any

import pandas as pd
import pytest

from stages.page.reservations import reservations, same_layers
from tests.unit.page.invented_study import study, variants

NEIGHBOURS = "separates_better_than_pixels_by_neighbours.a"
PROBE = "separates_better_than_pixels_by_probe.a"


def by_probe(interval: Any, verdict: str = "supported") -> dict[str, str]:
    """Reservations against a finding by neighbours, of a probe with this interval."""
    measurement = {
        "quantity": "accuracy minus that on pixels",
        "unit": "share of test images",
        "measured": -0.04,
        "interval": interval,
    }
    probe = {"id": PROBE, "interval": interval, "measurements": [measurement]}
    return reservations(
        study(
            params={"variants": variants(a={"noise": {"stddev": 0.3}})},
            primary=[{"id": NEIGHBOURS, "verdict": verdict}],
            exploratory=[probe],
        )
    )


def test_a_probe_that_finds_the_class_worse() -> None:
    assert by_probe((-0.05, -0.03)) == {
        NEIGHBOURS: "Logistic regression on the code (a linear probe) finds it worse (-4.0 "
        "points, -5.0 to -3.0)."
    }
    assert by_probe((-0.05, 0.0)) == by_probe(None) == {}
    assert by_probe((-0.05, -0.03), "not supported") == {}
    alone = study(
        params={"variants": variants(a={})},
        primary=[{"id": NEIGHBOURS, "verdict": "supported"}],
        exploratory=[],
    )
    assert reservations(alone) == {}


@pytest.mark.parametrize(
    ("twin", "interval", "text"),
    [
        (
            "plain",
            (0.01, 0.02),
            "The same layers with the squared error alone are better for neighbours, too (plain",
        ),
        ("linear", (0.01, 0.02), "A linear code as wide is better for neighbours, too (linear"),
        ("plain", (0.0, 0.02), ""),
        ("noisy", (0.01, 0.02), ""),
        ("wide", (0.01, 0.02), ""),
    ],
)
def test_a_simpler_code_in_which_neighbours_find_the_class_too(
    twin: str, interval: tuple[float, float], text: str
) -> None:
    noise = {"noise": {"stddev": 0.3}}
    blocks = variants(a=noise, plain={}, noisy=noise, linear={}, wide={})
    for name, change in (
        *((name, {"hidden": [50]}) for name in ("a", "plain", "noisy")),
        ("wide", {"latent_dim": 31}),
    ):
        blocks[name]["architecture"] = blocks[name]["architecture"] | change
    measurement = {
        "quantity": "accuracy minus that on pixels",
        "unit": "share of test images",
        "measured": 0.015,
        "interval": interval,
    }
    given = study(
        params={"variants": blocks},
        primary=[{"id": NEIGHBOURS, "verdict": "supported"}],
        exploratory=[
            {
                "id": NEIGHBOURS.replace(".a", f".{twin}"),
                "interval": interval,
                "measurements": [measurement],
            }
        ],
    )
    said = f"{text}: +1.5 points, 1.0 to 2.0)."
    assert reservations(given) == ({NEIGHBOURS: said} if text else {})


@pytest.mark.parametrize(
    ("distance", "verdict", "said"),
    [
        (37.125, "supported", True),
        (33.875, "supported", False),
        (37.125, "not supported", False),
    ],
)
def test_a_frechet_distance_that_points_the_other_way(
    distance: float, verdict: str, said: bool
) -> None:
    given = study(
        params={"variants": variants(vae={"beta": 1.0})},
        primary=[{"id": "samples_well.vae", "verdict": verdict}],
        exploratory=[],
        scores={"vae": {"normal": {"frechet_classifier": distance}}},
        ladder=pd.DataFrame({"control": ["real", "blurred"], "frechet_classifier": [0.5, 33.875]}),
    )
    text = "By the Fréchet distance, which does not decide, it falls behind (37.1 against 33.9)."
    assert reservations(given) == ({"samples_well.vae": text} if said else {})


def test_the_same_layers_tuned_otherwise() -> None:
    # Gains of a over itself: 0.2 and 0.3; over c: 0.0 and 0.1.
    accuracy = [
        ("a", "scratch", (0.5, 0.5)),
        ("a", "finetuned", (0.7, 0.8)),
        ("b", "scratch", (0.6, 0.6)),
        ("c", "scratch", (0.7, 0.7)),
    ]
    given = study(
        params={
            "variants": variants(a={}, b={}, c={}),
            "semi_supervised": {"exploratory_draws": 1, "primary": ["a"]},
            "claims": {"confidence": 0.5},
        },
        sizes={"label_draws": 2},
        tuning=pd.DataFrame(
            {"variant": ["a", "b", "c"], "regime": "scratch", "updates": [90, 180, 720]}
        ).assign(chosen=True),
        accuracy=pd.DataFrame(
            [
                (name, regime, seed, accuracy)
                for name, regime, accuracies in accuracy
                for seed, accuracy in enumerate(accuracies)
            ],
            columns=["variant", "regime", "model_seed", "test_accuracy"],
        ).assign(label_draw=0),
        primary=[
            {"id": f"pretraining_helps.{name}", "verdict": "supported"} for name in ("a", "b")
        ],
        exploratory=[],
    )
    # Half of Student's t with one degree of freedom lies within 1 standard error, here 0.05.
    assert reservations(given) == {
        "pretraining_helps.a": "On the 1 draw that all share, the gain is +25.0 points (20.00 to "
        "30.00), and +5.0 points (0.00 to 10.00) against c's runs of the same layers from scratch, "
        "with other settings and weights."
    }


UNUSUAL = "unusual_inputs_use_more_units"


@pytest.mark.parametrize(
    ("interval", "own", "text"),
    [
        (
            (-0.2, -0.1),
            0.1,
            "With noise besides the penalty, the same difference is negative for b (-0.15, -0.20 "
            "to -0.10).",
        ),
        ((-0.2, 0.1), 0.1, None),
        (None, 0.1, None),
        (None, -0.25, "The code's own rank correlation is -0.25: not more, but less."),
    ],
)
def test_unusual_inputs_that_use_less_of_a_code(interval: Any, own: float, text: str) -> None:
    measurement = {"quantity": "rank correlation", "unit": "difference", "measured": -0.15}
    given = study(
        params={"variants": variants(b={"noise": {"stddev": 0.3}})},
        primary=[{"id": f"{UNUSUAL}.a", "verdict": "supported"}],
        exploratory=[
            {
                "id": f"{UNUSUAL}.b",
                "interval": interval,
                "measurements": [measurement | {"interval": interval}],
            }
        ],
        means={"a": {"unusual_inputs_correlation_at_equal_brightness": own}},
    )
    assert reservations(given) == ({f"{UNUSUAL}.a": text} if text else {})


def test_unusual_inputs_of_several_codes_go_either_way() -> None:
    ends = {"b": (-0.2, -0.1), "c": (0.1, 0.2), "d": (-0.1, 0.2)}
    entries = [
        {
            "id": f"{UNUSUAL}.{name}",
            "interval": interval,
            "measurements": [
                {"quantity": "", "unit": "difference", "measured": 0.5, "interval": interval}
            ],
        }
        for name, interval in ends.items()
    ]
    given = study(
        params={"variants": variants(b={"noise": {"stddev": 0.3}}, c={}, d={})},
        primary=[{"id": f"{UNUSUAL}.a", "verdict": "supported"}],
        exploratory=entries,
        means={"a": {"unusual_inputs_correlation_at_equal_brightness": 0.1}},
    )
    assert reservations(given) == {
        f"{UNUSUAL}.a": "The same difference is negative for b (0.50, -0.20 to -0.10) and positive "
        "for c (0.50, 0.10 to 0.20) and of either sign for d (0.50, -0.10 to 0.20)."
    }


@pytest.mark.parametrize(
    ("primary", "own", "others"),
    [("a", 0.5, "others 0.600 to 0.700"), ("c", 0.6, "others 0.500 to 0.700")],
)
def test_runs_from_scratch_that_are_the_same_are_said_once(
    primary: str, own: float, others: str
) -> None:
    accuracy = pd.DataFrame(
        [
            ("a", "scratch", 0.5),
            ("b", "scratch", 0.6),
            ("c", "scratch", 0.6),
            ("d", "scratch", 0.7),
            (primary, "finetuned", 0.75),
        ],
        columns=["variant", "regime", "test_accuracy"],
    )
    given = study(
        params={
            "variants": variants(a={}, b={}, c={}, d={}),
            "semi_supervised": {"exploratory_draws": 1, "primary": [primary]},
            "claims": {"confidence": 0.95},
        },
        sizes={"label_draws": 2},
        tuning=pd.DataFrame({"variant": [*"abcd"], "updates": [90, 180, 180, 360]}).assign(
            regime="scratch", chosen=True
        ),
        accuracy=accuracy.assign(label_draw=0, model_seed=0),
    )
    copy, alike = ("c", "a, b and d") if primary == "a" else ("b", "a, c and d")
    assert same_layers(given) == (
        f"From scratch, {alike} are the same network with other fresh weights ({copy} repeats one "
        "of these runs); yet tuning chose 90 to 360 updates, and on the draws that all share, "
        f"{primary} reaches {own:.3f}, the {others}."
    )


def test_the_programs_weight_of_the_kl_is_said() -> None:
    given = study(
        params={
            "variants": variants(a={"beta": "pixels_times_batch_size"}),
            "train": {"batch_size": 64},
            "dataset": "x",
            "datasets": {"x": {"height": 28, "width": 28}},
        },
        sizes={"train_images": 54_000},
        primary=[{"id": "samples_well.a", "verdict": "not supported"}],
        exploratory=[],
    )
    assert reservations(given) == {
        "samples_well.a": "Its loss weighs the KL 50,176 times, as the tutorial's does."
    }
