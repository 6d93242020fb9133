"""What the stage `classifier` trains on and tests with."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from stages import classifier
from stages.samples.schema import Classifier
from tests.unit.stages.stand_ins import FIRST_TEST, KEPT, Floats, numbers, replace


def test_the_feature_network_learns_from_what_does_not_validate_with_its_own_labels(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned: list[tuple[Floats, NDArray[np.uint8]]] = []

    def train(x: Floats, y: NDArray[np.uint8], settings: Classifier) -> None:
        learned.append((x, y))

    def classes(network: Any, x: Floats) -> NDArray[np.int64]:
        """Those of test images, and wrong ones of all others."""
        shown = np.array(numbers(x), np.int64)
        return shown % 10 + (shown < FIRST_TEST)

    network = SimpleNamespace(train=train, save=lambda *_: None, classes=classes)
    replace(monkeypatch, classifier, feature_network=network)
    metrics = tmp_path / "classifier.json"
    classifier.main(**files, classifier=tmp_path / "classifier.npz", metrics=metrics)
    ((x, y),) = learned
    assert numbers(x) == KEPT.tolist()
    assert np.array_equal(y, KEPT % 10)
    assert json.loads(metrics.read_text()) == {
        "classifier.validation_accuracy": 0,
        "classifier.test_accuracy": 1,
    }
