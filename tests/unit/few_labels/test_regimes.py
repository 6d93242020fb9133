"""What each regime starts from, what is tried for it, and when a better setting may lie beyond."""

from itertools import chain, product
from typing import Any, get_args

import numpy as np
import pytest

from stages.core.params import validate
from stages.few_labels.regimes import (
    RECIPES,
    AdamSetting,
    ProbeSetting,
    edge_is_better,
    grid,
    is_at_edge,
    updates_of,
)
from stages.few_labels.schema import Fitting, Regime

REGIMES: list[Regime] = list(get_args(Regime))
BY_METHOD: dict[str, list[Regime]] = {
    "probe": ["frozen", "random"],
    "adam": ["finetuned", "finetuned_direct", "scratch"],
    "graph": ["propagated", "propagated_inductive"],
}


def settings(**tuning: Any) -> Fitting:
    return validate(
        {
            "epochs": 20,
            "batch_size": 16,
            "neighbours": 5,
            "components": 30,
            "tuning": {
                "inverse_regularizations": [1.0],
                "learning_rates": [0.1],
                "epoch_shares": [1.0],
                "draws": 2,
                "seeds": 1,
                **tuning,
            },
        },
        Fitting,
        "semi_supervised",
    )


def test_every_regime_has_one_method() -> None:
    assert sorted(chain(*BY_METHOD.values())) == sorted(RECIPES) == sorted(REGIMES)
    for method, regimes in BY_METHOD.items():
        assert {RECIPES[regime].method for regime in regimes} == {method}


@pytest.mark.parametrize(
    ("property_", "regimes"),
    [
        ("pretrained", set(REGIMES) - {"scratch", "random"}),
        ("from_probe", {"finetuned"}),
        ("sees_test_images", {"propagated"}),
    ],
)
def test_regimes_differ_in_what_their_names_say(property_: str, regimes: set[Regime]) -> None:
    assert {regime for regime in REGIMES if getattr(RECIPES[regime], property_)} == regimes


@pytest.mark.parametrize("regime", BY_METHOD["probe"])
def test_a_probe_tries_each_regularization_in_the_order_of_the_file(regime: Regime) -> None:
    tried = grid(regime, settings(inverse_regularizations=[10.0, 0.1, 1.0]), 100)
    assert tried == [ProbeSetting(10.0), ProbeSetting(0.1), ProbeSetting(1.0)]


@pytest.mark.parametrize("regime", BY_METHOD["adam"])
def test_adam_tries_each_rate_for_each_share_of_the_updates(regime: Regime) -> None:
    tuning = {"learning_rates": [0.5, 0.25, 0.125], "epoch_shares": [1.0, 0.26]}
    assert grid(regime, settings(**tuning), 10) == [
        AdamSetting(0.5, 10),
        AdamSetting(0.25, 10),
        AdamSetting(0.125, 10),
        AdamSetting(0.5, 3),  # the nearest whole number to 2.6
        AdamSetting(0.25, 3),
        AdamSetting(0.125, 3),
    ]


def test_the_smallest_share_is_one_update_at_least() -> None:
    tried = grid("scratch", settings(epoch_shares=[0.001, 0.1, 0.2]), 10)
    assert tried == [AdamSetting(0.1, 1), AdamSetting(0.1, 1), AdamSetting(0.1, 2)]


@pytest.mark.parametrize("regime", BY_METHOD["graph"])
def test_a_graph_has_nothing_to_choose(regime: Regime) -> None:
    assert grid(regime, settings(), 100) == []


@pytest.mark.parametrize(
    ("labels", "updates"), [(1, 20), (15, 20), (16, 20), (31, 20), (32, 40), (33, 40), (160, 200)]
)
def test_updates_are_epochs_times_full_batches_and_one_an_epoch_at_least(
    labels: int, updates: int
) -> None:
    assert updates_of(settings(), labels) == updates


