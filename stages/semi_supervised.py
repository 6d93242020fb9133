"""DVC stage semi_supervised: models and few labels -> test accuracy of each regime."""

import pandas as pd
from tqdm import tqdm

from stages.autoencoders.runtime import configure
from stages.autoencoders.storage import folder_of_seed, load, load_weights
from stages.datasets.arrays import Images
from stages.evaluation.classifiers import Comparison, Labelled
from stages.files.command import Input, Name, Output, run
from stages.files.formats import read_arrays, write_table
from stages.settings import dataset
from stages.settings.section import read
from stages.settings.semi_supervised import SemiSupervised
from stages.settings.train import Seeds, Threads


def main(
    name: Name, params: Input, images: Input, labels: Input, models: Input, accuracies: Output
) -> None:
    """Train classifiers for every pretraining seed, label draw and regime.

    Args:
        name: of the variant.
        params: `params.yaml`; reads `threads`, `train.seeds`, `semi_supervised`
            and the data set's classes.
        images: npz of the data set.
        labels: npz with the labelled subsets.
        models: folder of the variant's models.
        accuracies: CSV, one row for each classifier.
    """
    settings = read(params, "semi_supervised", SemiSupervised)
    seeds = read(params, "train.seeds", Seeds)
    current = read(params, "dataset", dataset.Name)
    classes = read(params, f"datasets.{current}.classes", dataset.Classes)
    configure(read(params, "threads", Threads))
    data = Images(*read_arrays(images, *Images._fields))
    (subsets,) = read_arrays(labels, "indices")
    autoencoder = load(folder_of_seed(models, seeds[0]))
    test = Labelled(data.x_test, data.y_test)
    comparison = Comparison(autoencoder.encoder, len(classes), settings, test)
    draws = [Labelled(data.x_train[subset], data.y_train[subset]) for subset in subsets]
    rows = []
    total = len(seeds) * len(settings.regimes) * len(draws)
    with tqdm(total=total, desc=name, unit="classifier") as bar:
        for seed in seeds:
            load_weights(autoencoder, folder_of_seed(models, seed))
            pretrained = autoencoder.encoder.get_weights()
            for result in comparison.run(pretrained, draws, seed):
                rows.append(
                    {
                        "variant": name,
                        "regime": result.regime,
                        "label_fraction": settings.label_fraction,
                        "model_seed": seed,
                        "label_draw": result.draw,
                        "test_accuracy": result.test_accuracy,
                    }
                )
                bar.set_postfix(regime=result.regime, accuracy=f"{result.test_accuracy:.3f}")
                bar.update()
    write_table(accuracies, pd.DataFrame(rows))


if __name__ == "__main__":
    run(main)
