"""DVC stage split: labels -> the validation part and the labelled subsets."""

import sys

from stages.datasets.subsets import classes_raised_to_one, draw_labelled, draw_validation
from stages.files.command import Input, Output, run
from stages.files.formats import read_arrays, write_arrays, write_json
from stages.settings.section import read
from stages.settings.split import Split


def main(params: Input, images: Input, validation: Output, labels: Output, sizes: Output) -> None:
    """Divide the training images once, for every variant alike.

    Args:
        params: `params.yaml`; reads `split`, `semi_supervised.label_fraction` and
            `semi_supervised.draws`.
        images: npz of the data set.
        validation: npz with `indices` of the training images that validate.
        labels: npz with `indices`, one row for each draw, of the labelled training images.
        sizes: flat JSON: how many images train, validate and are labelled.
    """
    split = read(params, "split", Split)
    fraction = read(params, "semi_supervised.label_fraction", float)
    draws = read(params, "semi_supervised.draws", int)
    (y_train,) = read_arrays(images, "y_train")
    held_out = draw_validation(len(y_train), split.validation_fraction, split.seed)
    labelled = draw_labelled(y_train, held_out, fraction, draws, split.seed)
    raised = len(classes_raised_to_one(y_train, fraction))
    if raised:
        print(
            f"semi_supervised.label_fraction: {fraction} is less than one image of {raised} "
            f"classes; each is raised to one, {labelled.shape[1]} labels in all",
            file=sys.stderr,
        )
    write_arrays(validation, indices=held_out)
    write_arrays(labels, indices=labelled)
    write_json(
        sizes,
        {
            "train_images": len(y_train) - len(held_out),
            "validation_images": len(held_out),
            "labelled_images": labelled.shape[1],
            "classes_raised_to_one_label": raised,
            "label_draws": draws,
        },
    )


if __name__ == "__main__":
    run(main)
