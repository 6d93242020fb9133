"""What the stage `semi_supervised` compares, on which draws, and what it writes."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stages import semi_supervised
from stages.core.formats import read_arrays, write_arrays
from stages.few_labels.measurement import Measured
from tests.unit.stages.stand_ins import HELD_OUT, numbered_images, numbers, replace


@pytest.mark.parametrize(("name", "draws"), [("denoising", 10), ("sparse", 3)])
def test_primary_variants_meet_all_draws_and_the_others_the_first(
    name: str,
    draws: int,
    files: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Any] = []
    right = np.arange(32).reshape(1, 2, 16) % 3 == 0

    def measure(*given: Any) -> Measured:
        asked.append(given)
        return Measured(pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [2]}), {"frozen": right})

    replace(
        monkeypatch,
        semi_supervised,
        measure=measure,
        load_encoders=lambda *given: given,
        Comparison=lambda *given: given,
    )
    drawn = np.arange(10 * 200).reshape(10, 200)
    write_arrays(tmp_path / "labels.npz", train=drawn, validation=HELD_OUT)
    semi_supervised.main(
        name,
        files["params"],
        files["images"],
        labels=tmp_path / "labels.npz",
        models=tmp_path / "models",
        tuning=tmp_path / "tuning.csv",
        accuracies=tmp_path / "accuracies.csv",
        correct=tmp_path / "correct.npz",
    )
    ((said, comparison, fraction, labels, _),) = asked
    of, encoders, data, classes, _, regimes = comparison
    assert (said, of, fraction, classes) == (name, name, 0.01, 10)
    assert encoders == (tmp_path / "models", (3, 5, 8))
    assert numbers(data.x_test) == numbers(numbered_images().x_test)
    assert regimes == ("frozen", "scratch")
    assert np.array_equal(labels.train, drawn[:draws])
    assert np.array_equal(labels.validation, HELD_OUT)
    assert labels.updates == 80 * 3  # full batches of 64 among 200 labels
    assert [*pd.read_csv(tmp_path / "tuning.csv")] == ["a"]
    assert [*pd.read_csv(tmp_path / "accuracies.csv")] == ["b"]
    (bits,) = read_arrays(tmp_path / "correct.npz", "frozen")
    assert np.array_equal(np.unpackbits(bits, axis=-1), right)
