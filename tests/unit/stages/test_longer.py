"""What the stage `longer` trains on and measures with."""

from pathlib import Path

import pandas as pd
import pytest

from stages import longer
from tests.unit.stages.stand_ins import HELD_OUT, KEPT, Measuring, Pretraining, replace


def test_more_epochs_are_measured_beside_the_same_seeds_model_of_train(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretraining, measuring = Pretraining(), Measuring()

    def load(folder: Path) -> tuple[str, str]:
        return f"encoder in {folder.name}", f"decoder in {folder.name}"

    replace(monkeypatch, longer, pretrain=pretraining, measure=measuring, load=load)
    longer.main("sparse", **files, models=tmp_path, metrics=tmp_path / "longer.csv")
    assert (pretraining.train, pretraining.validation) == (KEPT.tolist(), HELD_OUT.tolist())
    assert (pretraining.settings.epochs, pretraining.settings.seeds) == (6, (3, 5))
    assert set(measuring.settings) == {(5, 999, 7)}
    table = pd.read_csv(tmp_path / "longer.csv")
    measured = [
        (row["model_seed"], row["epochs"], *measuring.models[row["live_units"] - 1])
        for row in table.to_dict("records")
    ]
    assert measured == [
        (3, 2, "encoder in seed_3", "decoder in seed_3"),
        (3, 6, "new encoder 3", "new decoder 3"),
        (5, 2, "encoder in seed_5", "decoder in seed_5"),
        (5, 6, "new encoder 5", "new decoder 5"),
    ]
