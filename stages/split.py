"""DVC stage split: labels -> the validation part and the labelled subsets."""

import sys

import numpy as np

from stages.core.cli import Input, Output, run
from stages.core.formats import read_arrays, write_arrays, write_json
from stages.core.params import Fractions, read
from stages.datasets.schema import Split
from stages.datasets.subsets import draw_curve, draw_labelled, draw_validation


def main(
    params: Input,
    images: Input,
    validation: Output,
    labels: Output,
    label_curve: Output,
    sizes: Output,
) -> None:
    """Divide the training images once, for every variant alike.

    Args:
        params: `params.yaml`; reads `split`, `semi_supervised.label_fraction`,
            `semi_supervised.draws`, `label_curve.fractions` and `label_curve.draws`.
        images: npz of the data set.
        validation: npz with `indices` of the training images that validate.
        labels: npz with `train`, one row of indices for each draw of labelled training images, and
            `validation`, those of the labelled validation images.
        label_curve: npz with `sizes`, numbers of labels, and for each `train_<size>` and
            `validation_<size>`.
        sizes: flat JSON: how many images train, validate and are labelled.
    """
    split = read(params, "split", Split)
    fraction = read(params, "semi_supervised.label_fraction", float)
    draws = read(params, "semi_supervised.draws", int)
    fractions = read(params, "label_curve.fractions", Fractions)
    curve_draws = read(params, "label_curve.draws", int)
    (y_train,) = read_arrays(images, "y_train")
    held_out = draw_validation(len(y_train), split.validation_fraction, split.seed)
    labelled = draw_labelled(y_train, held_out, fraction, draws, split.seed)
    if labelled.raised:
        print(
            f"semi_supervised.label_fraction: {fraction} is less than one image of a class; "
            f"classes raised to one image: {labelled.raised}; labels in all: "
            f"{labelled.train.shape[1]}",
            file=sys.stderr,
        )
    write_arrays(validation, indices=held_out)
    write_arrays(labels, train=labelled.train, validation=labelled.validation)
    arrays = {}
    points = draw_curve(y_train, held_out, fractions, curve_draws, split.seed)
    for point in points:
        size = point.train.shape[1]
        arrays[f"train_{size}"] = point.train
        arrays[f"validation_{size}"] = point.validation
    write_arrays(label_curve, sizes=np.array([point.train.shape[1] for point in points]), **arrays)
    write_json(
        sizes,
        {
            "train_images": len(y_train) - len(held_out),
            "validation_images": len(held_out),
            "labelled_images": labelled.train.shape[1],
            "labelled_validation_images": len(labelled.validation),
            "classes_raised_to_one_label": labelled.raised,
            "label_draws": len(labelled.train),
        },
    )


if __name__ == "__main__":
    run(main)
