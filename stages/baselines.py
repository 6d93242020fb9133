"""DVC stage baselines: images and labels -> the same tables for pixels and principal components."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from stages.codes.quality import code_quality
from stages.codes.schema import Quality
from stages.core.cli import Input, Output, run
from stages.core.formats import read_arrays, write_arrays, write_json, write_table
from stages.core.images import Images
from stages.core.params import read
from stages.core.rng import rng_for
from stages.few_labels.baselines import (
    Classes,
    Features,
    Method,
    fit_pca,
    logistic,
    nearest_neighbours,
    pca_squared_errors,
    pixels,
    tune,
)
from stages.few_labels.propagation import Spread
from stages.few_labels.schema import Baselines
from stages.few_labels.self_training import self_training

Indices = NDArray[np.int64]


class Labels(NamedTuple):
    """Indices of labelled training images.

    Attributes:
        purpose: the `few` labels that encoders are compared with, these together with those that
            `tuning` has, or the `most` of the label curve.
        train: (draws, n) to learn from.
        validation: (m,) to choose settings by.
    """

    purpose: str
    train: Indices
    validation: Indices


def main(
    params: Input,
    images: Input,
    validation: Input,
    labels: Input,
    label_curve: Input,
    tuning: Output,
    accuracies: Output,
    quality: Output,
    per_image: Output,
) -> None:
    """Classify pixels and principal components with the same labels as the encoders.

    Args:
        params: `params.yaml`; reads `baselines`, of `semi_supervised` `neighbours`, `components`
            and two keys of `tuning`, and of `extract_latents` `seed`, `noise_stddev` and `quality`.
        images: npz of the data set.
        validation: npz with the indices of the validation part.
        labels: npz with the labelled subsets.
        label_curve: npz with the labelled subsets of each size, of which the largest is used.
        tuning: CSV, one row for each setting that was tried.
        accuracies: CSV, one row for each classifier that was tested.
        quality: flat JSON, pixels measured as codes are, and reconstruction errors of PCA.
        per_image: npz, as for encoders: squared errors of PCA, and as bits in bytes which test
            images a classifier is right about, draw by draw.
    """
    settings = read(params, "baselines", Baselines)
    neighbours = read(params, "semi_supervised.neighbours", int)
    components = read(params, "semi_supervised.components", int)
    inverse_regularizations = read(
        params, "semi_supervised.tuning.inverse_regularizations", tuple[float, ...]
    )
    tuning_draws = read(params, "semi_supervised.tuning.draws", int)
    seed = read(params, "extract_latents.seed", int)
    stddev = read(params, "extract_latents.noise_stddev", float)
    measured = read(params, "extract_latents.quality", Quality)
    data = Images(*read_arrays(images, *Images._fields))
    (held_out,) = read_arrays(validation, "indices")
    few = Labels("few", *read_arrays(labels, "train", "validation"))
    (sizes,) = read_arrays(label_curve, "sizes")
    most = Labels(
        "most", *read_arrays(label_curve, f"train_{max(sizes)}", f"validation_{max(sizes)}")
    )
    flat = pixels(data.x_train, data.x_test)
    found = code_quality(flat.train, data.y_train, flat.test, data.y_test, held_out, measured, seed)
    numbers = {f"pixels.{key}": value for key, value in found.summary().items()}
    arrays = {
        "pixels_knn": np.packbits(found.knn),
        "pixels_knn_2d": np.packbits(found.knn_2d),
        "pixels_probe": np.packbits(found.probe.correct),
    }
    noise = rng_for(seed, "noise").standard_normal(data.x_test.shape, np.float32)
    noisy = flat.test + np.float32(stddev) * noise.reshape(flat.test.shape)
    seen = {"pixels": flat}
    for width in settings.components:
        if width >= min(flat.train.shape):
            continue  # as many components as pixels are the pixels again
        pca = fit_pca(np.delete(flat.train, held_out, axis=0), width)
        errors = pca_squared_errors(pca, flat.test, flat.test)
        arrays[f"pca_{width}_squared_error"] = errors.astype(np.float32)
        numbers[f"pca_{width}.test_mse"] = float(np.mean(errors))
        numbers[f"pca_{width}.test_mse_from_noisy_input"] = float(
            np.mean(pca_squared_errors(pca, noisy, flat.test))
        )
        seen[f"pca_{width}"] = Features(*(pca.transform(part).astype(np.float32) for part in flat))
    classes = int(np.max(data.y_train)) + 1
    probe = logistic(inverse_regularizations, classes)
    trials: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    bar = tqdm(unit="classifier")

    def test(
        name: str, classifier: str, given: Labels, classify: Callable[[Indices], Classes]
    ) -> None:
        """Train on every draw and test once."""
        correct = []
        for number, draw in enumerate(given.train):
            correct.append(classify(draw) == data.y_test)
            rows.append(
                {
                    "features": name,
                    "classifier": classifier,
                    "purpose": given.purpose,
                    "labels": given.train.shape[1],
                    "label_draw": number,
                    "test_accuracy": float(np.mean(correct[-1])),
                }
            )
            bar.update()
        bits = np.packbits(np.stack(correct), axis=-1)
        arrays[f"{name}_{classifier}_{given.purpose}"] = bits

    def tuned(name: str, method: Method, given: Labels) -> float:
        """Choose a method's setting, test with it, and give it."""
        x = seen[name]
        found = tune(method, x, data.y_train, given.train[:tuning_draws], given.validation)
        common = {
            "features": name,
            "classifier": method.name,
            "purpose": given.purpose,
            "labels": given.train.shape[1],
            "validation_labels": len(given.validation),
        }
        trials.extend({**common, **trial._asdict()} for trial in found)
        value = next(trial.value for trial in found if trial.chosen)

        def classify(draw: Indices) -> Classes:
            return method.classify(value, x.train[draw], data.y_train[draw], x.test)

        test(name, method.name, given, classify)
        if method is probe and given is few:  # the labels that tuning spends can teach, too
            both = np.stack([np.union1d(draw, given.validation) for draw in given.train])
            test(name, method.name, Labels("few_and_tuning", both, given.validation), classify)
        return value

    chosen = {name: tuned(name, probe, few) for name in seen}
    tuned("pixels", nearest_neighbours(settings.neighbours), few)
    tuned("pixels", probe, most)
    for name in list(seen)[:2]:  # pixels, and as many components as the narrowest codes have
        for classifier, transductive in (("propagated", True), ("propagated_inductive", False)):
            spread = Spread(seen[name].train, seen[name].test, neighbours, components, transductive)

            def classify(draw: Indices, spread: Spread = spread) -> Classes:
                return spread.classes(draw, data.y_train[draw], classes)

            test(name, classifier, few, classify)
    name = list(seen)[min(1, len(seen) - 1)]  # on pixels it would take minutes for each draw

    def self_taught(draw: Indices) -> Classes:
        known = np.union1d(draw, held_out)
        return self_training(
            seen[name].train[draw],
            data.y_train[draw],
            np.delete(seen[name].train, known, axis=0),
            seen[name].test,
            chosen[name],
        )

    test(name, "self_training", few, self_taught)
    write_table(tuning, pd.DataFrame(trials))
    write_table(accuracies, pd.DataFrame(rows))
    write_json(quality, numbers)
    write_arrays(per_image, **arrays)


if __name__ == "__main__":
    run(main)
