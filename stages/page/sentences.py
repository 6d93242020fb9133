"""Sentences that depend on what was measured, beyond a number in them."""

from itertools import pairwise

import pandas as pd

from stages.page.names import listed, title
from stages.page.study import Study, records
from stages.page.tables import CONTROLS, sampler_names

_GAIN = "fine-tuned - from scratch"


def plural(count: int, word: str) -> str:
    """Write a number with its noun: `1 seed`, `5 seeds`."""
    return f"{count:,} {word}" + ("" if count == 1 else "s")


def numbers(values: list[str]) -> str:
    """Write numbers as in a sentence: `100, 400 and 600`."""
    return " and ".join(filter(None, [", ".join(values[:-1]), *values[-1:]]))


def no_better_than_the_mean_image(study: Study) -> str:
    """Say which variants reconstruct no better than the mean image."""
    mean = study.profile["mean_image_test_mse"]
    worse = [name for name in study.variants if study.means[name]["test_mse"] >= mean]
    if not worse:
        return "Every variant does better than that."
    verb = "does" if len(worse) == 1 else "do"
    return f"{_start(listed(worse))} {verb} no better than that."


def _start(text: str) -> str:
    return text[:1].upper() + text[1:]


def front(study: Study) -> str:
    """Say which variants nothing beats in both error and separation."""
    if len(study.front) == 1:
        return f"Only {listed(study.front)} is on the front: it is best on both axes."
    return (
        f"{len(study.front)} variants are on the front, which means that no other beats them on "
        f"both axes: {listed(study.front)}."
    )


def fine_tuning(study: Study) -> str:
    """Say for which variants fine-tuning is ahead of training from scratch."""
    rows = study.comparisons[study.comparisons["comparison"] == _GAIN]
    if rows.empty:
        return ""
    order = study.variants.index
    ahead = sorted(rows.loc[rows["low"] > 0, "variant"], key=order)
    behind = sorted(rows.loc[rows["high"] < 0, "variant"], key=order)
    return (
        f"Fine-tuning is ahead of training from scratch for {len(ahead)} of {len(rows)} variants "
        f"({listed(ahead) or 'none'}) and behind for {len(behind)} ({listed(behind) or 'none'}), "
        "by intervals that leave out 0 and are not corrected for the number of tests."
    )


def same_layers(study: Study) -> str:
    """Say how the choice of settings moves training from scratch, where layers are the same."""
    chosen = study.tuning[study.tuning["chosen"] & (study.tuning["regime"] == "scratch")]
    updates = chosen.set_index("variant")["updates"]
    said = []
    for name in study.with_all_draws:
        alike = [
            other
            for other in study.variants
            if study.architecture(other) == study.architecture(name) and other in updates.index
        ]
        if name not in alike or len(set(updates[alike])) < 2:
            continue
        reached = [study.summary[f"{other}.scratch.test_accuracy"] for other in alike]
        said.append(
            f"How far ahead depends on the setting that tuning chose for training from scratch. "
            f"{_start(listed(alike))} have the same layers; from other fresh weights, tuning "
            f"chose {updates[alike].min():g} to {updates[alike].max():g} updates, which reach "
            f"{min(reached):.3f} to {max(reached):.3f}. {_start(title(name))} reaches "
            f"{study.summary[f'{name}.finetuned.test_accuracy']:.3f} fine-tuned and "
            f"{study.summary[f'{name}.scratch.test_accuracy']:.3f} from scratch, with "
            f"{updates[name]:g} updates."
        )
    return " ".join(said)


def along_label_curve(study: Study) -> str:
    """Say at which numbers of labels pretraining is clearly ahead."""
    said = []
    table = study.label_curve_comparisons
    for name in dict.fromkeys(table["variant"]):
        rows = table[(table["variant"] == name) & (table["comparison"] == _GAIN)]
        if rows.empty:
            continue
        ahead = rows[rows["low"] > 0]
        gains = [
            f"{row['labels']:,} ({100 * row['difference']:+.1f} points)" for row in records(ahead)
        ]
        if gains:
            said.append(
                f"Pretraining as {title(name)} is clearly ahead at {len(gains)} of {len(rows)} "
                f"label counts: {numbers(gains)}."
            )
        else:
            said.append(
                f"Pretraining as {title(name)} is clearly ahead at none of {len(rows)} label "
                "counts."
            )
    return " ".join(said)


def ties_on_the_ladder(study: Study) -> str:
    """Say which neighbours on the ladder of controls cannot be told apart."""
    shown = {row["control"]: row for row in records(study.ladder)}
    rungs = [shown[name] for name in ("real", "pca", "pca_mixture", "blurred", "pca_gaussian")]
    ties = []
    for column, words in {"coverage": "coverage", "two_sample_accuracy": "telling apart"}.items():
        for one, other in pairwise(rungs):
            # Variance of a difference of two shares of so many images.
            variance = sum(row[column] * (1 - row[column]) / row["images"] for row in (one, other))
            if abs(one[column] - other[column]) < 2 * variance**0.5:
                ties.append(
                    f"{CONTROLS[one['control']]} and {CONTROLS[other['control']]} by {words}"
                )
    if not ties:
        return "No two neighbours of the first five rows lie within two standard errors."
    return (
        f"Within two standard errors of each other are {'; '.join(ties)}: there, a verdict rests "
        "on the other measure."
    )


