"""DVC stage summarize: all models of all seeds -> one table, their means, a picture."""

import json
from typing import get_args

import numpy as np
import pandas as pd

from reference.tutorial_as_printed.schema import Model, ShownCodes
from reference.tutorial_as_printed.summary import COLUMNS, error_of_mean_image, summary_of
from stages.core.cli import Input, Output, run
from stages.core.formats import read_arrays, write_json, write_table
from stages.core.names import Name
from stages.core.params import Seeds, read
from stages.core.stale_outputs import clear_stale_outputs
from stages.figures.tiles import save_tiles


def main(
    params: Input,
    images: Input,
    measures: Input,
    decoded: Input,
    set_aside: Output,
    seeds: Output,
    summary: Output,
    figure: Output,
) -> None:
    """Gather what was measured of each model from each seed.

    Args:
        params: `params.yaml`; reads `dataset`, `seeds` and `shown_codes`.
        images: npz of the data set.
        measures: folder of one JSON for each model and seed.
        decoded: folder of one npz of decoded random codes for each model and seed.
        set_aside: folder that takes the files of removed seeds.
        seeds: CSV, a row for each model and seed.
        summary: flat JSON of means and deviations over seeds.
        figure: PNG of decoded random codes, a row for each model.
    """
    dataset = read(params, "dataset", Name)
    numbers = read(params, "seeds", Seeds)
    shown = read(params, "shown_codes", ShownCodes)
    runs = [f"{model}_{number}" for model in get_args(Model) for number in numbers]
    for folder in (measures, decoded):
        clear_stale_outputs(folder, runs, set_aside)
    table = pd.DataFrame(json.loads((measures / f"{name}.json").read_text()) for name in runs)
    write_table(seeds, table[list(COLUMNS)])

    x_train, x_test = read_arrays(images, "x_train", "x_test")
    of_mean_image = {"mean_image.test_mse": error_of_mean_image(x_train, x_test)}
    write_json(summary, {"dataset": dataset, **of_mean_image, **summary_of(table)})

    files = [decoded / f"{model}_{numbers[0]}.npz" for model in get_args(Model)]
    save_tiles(np.stack([read_arrays(file, "decoded")[0][:shown] for file in files]), figure)


if __name__ == "__main__":
    run(main)
