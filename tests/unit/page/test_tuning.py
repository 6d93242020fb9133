"""Choices at an edge of what was tried."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages.few_labels.regimes import RECIPES, AdamSetting, ProbeSetting, Setting, is_at_edge
from stages.page import sentences, tables, tuning
from stages.page.study import Study
from stages.page.tuning import Reach, distinct, reach


def test_a_small_rate_with_updates_inside_the_range_hides_nothing_better() -> None:
    columns = ["learning_rate", "updates", "chosen", "at_edge"]
    rows = [
        (0.1, 90, True, True),  # the smallest rate and the fewest updates
        (0.1, 180, True, True),  # slow
        (0.1, 200, True, True),  # slow
        (0.1, 300, True, True),  # slow
        (0.1, 360, True, True),  # the most updates
        (1.0, 180, True, True),  # the largest rate
        (0.5, 180, True, False),
        (0.1, 180, False, False),
        (None, None, True, True),  # a probe's C
    ]
    table = pd.DataFrame(rows, columns=columns).assign(
        variant="a", regime="scratch", inverse_regularization=np.nan
    )
    assert reach(table) == Reach(choices=8, at_edge=6, clear=7, slow=3, beyond=4)


@pytest.mark.parametrize(
    ("column", "values", "at_edge"),
    [
        ("inverse_regularization", (0.1, 1.0, 10.0), (True, False, True)),
        ("learning_rate", (0.1, 1.0, 10.0), (True, False, True)),
        ("updates", (90, 180, 360), (False, False, True)),
        ("updates", (90, 90, 90), (False, False, False)),
    ],
)
def test_an_edge_is_what_the_same_regime_tried(
    column: str, values: tuple[float, ...], at_edge: tuple[bool, ...]
) -> None:
    empty = dict.fromkeys(("inverse_regularization", "learning_rate", "updates"), np.nan)
    for chosen, expected in zip(values, at_edge, strict=True):
        rows = [
            {**empty, "variant": "a", "regime": regime, column: value, "chosen": is_chosen}
            for regime, value, is_chosen in (
                *(("scratch", value, value == chosen) for value in dict.fromkeys(values)),
                ("another", 0.001, False),
                ("another", 1000, False),
            )
        ]
        assert reach(pd.DataFrame(rows).assign(at_edge=False)).at_edge == expected


@pytest.mark.parametrize(
    "tried",
    [
        [ProbeSetting(c) for c in (0.1, 1.0, 10.0)],
        [AdamSetting(rate, count) for rate, count in product((0.3, 0.1, 0.2), (20, 10, 30))],
        [AdamSetting(rate, 10) for rate in (0.1, 0.2)],
        [AdamSetting(0.1, count) for count in (10, 20)],
    ],
)
def test_an_edge_on_the_page_is_an_edge_where_it_was_tuned(tried: list[Setting]) -> None:
    empty = dict.fromkeys(("inverse_regularization", "learning_rate", "updates"), np.nan)
    for chosen in tried:
        rows = [{**empty, **setting._asdict(), "chosen": setting == chosen} for setting in tried]
        table = pd.DataFrame(rows).assign(variant="a", regime="scratch", at_edge=False)
        assert reach(table).at_edge == is_at_edge(chosen, tried)


def test_equal_runs_and_settings_that_change_nothing_are_not_counted_twice() -> None:
    rows = [
        (name, "scratch", updates, accuracy)
        for name, accuracies in (("a", (0.7, 0.8)), ("b", (0.7, 0.8)), ("c", (0.7, 0.7)))
        for updates, accuracy in zip((90, 180), accuracies, strict=True)
    ]
    # With pretraining, equal numbers are chance.
    rows += [(name, "finetuned", updates, updates / 360) for name in "ab" for updates in (90, 180)]
    table = pd.DataFrame(rows, columns=["variant", "regime", "updates", "validation_accuracy"])
    found = distinct(table)
    kept = found[["variant", "regime"]].drop_duplicates().to_numpy().tolist()
    assert kept == [["a", "scratch"], ["a", "finetuned"], ["b", "finetuned"]]
    assert len(found) == 6


def test_equal_runs_are_those_without_pretraining() -> None:
    assert {*tuning._FRESH} == {name for name, recipe in RECIPES.items() if not recipe.pretrained}


def test_where_only_graphs_are_made_nothing_was_tuned(tmp_path: Path) -> None:
    columns = "variant,regime,inverse_regularization,learning_rate,updates,validation_accuracy"
    (tmp_path / "tuning.csv").write_text(f"{columns},chosen,at_edge\n")
    given = Study(*[tmp_path] * 7)
    given.__dict__["params"] = {"semi_supervised": {"regimes": ["propagated"]}}
    assert given.reach == Reach(0, 0, 0, 0, 0)
    assert given.gains_of_most_updates == {}
    assert sentences.reach_of_tuning(given) == "Nothing was tuned."
    assert tables.chosen_settings(given) == []
