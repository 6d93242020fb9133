"""What the stage `split` writes of what was drawn."""

import json
from pathlib import Path

import numpy as np

from stages import split
from stages.core.formats import read_arrays, write_arrays


def test_a_split_is_written_as_it_was_drawn(params_file: Path, tmp_path: Path) -> None:
    images, sizes_file = tmp_path / "images.npz", tmp_path / "sizes.json"
    write_arrays(images, y_train=np.repeat(np.arange(4, dtype=np.uint8), 100))
    made = {name: tmp_path / f"{name}.npz" for name in ("validation", "labels", "label_curve")}
    split.main(params_file, images, **made, sizes=sizes_file)
    (held_out,) = read_arrays(made["validation"], "indices")
    assert len(held_out) == 40
    train, validation = read_arrays(made["labels"], "train", "validation")
    assert train.shape == (10, 4)
    assert not np.intersect1d(train, held_out).size
    assert np.isin(validation, held_out).all()
    (sizes,) = read_arrays(made["label_curve"], "sizes")
    assert sizes.tolist() == [20, 360]
    for size, draws in ((20, 2), (360, 1)):
        names = f"train_{size}", f"validation_{size}"
        train, validation = read_arrays(made["label_curve"], *names)
        assert train.shape == (draws, size)
        assert not np.intersect1d(train, held_out).size
        assert np.isin(validation, held_out).all()
    assert json.loads(sizes_file.read_text()) == {
        "train_images": 360,
        "validation_images": 40,
        "labelled_images": 4,
        "labelled_validation_images": 4,
        "classes_raised_to_one_label": 0,
        "label_draws": 10,
    }
