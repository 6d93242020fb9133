"""DVC stage semi_supervised: models and few labels -> test accuracy of each regime."""

from tqdm import tqdm

from stages.core import quiet_tensorflow  # noqa: F401
from stages.core.cli import Input, Name, Output, run
from stages.core.formats import read_arrays, write_table
from stages.core.names import Classes
from stages.core.names import Name as DatasetName
from stages.core.params import Device, Seeds, Threads, read
from stages.few_labels.measurement import labelled, load_subject, measure
from stages.few_labels.regimes import updates_of
from stages.few_labels.schema import SemiSupervised
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
    """Choose each regime's setting, then train and test for every pretraining seed and draw.

    Args:
        params: `params.yaml`; reads `threads`, `device`, `train.seeds`, `semi_supervised`
            and the data set's classes.
        images: npz of the data set.
        labels: npz with the labelled subsets.
        models: folder of the variant's models.
        tuning: CSV, one row for each setting that was tried.
        accuracies: CSV, one row for each classifier that was tested.
    """
    settings = read(params, "semi_supervised", SemiSupervised)
    seeds = read(params, "train.seeds", Seeds)
    current = read(params, "dataset", DatasetName)
    classes = read(params, f"datasets.{current}.classes", Classes)
    configure(read(params, "threads", Threads), read(params, "device", Device))
    train, validation = read_arrays(labels, "train", "validation")
    subject = load_subject(name, images, models, seeds, len(classes), settings, settings.regimes)
    updates = updates_of(settings, train.shape[1])
    point = labelled(subject.data, train, validation, updates)
    with tqdm(desc=name, unit="classifier") as bar:

        def report(doing: str) -> None:
            bar.set_postfix_str(doing, refresh=False)
            bar.update()

        tables = measure(subject, settings.label_fraction, point, report)
    write_table(tuning, tables.tuning)
    write_table(accuracies, tables.accuracies)


if __name__ == "__main__":
    run(main)
