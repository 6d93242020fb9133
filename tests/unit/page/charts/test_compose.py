"""Which of a study's images and numbers its charts show."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from stages.page.charts import compose
from stages.page.charts.pictures import Row, Tiles
from tests.unit.page.invented_study import study, variants


def tiles(kind: str, name: str) -> Tiles:
    """Four rows of ten images, whose pixels are three digits: kind, variant and row."""
    number = 100 * ["reconstructions", "samples"].index(kind) + 10 * ["a", "b"].index(name)
    rows = (number + np.arange(4, dtype=np.uint8))[:, None, None, None]
    return np.tile(rows, (1, 10, 2, 3)).astype(np.uint8)


def test_the_overview_shows_reconstructions_samples_from_the_prior_and_the_numbers_of_each_variant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn: list[Row] = []

    def picture_grid(rows: Sequence[Row], headings: Sequence[str], *_: Any) -> Figure:
        assert headings == ("Reconstructions", "From N(0, I)")
        drawn.extend(rows)
        return Figure()

    monkeypatch.setattr(compose, "picture_grid", picture_grid)
    scores = {
        name: {
            kind: {"coverage": coverage + step}
            for kind, step in (("normal", 0.0), ("gaussian", 0.125), ("reconstructions", 0.25))
        }
        for name, coverage in (("a", 0.25), ("b", 0.5))
    }
    given = study(
        params={
            "variants": variants(a={}, b={}),
            "semi_supervised": {"regimes": ["frozen", "finetuned"]},
            "dataset": "x",
            "datasets": {"x": {"height": 2, "width": 3}},
        },
        tiles=tiles,
        means={"a": {"test_mse": 0.0125}, "b": {"test_mse": 0.025}},
        summary={
            "a.frozen.test_accuracy": 0.5,
            "a.finetuned.test_accuracy": 0.625,
            "b.frozen.test_accuracy": 0.75,
            "b.finetuned.test_accuracy": 0.875,
        },
        scores=scores,
    )
    compose.overview(given, ["b", "unknown", "a"], 4)
    shown = [
        (row.name, [np.unique(group).tolist() for group in row.groups], tuple(row.words))
        for row in drawn
    ]
    assert shown == [
        ("test images", [[0], []], ()),
        ("b", [[11], [110]], ("0.0250", "87.5%", "50.0%")),
        ("a", [[1], [100]], ("0.0125", "62.5%", "25.0%")),
    ]
    assert [row.variant for row in drawn] == [False, True, True]
