"""DVC stage semi_supervised: models and few labels -> test accuracy of each regime."""

import numpy as np
from tqdm import tqdm

from stages.core import quiet_tensorflow  # noqa: F401
from stages.core.cli import Input, Name, Output, run
from stages.core.formats import read_arrays, write_arrays, write_table
from stages.core.images import Images
from stages.core.params import Device, Seeds, Threads, read
from stages.few_labels.comparison import Comparison, Labels
from stages.few_labels.measurement import measure
from stages.few_labels.regimes import updates_of
from stages.few_labels.schema import SemiSupervised
from stages.models.loading import load_encoders
from stages.models.runtime import configure


def main(
    name: Name,
    params: Input,
    images: Input,
    labels: Input,
    models: Input,
    tuning: Output,
    accuracies: Output,
    correct: Output,
) -> None:
    """Choose each regime's setting, then train and test for every pretraining seed and draw.

    Args:
        params: `params.yaml`; reads `threads`, `device`, `train.seeds` and `semi_supervised`.
        images: npz of the data set.
        labels: npz with the labelled subsets.
        models: folder of the variant's models.
        tuning: CSV, one row for each setting that was tried.
        accuracies: CSV, one row for each classifier that was tested.
        correct: npz, for each regime (seeds, draws, n_test / 8) bits in bytes: which test images
            a classifier is right about.
    """
    settings = read(params, "semi_supervised", SemiSupervised)
    seeds = read(params, "train.seeds", Seeds)
    configure(read(params, "threads", Threads), read(params, "device", Device))
    data = Images(*read_arrays(images, *Images._fields))
    classes = int(np.max(data.y_train)) + 1
    train, validation = read_arrays(labels, "train", "validation")
    if name not in settings.primary:
        train = train[: settings.exploratory_draws]
    comparison = Comparison(
        name, load_encoders(models, seeds), data, classes, settings, settings.regimes
    )
    given = Labels(train, validation, updates_of(settings, train.shape[1]))
    with tqdm(desc=name, unit="classifier") as bar:

        def report(doing: str) -> None:
            bar.set_postfix_str(doing, refresh=False)
            bar.update()

        measured = measure(name, comparison, settings.label_fraction, given, report)
    write_table(tuning, measured.tuning)
    write_table(accuracies, measured.accuracies)
    bits = {regime: np.packbits(rows, axis=-1) for regime, rows in measured.correct.items()}
    write_arrays(correct, **bits)


if __name__ == "__main__":
    run(main)
