"""DVC stage label_curve: models and ever more labels -> test accuracy of each regime."""

import numpy as np
import pandas as pd
from tqdm import tqdm

from stages.core import quiet_tensorflow  # noqa: F401
from stages.core.cli import Input, Name, Output, run
from stages.core.formats import read_arrays, write_table
from stages.core.images import Images
from stages.core.params import Device, Seeds, Threads, read
from stages.few_labels.comparison import Comparison, Labels
from stages.few_labels.measurement import measure
from stages.few_labels.regimes import updates_of
from stages.few_labels.schema import Fitting, Rates, Regimes, Shares, Tuning
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
) -> None:
    """Compare the regimes at several numbers of labels, each tuned by itself.

    Args:
        params: `params.yaml`; reads `threads`, `device`, `train.seeds`, how `semi_supervised` fits,
            and `regimes`, `seeds`, `tuning_draws`, `min_updates` and `max_updates` of
            `label_curve`.
        images: npz of the data set.
        labels: npz with the labelled subsets of each size.
        models: folder of the variant's models.
        tuning: CSV, one row for each setting that was tried.
        accuracies: CSV, one row for each classifier that was tested.
    """
    # One by one, since the number of labels and of draws there are no concern of this stage.
    settings = Fitting(
        epochs=read(params, "semi_supervised.epochs", int),
        batch_size=read(params, "semi_supervised.batch_size", int),
        neighbours=read(params, "semi_supervised.neighbours", int),
        components=read(params, "semi_supervised.components", int),
        tuning=Tuning(
            inverse_regularizations=read(
                params, "semi_supervised.tuning.inverse_regularizations", tuple[float, ...]
            ),
            learning_rates=read(params, "semi_supervised.tuning.learning_rates", Rates),
            epoch_shares=read(params, "semi_supervised.tuning.epoch_shares", Shares),
            seeds=read(params, "semi_supervised.tuning.seeds", int),
            draws=read(params, "label_curve.tuning_draws", int),
        ),
    )
    regimes = read(params, "label_curve.regimes", Regimes)
    minimum = read(params, "label_curve.min_updates", int)
    maximum = read(params, "label_curve.max_updates", int)
    seeds = read(params, "train.seeds", Seeds)[: read(params, "label_curve.seeds", int)]
    configure(read(params, "threads", Threads), read(params, "device", Device))
    data = Images(*read_arrays(images, *Images._fields))
    classes = int(np.max(data.y_train)) + 1
    (sizes,) = read_arrays(labels, "sizes")
    comparison = Comparison(name, load_encoders(models, seeds), data, classes, settings, regimes)
    tunings, tests = [], []
    with tqdm(desc=name, unit="classifier") as bar:
        for size in map(int, sizes):

            def report(doing: str, size: int = size) -> None:
                bar.set_postfix_str(f"{size} labels, {doing}", refresh=False)
                bar.update()

            train, validation = read_arrays(labels, f"train_{size}", f"validation_{size}")
            updates = int(np.clip(updates_of(settings, size), minimum, maximum))
            measured = measure(
                name,
                comparison,
                size / len(data.y_train),
                Labels(train, validation, updates),
                report,
            )
            tunings.append(measured.tuning)
            tests.append(measured.accuracies.assign(labels=size))
    write_table(tuning, pd.concat(tunings))
    write_table(accuracies, pd.concat(tests))


if __name__ == "__main__":
    run(main)
