"""DVC stage baselines: images and labels -> the same tables for pixels and principal components."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from stages.codes.quality import code_quality
from stages.codes.schema import Quality
from stages.core.cli import Input, Output, run
from stages.core.formats import read_arrays, write_json, write_table
from stages.core.images import Images
from stages.core.params import read
from stages.few_labels import baselines as classifiers
from stages.few_labels.baselines import Features, fit_pca, pca_mean_squared_error, pixels
from stages.few_labels.schema import Baselines


class Labels(NamedTuple):
    """Indices of labelled training images.

    Attributes:
        purpose: the `few` labels that encoders are compared with, or the `most` of the label curve.
        train: (draws, n) to learn from.
        validation: (m,) to choose settings by.
    """

    purpose: str
    train: NDArray[np.int64]
    validation: NDArray[np.int64]


def main(
    params: Input,
    images: Input,
    validation: Input,
    labels: Input,
    label_curve: Input,
    tuning: Output,
    accuracies: Output,
    quality: Output,
) -> None:
    """Classify pixels and principal components with the same labels as the encoders.

    Args:
        params: `params.yaml`; reads `baselines`, `semi_supervised.tuning.draws`, and `seed` and
            `quality` of `extract_latents`.
        images: npz of the data set.
        validation: npz with the indices of the validation part.
        labels: npz with the labelled subsets.
        label_curve: npz with the labelled subsets of each size; the largest gives the ceiling.
        tuning: CSV, one row for each setting that was tried.
        accuracies: CSV, one row for each classifier that was tested.
        quality: flat JSON, pixels measured as codes are, and reconstruction errors of PCA.
    """
    settings = read(params, "baselines", Baselines)
    seed = read(params, "extract_latents.seed", int)
    measured = read(params, "extract_latents.quality", Quality)
    tuning_draws = read(params, "semi_supervised.tuning.draws", int)
    data = Images(*read_arrays(images, *Images._fields))
    (held_out,) = read_arrays(validation, "indices")
    subsets, chosen_by = read_arrays(labels, "train", "validation")
    (sizes,) = read_arrays(label_curve, "sizes")
    most, most_chosen_by = read_arrays(
        label_curve, f"train_{max(sizes)}", f"validation_{max(sizes)}"
    )
    flat = pixels(data.x_train, data.x_test)
    logistic, knn = classifiers.methods(settings)
    few = Labels("few", subsets, chosen_by)
    ceiling = Labels("most", most, most_chosen_by)
    cases = [("pixels", flat, method, few) for method in (logistic, knn)]
    cases.append(("pixels", flat, logistic, ceiling))
    numbers = {
        f"pixels.{key}": value
        for key, value in code_quality(
            flat.train, data.y_train, flat.test, data.y_test, measured, seed
        )
        ._asdict()
        .items()
    }
    for width in settings.components:
        if width >= min(flat.train.shape):
            continue  # as many components as pixels are the pixels again
        pca = fit_pca(np.delete(flat.train, held_out, axis=0), width)
        numbers[f"pca_{width}.test_mse"] = pca_mean_squared_error(pca, flat.test)
        projected = Features(*(pca.transform(part).astype(np.float32) for part in flat))
        cases.append((f"pca_{width}", projected, logistic, few))
    trials, rows = [], []
    for name, features, method, (purpose, draws, choosing) in tqdm(cases, unit="classifier"):
        some = draws[:tuning_draws]
        tried = classifiers.tune(method, features, data.y_train, some, choosing)
        common = {
            "features": name,
            "classifier": method.name,
            "purpose": purpose,
            "labels": draws.shape[1],
        }
        trials += [
            {**common, "validation_labels": len(choosing), **trial._asdict()} for trial in tried
        ]
        value = next(trial.value for trial in tried if trial.chosen)
        tested = classifiers.test(method, value, features, data.y_train, data.y_test, draws)
        rows += [
            {**common, "label_draw": draw, "test_accuracy": accuracy}
            for draw, accuracy in enumerate(tested)
        ]
    write_table(tuning, pd.DataFrame(trials))
    write_table(accuracies, pd.DataFrame(rows))
    write_json(quality, numbers)


if __name__ == "__main__":
    run(main)