def test_the_ends_of_what_was_tried_are_edges_and_the_fewest_updates_are_none() -> None:
    rates, updates = (0.2, 0.1, 0.4, 0.3), (20, 10, 15)
    tried = [AdamSetting(rate, count) for rate, count in product(rates, updates)]
    assert [setting for setting in tried if not is_at_edge(setting, tried)] == [
        AdamSetting(0.2, 10),
        AdamSetting(0.2, 15),
        AdamSetting(0.3, 10),
        AdamSetting(0.3, 15),
    ]
    probes = [ProbeSetting(c) for c in (1.0, 3.0, 2.0)]
    assert [is_at_edge(probe, probes) for probe in probes] == [True, True, False]


def test_what_was_not_varied_has_no_edge() -> None:
    assert not is_at_edge(ProbeSetting(1.0), [ProbeSetting(1.0)])
    same_rate = [AdamSetting(0.1, count) for count in (10, 20)]
    assert [is_at_edge(setting, same_rate) for setting in same_rate] == [False, True]
    same_updates = [AdamSetting(rate, 10) for rate in (0.1, 0.2, 0.3)]
    assert [is_at_edge(setting, same_updates) for setting in same_updates] == [True, False, True]


def test_in_two_runs_an_edge_is_better_where_it_beats_all_inside_in_both() -> None:
    # The standard error of a mean of a and b is |a - b| / 2, so that the mean is above it where
    # both numbers are above 0.
    random = np.random.default_rng(0)
    found = []
    for _ in range(400):
        values = random.permutation([1.0, 2.0, 3.0, 4.0])
        tried = [ProbeSetting(float(c)) for c in values]
        # The ends are better by a little, so that both answers are usual.
        runs = random.uniform(size=(2, 4)) + 0.3 * np.isin(values, [1, 4])
        best = runs.sum(axis=0).argmax()
        rivals = np.flatnonzero(np.isin(values, [2, 3]))
        beaten = all(runs[run, best] > runs[run, rival] for run in (0, 1) for rival in rivals)
        assert edge_is_better(tried, runs) == (values[best] in (1, 4) and beaten)
        found.append(bool(beaten))
    assert 100 < sum(found) < 300


def test_in_more_runs_the_standard_error_is_the_deviation_over_the_root_of_their_number() -> None:
    # Ahead by -4, -3, …, 4 and a shift: standard deviation sqrt(7.5) with 8 degrees of freedom,
    # standard error sqrt(7.5) / 3 = 0.9129.
    tried = [ProbeSetting(c) for c in (1.0, 2.0, 3.0)]
    inside = np.linspace(5, 6, 9)
    for ahead, is_better in ((0.912, False), (0.914, True)):
        runs = np.stack([np.zeros(9), inside, inside + np.arange(9) - 4 + ahead], axis=1)
        assert edge_is_better(tried, runs) is is_better


def test_an_edge_is_not_better_than_its_equal_inside() -> None:
    tried = [ProbeSetting(c) for c in (1.0, 2.0, 3.0)]
    assert not edge_is_better(tried, np.tile([0.75, 0.75, 0.5], (4, 1)))


def test_a_single_run_tells_where_its_best_setting_lies() -> None:
    tried = [ProbeSetting(c) for c in (1.0, 2.0, 3.0)]
    assert edge_is_better(tried, np.array([[0.5, 0.7, 0.7001]]))
    assert edge_is_better(tried, np.array([[0.8, 0.7, 0.6]]))
    assert not edge_is_better(tried, np.array([[0.5, 0.7, 0.6]]))


def test_of_two_settings_both_are_edges_and_of_one_setting_none_is() -> None:
    tried = [ProbeSetting(c) for c in (1.0, 2.0)]
    for runs in ([[0.5, 0.6]], [[0.5, 0.6], [0.7, 0.6], [0.5, 0.6]]):
        assert edge_is_better(tried, np.array(runs))
    for count in (1, 6):
        assert not edge_is_better(tried[:1], np.ones((count, 1)))
