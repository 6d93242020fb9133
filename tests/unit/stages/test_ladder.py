"""What the stage `ladder` makes controls of, and what it compares them with."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from stages import ladder
from stages.samples.generation import halves
from stages.samples.schema import Sampling
from tests.unit.stages.stand_ins import (
    FIRST_TEST,
    KEPT,
    NO_NETWORK,
    Floats,
    Scoring,
    numbers,
    replace,
)


def test_controls_are_made_of_what_does_not_validate_and_scored_against_other_images(
    files: dict[str, Path],
    params: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    score, score_of_pixels = Scoring(), Scoring()

    def controls(
        others: Floats, x_train: Floats, y_train: NDArray[np.uint8], settings: Sampling
    ) -> Iterator[tuple[str, Floats]]:
        assert numbers(x_train) == KEPT.tolist()
        assert np.array_equal(y_train, KEPT % 10)
        yield "real", others

    def tell_pixels_apart(reference: Floats, images: Floats, settings: Sampling) -> float:
        return score_of_pixels(None, reference, images, settings).two_sample_accuracy

    replace(
        monkeypatch,
        ladder,
        controls=controls,
        score=score,
        tell_pixels_apart=tell_pixels_apart,
        feature_network=NO_NETWORK,
    )
    table = tmp_path / "ladder.csv"
    ladder.main(**files, classifier=tmp_path / "classifier.npz", ladder=table)
    parts = halves(40, Sampling(**params["sampling"]))
    both = (FIRST_TEST + parts.reference).tolist(), (FIRST_TEST + parts.others).tolist()
    assert score.compared == [both]
    assert score_of_pixels.compared == [both]
    (row,) = pd.read_csv(table).to_dict("records")
    assert (row["control"], row["images"], row["coverage"]) == ("real", 20, 1.25)
    assert row["two_sample_accuracy_of_pixels"] == 1.5