def hardest_to_tell(study: Study) -> str:
    """Say whose samples are hardest to tell from real images, and what no network does better."""
    names = sampler_names(study)
    told = {
        sampler: {
            name: study.scores[name][sampler]["two_sample_accuracy"] for name in study.variants
        }
        for sampler in ("normal", "gaussian", "mixture")
    }
    best = [
        f"from {_article(names[sampler])}, those of "
        f"**{title(min(scores, key=scores.__getitem__))}** ({min(scores.values()):.3f})"
        for sampler, scores in told.items()
    ]
    (floor,) = study.ladder.loc[study.ladder["control"] == "pca_mixture", "two_sample_accuracy"]
    ahead = {
        sampler: [name for name, accuracy in scores.items() if accuracy < floor]
        for sampler, scores in told.items()
    }
    harder = [
        f"from {_article(names[key])}, those of {_some(found, study)}"
        for key, found in ahead.items()
        if found
    ]
    return (
        f"Hardest to tell from real images, by their means, are: {'; '.join(best)}. Principal "
        "components with a mixture of Gaussians, without any network, are told with an accuracy of "
        f"{floor:.3f}. Harder than that are: {'; '.join(harder) or 'none'}."
    )


def _some(names: list[str], study: Study) -> str:
    few = len(names) <= 4
    return listed(names) if few else f"{len(names)} of {len(study.variants)} variants"


def _article(sampler: str) -> str:
    return sampler if sampler.startswith("N(") else f"a {sampler}"


def linear_check(study: Study) -> str:
    """Say how near linear autoencoders come to the principal components."""
    said = []
    if "largest_principal_angle" not in study.latents:
        return ""
    for name in study.variants:
        rows = study.latents[study.latents["variant"] == name]
        angles = rows["largest_principal_angle"].dropna()
        key = f"pca_{study.width(name)}.test_mse"
        if angles.empty or key not in study.pixels:
            continue
        said.append(
            "Theory takes a linear autoencoder to the principal components (Baldi and Hornik "
            f"1989): the error of **{title(name)}** is "
            f"{study.means[name]['test_mse'] / study.pixels[key]:.3f} times that of "
            f"{study.width(name)} components, and the largest angle by which a direction of its "
            f"decoder leaves their space is {angles.min():.1f}° to {angles.max():.1f}°, by seed "
            "(0° in the limit)."
        )
    return " ".join(said)


def longer_training(study: Study) -> str:
    """Say what more epochs change."""
    if study.longer.empty:
        return ""
    ends = study.longer.groupby(["variant", "epochs"])[
        ["validation_mse", "validation_knn_accuracy"]
    ].mean()
    by_variant = ends.groupby(level="variant")
    ratio = by_variant.last()["validation_mse"] / by_variant.first()["validation_mse"]
    moved = 100 * (
        by_variant.last()["validation_knn_accuracy"] - by_variant.first()["validation_knn_accuracy"]
    )
    epochs = study.longer["epochs"]
    return (
        f"With {epochs.max()} epochs in place of {epochs.min()}, errors on validation images are "
        f"{_range(ratio, '.2f')} times as large ({listed(list(ratio.index))}), and nearest "
        f"neighbours on the codes change by {_range(moved, '+.1f')} points."
    )


def _range(values: "pd.Series[float]", form: str) -> str:
    """Write the smallest and the largest value, or the only one."""
    return " to ".join(dict.fromkeys(f"{value:{form}}" for value in (values.min(), values.max())))


def likelihood(study: Study) -> str:
    """Say how a published likelihood came out when it was measured again."""
    found = study.likelihood
    if found is None:
        return ""
    interval = ""
    if found["test_log_likelihood_low"] is not None:
        interval = (
            f"; {found['confidence']:.0%} interval over seeds "
            f"{found['test_log_likelihood_low']:.2f} to {found['test_log_likelihood_high']:.2f}"
        )
    conclusion = {
        "supported": "all of the interval lies within that error, too",
        "inconclusive": "the interval reaches both into the published error and out of it, which "
        "with so few seeds it nearly always would",
        "not supported": "all of the interval lies outside the published error",
    }[found["verdict"]]
    if not interval:
        conclusion = "one seed has no interval"
    return (
        f"{plural(found['seeds'], 'seed')} of a variational autoencoder as published in "
        f"{found['source']} give **{found['test_log_likelihood']:.2f}** nats on "
        f"average{interval}, {abs(found['difference']):.2f} nats "
        f"{'above' if found['difference'] > 0 else 'below'} the published "
        f"{found['published_log_likelihood']:.2f} ± {found['published_error']:.2f}; {conclusion}."
    )
