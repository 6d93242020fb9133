"""DVC stage claims: metrics of all variants -> headline numbers and comparing figures."""

import pandas as pd

from stages.evaluation.summary import gather, summarize
from stages.figures.accuracy import accuracy_by_regime
from stages.figures.curves import learning_curves
from stages.figures.style import save
from stages.files.command import Input, Output, run
from stages.files.formats import write_json, write_table
from stages.files.leftovers import clear_leftovers
from stages.settings import dataset
from stages.settings.section import read


def main(
    params: Input,
    training: Input,
    latents: Input,
    semi_supervised: Input,
    leftovers: Output,
    summary: Output,
    learning_curves_table: Output,
    accuracy_table: Output,
    learning_curves_figure: Output,
    accuracy_figure: Output,
) -> None:
    """Gather what every variant measured.

    Args:
        params: `params.yaml`; reads `variants` and the data set's height and width.
        training: folder of learning curves.
        latents: folder of reconstruction errors.
        semi_supervised: folder of accuracies.
        leftovers: folder that takes the tables of removed variants.
        summary: flat JSON of headline numbers.
        learning_curves_table: CSV of all learning curves.
        accuracy_table: CSV of all accuracies.
        learning_curves_figure: PNG.
        accuracy_figure: PNG.
    """
    # Sorted, since for DVC the order of the blocks is no change.
    variants = sorted(read(params, "variants", dict[dataset.Name, dict[str, object]]))
    current = read(params, "dataset", dataset.Name)
    pixels = read(params, f"datasets.{current}.height", int) * read(
        params, f"datasets.{current}.width", int
    )
    tables: list[pd.DataFrame] = []
    for folder in (training, latents, semi_supervised):
        clear_leftovers(folder, variants, leftovers)
        tables.append(gather(folder, variants))
    curves, errors, accuracies = tables
    write_json(summary, summarize(errors, accuracies))
    write_table(learning_curves_table, curves)
    write_table(accuracy_table, accuracies)
    save(learning_curves(curves, variants, pixels), learning_curves_figure)
    save(accuracy_by_regime(accuracies, variants), accuracy_figure)


if __name__ == "__main__":
    run(main)
