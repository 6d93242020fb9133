"""The pipeline on somebody's own data that are valid and degenerate."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
from bs4 import BeautifulSoup

from tests.support import change, reproduce
from tools.describe import describe


def test_images_that_all_occur_in_training_and_a_class_without_test_images(
    copied: Path, tmp_path: Path
) -> None:
    glyphs = np.random.default_rng(0).integers(0, 17, (10, 8, 8), np.uint8)
    y_train, y_test = np.arange(120) % 10, np.arange(45) % 9
    np.savez(
        tmp_path / "glyphs.npz",
        x_train=glyphs[y_train],
        y_train=y_train,
        x_test=glyphs[y_test],
        y_test=y_test,
    )
    block = describe("glyphs", tmp_path / "glyphs.npz")["glyphs"]
    change(copied / "params.yaml", ("datasets.glyphs", block), ("dataset", "glyphs"))
    reproduce(copied)
    metrics = copied / "reports" / "metrics"
    profile = json.loads((metrics / "dataset.json").read_text())
    assert profile["train_images_repeated"] == 110
    assert profile["test_images_repeated"] == 36
    assert profile["test_images_in_train"] == 45
    # A ratio to the distance of real images, which is 0, does not exist.
    samples = pd.read_csv(metrics / "samples.csv")
    assert samples["nearest_training_image"].isna().all()
    for table in metrics.rglob("*.csv"):
        assert not {"nan", "inf", "-inf"} & set(table.read_text().replace("\n", ",").split(","))
    page = BeautifulSoup((copied / "reports" / "report.html").read_text(), "html.parser")
    assert "45 test images repeat a training one" in page.get_text()
    assert not re.findall(r"\b(?:nan|inf)\b", page.get_text())
