"""Sentences that depend on what was measured, beyond a number in them."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from stages.core.names import spoken
from stages.ledger.texts import REGIMES
from stages.page.names import listed, per_cent, plural, title, value_range
from stages.page.study import Study, records
from stages.page.tables import CONTROLS, sampler_names

_GAIN = "fine-tuned - from scratch"


def numbers(values: list[str]) -> str:
    """Write numbers as in a sentence: `100, 400 and 600`."""
    return " and ".join(filter(None, [", ".join(values[:-1]), *values[-1:]]))


def margins(study: Study) -> str:
    """Say which differences of accuracies count as none, in points."""
    claims = study.params["claims"]
    few, codes = (_points(claims[key]) for key in ("accuracy_margin", "separation_margin"))
    return few if few == codes else f"{few} (with few labels) or {codes} (on codes)"


def _points(share: float) -> str:
    return f"{100 * share:g} point{'' if share == 0.01 else 's'}"


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
    """Say which variants nothing beats in both error and separation; of one variant nothing."""
    if len(study.variants) == 1:
        return ""
    if len(study.front) == 1:
        return f"Only {listed(study.front)} is on the front: it is best on both axes."
    return (
        f"{len(study.front)} variants are on the front, where no other is as good on "
        f"both axes and better on one: {listed(study.front)}."
    )


def fine_tuning(study: Study) -> str:
    """Say for which variants fine-tuning is ahead of training from scratch."""
    compared = study.comparisons[study.comparisons["comparison"] == _GAIN]
    if compared.empty:
        return ""
    rows = compared.dropna(subset=["low", "high"])
    if rows.empty:
        return "There are too few runs for intervals of what fine-tuning gains."
    which = " with enough runs for an interval" if len(rows) < len(compared) else ""
    order = study.variants.index
    ahead = sorted(rows.loc[rows["low"] > 0, "variant"], key=order)
    behind = sorted(rows.loc[rows["high"] < 0, "variant"], key=order)
    margin = study.params["claims"]["accuracy_margin"]
    less = [n for n in ahead if (rows.loc[rows["variant"] == n, "high"] < margin).all()]
    small = f"; {listed(less)} by less than {_points(margin)}" if less else ""
    return (
        f"Fine-tuning is ahead of training from scratch for {len(ahead)} of "
        f"{plural(len(rows), 'variant')}{which} ({listed(ahead) or 'none'}{small}) and behind for "
        f"{len(behind)} ({listed(behind) or 'none'}), "
        "by intervals that are not corrected for the number of tests."
    )


def repeated_images(study: Study) -> str:
    """Say whether images occur more than once, within the parts of the data and between them."""
    words = {
        "train_images_repeated": ("training image repeats", "training images repeat", "earlier"),
        "test_images_repeated": ("test image repeats", "test images repeat", "earlier"),
        "test_images_in_train": ("test image repeats", "test images repeat", "training"),
    }
    found = [
        f"{plural(count, one, several)} {'an' if kind == 'earlier' else 'a'} {kind} one"
        for key, (one, several, kind) in words.items()
        if (count := int(study.profile[key]))
    ]
    if not found:
        return "No image occurs twice, within the two parts or between them."
    return f"{numbers(found)}: part of what is measured may be memorized."


def without_autoencoder(study: Study) -> str:
    """Say what logistic regression on pixels reaches with the labels that encoders get."""
    table = study.baselines
    rows = table[(table["features"] == "pixels") & (table["classifier"] == "logistic")]
    means = rows.groupby("purpose")["test_accuracy"].mean()
    if not {"few", "few_and_tuning"} <= set(means.index):
        return ""
    by_regime = study.accuracy.groupby(["variant", "regime"])["test_accuracy"].mean()
    encoders = [
        f"{title(name)} {REGIMES[study.main_regime].name} {mean:.3f}"
        for name in study.with_all_draws
        for mean in [by_regime[name, study.main_regime]]
    ]
    return (
        f"Without an autoencoder, logistic regression on pixels reaches {means['few']:.3f}, and "
        f"{means['few_and_tuning']:.3f} if it also learns from the labels that tuning uses"
        f"{'; ' if encoders else ''}{numbers(encoders)}."
    )


def along_label_curve(study: Study) -> str:
    """Say at which numbers of labels pretraining is ahead, by the whole interval."""
    said = []
    table = study.label_curve_comparisons
    for name in dict.fromkeys(table["variant"]):
        rows = table[(table["variant"] == name) & (table["comparison"] == _GAIN)]
        if rows.empty:
            continue
        if rows["low"].isna().all():
            said.append(f"For {title(name)} there are too few runs for an interval.")
            continue
        ahead = rows[rows["low"] > 0]
        gains = [
            f"{row['labels']:,} ({100 * row['difference']:+.1f} points)" for row in records(ahead)
        ]
        if gains:
            said.append(
                f"Pretraining as {title(name)} is ahead, by the whole interval, at {len(gains)} of "
                f"{plural(len(rows), 'label count')}: {numbers(gains)}."
            )
        else:
            said.append(
                f"Pretraining as {title(name)} is ahead, by the whole interval, at none of "
                f"{plural(len(rows), 'label count')}."
            )
    return " ".join(said)


def ties_on_the_ladder(study: Study) -> str:
    """Say which neighbours on the ladder of controls cannot be told apart."""
    shown = {row["control"]: row for row in records(study.ladder)}
    rungs = [shown[name] for name in ("real", "pca", "pca_mixture", "blurred", "pca_gaussian")]
    said = []
    measures = {"coverage": "Coverage", "two_sample_accuracy": "Telling apart"}
    separating = list(measures.values())
    for column, words in measures.items():
        ties = []
        for one, other in pairwise(rungs):
            # Their sum is the variance of a difference of two shares of so many images.
            first, second = (
                row[column] * (1 - row[column]) / row["images"] for row in (one, other)
            )
            if abs(one[column] - other[column]) <= 2 * (first + second) ** 0.5:
                ties.append(f"“{CONTROLS[one['control']]}” from “{CONTROLS[other['control']]}”")
                if one["control"] == "blurred":
                    separating.remove(words)
        if ties:
            said.append(f"{words.lower()} does not separate {' or '.join(ties)}")
    if said:
        said = [f"Between neighbours among the first five, {'; '.join(said)}."]
    if len(separating) == 1:
        said.append(
            f"Between blurred images and the Gaussian {separating[0].lower()} decides alone."
        )
    return " ".join(said) or "Both measures separate each of the first five from the next."


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
        f"of **{listed(_lowest(scores))}** {_from(names[sampler])} ({min(scores.values()):.3f})"
        for sampler, scores in told.items()
    ]
    hardest = f"Hardest to tell from real images, on average, are samples {numbers(best)}. "
    several = len(study.variants) > 1
    (mixture,) = (row for row in records(study.ladder) if row["control"] == "pca_mixture")
    floor = mixture["two_sample_accuracy"]
    noise = 2 * (2 * floor * (1 - floor) / mixture["images"]) ** 0.5
    ahead = {
        sampler: [name for name, accuracy in scores.items() if accuracy < floor - noise]
        for sampler, scores in told.items()
    }
    counts = [
        f"{_from(names[sampler])}, {_some(found, len(told[sampler]))}"
        for sampler, found in ahead.items()
    ]
    return (
        f"{hardest if several else ''}A mixture on principal components, without a network, is "
        f"told from {'them' if several else 'real images'} with {floor:.3f}. Harder to tell, "
        f"by more than two standard errors ({noise:.3f}), are, {'; '.join(counts)}."
    )


def beside_mixtures(study: Study) -> str:
    """Say how samples from N(0, I) compare with those of plain autoencoders from a mixture."""
    intervals = {
        str(entry["id"]): entry["interval"]
        for entry in study.exploratory
        if entry["id"].startswith("samples_better_than_mixture.") and entry["interval"]
    }
    if not intervals:
        return ""
    better = len([1 for _, high in intervals.values() if high < 0])
    worse = len([1 for low, _ in intervals.values() if low > 0])
    compared = " or ".join(dict.fromkeys(title(key.split(".")[1]) for key in intervals))
    return (
        f"Beside a plain autoencoder with a mixture, {compared} with N(0, I) is easier to tell in "
        f"{worse} of {plural(len(intervals), 'comparison')} and harder in {better}."
    )


def _lowest(scores: Mapping[str, float]) -> list[str]:
    """Find the lowest as they are written: what differs in the fourth decimal looks equal."""
    written = {name: f"{score:.3f}" for name, score in scores.items()}
    best = min(scores, key=lambda name: scores[name])
    return [name for name in scores if written[name] == written[best]]


def _highest(scores: Mapping[str, float]) -> list[str]:
    return _lowest({name: -score for name, score in scores.items()})


def _some(names: list[str], among: int) -> str:
    few = len(names) <= 3
    return (listed(names) or "none") if few else f"{len(names)} of {among}"


def _from(sampler: str) -> str:
    return f"with {sampler}" if sampler.startswith("N(") else f"with a {sampler}"


def linear_check(study: Study) -> str:
    """Say how near linear autoencoders come to the principal components."""
    said = []
    if "largest_principal_angle" not in study.latents:
        return ""
    for name in study.variants:
        rows = study.latents[study.latents["variant"] == name]
        angles = rows["largest_principal_angle"].dropna()
        key = f"pca_{study.width(name)}.test_mse"
        if angles.empty or not study.pixels.get(key):  # nothing is so many times as large as 0
            continue
        leaves = value_range(angles, ".1f")
        said.append(
            "Theory takes a linear autoencoder to the principal components (Baldi and Hornik "
            f"1989). After {plural(study.params['train']['epochs'], 'epoch')}, the error of "
            f"**{title(name)}** is {study.means[name]['test_mse'] / study.pixels[key]:.3f} times "
            f"that of {plural(study.width(name), 'component')}, and the space of its images is "
            f"still tilted from theirs by {leaves}°, at the largest angle"
            f"{' of each seed' if ' to ' in leaves else ''}."
        )
    return " ".join(said)


def stopping(study: Study) -> str:
    """Say whether it matters when training stops, where near perfection is asked for."""
    said = []
    limit = study.params["claims"]["near_perfect_mse"]
    for entry in study.primary:
        kind, _, name = str(entry["id"]).partition(".")
        if kind != "near_perfect_reconstruction":
            continue
        rows = study.learning_curves[study.learning_curves["variant"] == name]
        late = rows[rows["epoch"] > rows["epoch"].max() / 2]["validation_squared_error"]
        errors = late / study.pixels_of_image
        above = int((errors > limit).sum())
        if errors.min() < limit and above:
            said.append(
                f"The error jumps: of {plural(len(errors), 'validation error')} of {title(name)}, "
                f"one for each seed and epoch of the second half, {above} "
                f"{'is' if above == 1 else 'are'} above the limit of {limit:g}, up to "
                f"{errors.max():.2g}."
            )
    return " ".join(said)


def beaten_by_components(study: Study) -> str:
    """Say which variants reconstruct worse than as many principal components."""
    worse = [
        name
        for name in study.variants
        if study.means[name]["test_mse"]
        > study.pixels.get(f"pca_{study.width(name)}.test_mse", float("inf"))
    ]
    if not worse:
        return ""
    return f"PCA of the same width has a smaller error than {listed(worse)}."


def better_than_pixels(study: Study) -> str:
    """Say which further codes are separated better than pixels, and by which measure."""

    def ahead(measure: str) -> tuple[list[str], int, int]:
        kind = f"separates_better_than_pixels_by_{measure}."
        entries = {
            str(entry["id"]).removeprefix(kind): entry["interval"]
            for entry in study.exploratory
            if entry["id"].startswith(kind) and entry["interval"]
        }
        behind = len([1 for _, high in entries.values() if high < 0])
        return [name for name, (low, _) in entries.items() if low > 0], len(entries), behind

    found = {
        "nearest neighbours": ahead("neighbours"),
        "a linear probe": ahead("probe"),
        "nearest neighbours on two principal components": ahead("eye"),
    }
    if not any(names for names, *_ in found.values()):
        return ""
    said = "; ".join(
        f"by {how}, {_some(names, among)}{f' ({behind} behind)' if behind else ''}"
        for how, (names, among, behind) in found.items()
    )
    return f"Other codes ahead of pixels: {said}."


def sparsity(study: Study) -> str:
    """Say how sparse codes with a penalty alone are, beside the same layers without it."""
    said = []
    blocks = study.params["variants"]
    for name in study.variants:
        alone = study.plain_twin(name)
        if not blocks[name].get("sparsity") or blocks[name].get("noise") or not alone:
            continue
        here, there = (study.means[n]["test_treves_rolls"] for n in (name, alone))
        said.append(f"{title(name)} {here:.2f}, {title(alone)} {there:.2f}")
    if not said:
        return ""
    return (
        "The penalty fixes a mean activation, which need not make a code sparse. Treves and Rolls' "
        "measure, 1 if all units are equally active and less if few are, with the penalty and "
        f"with the squared error alone: {'; '.join(said)}."
    )


def winner_on_test_images(study: Study) -> str:
    """Say what the exercise's winner, which is a variant, measures on test images."""
    forms = study.params["exercise"]["settings"]
    same = [n for n in study.variants if study.params["variants"][n] == forms.get(study.winner)]
    if not same:
        return ""
    means = study.means[same[0]]
    where = "is" if same[0] in study.front else "is not"
    return (
        f"As {title(same[0])} it is one of the variants; on test images it has an MSE of "
        f"{means['test_mse']:.4f} and an accuracy of {means['knn_accuracy']:.3f}, and {where} on "
        "their front."
    )


def favoured_midpoints(study: Study) -> str:
    """Say whose midpoints score best, since a decoder that hardly varies would win."""
    scores = {
        name: study.scores[name]["midpoints"]["coverage_of_reconstructions"]
        for name in study.variants
    }
    favoured = "The measure favours decoders whose images hardly vary"
    if len(scores) == 1:
        return f"{favoured}."
    best = _highest(scores)
    return f"{favoured}; the highest coverage, {scores[best[0]]:.3f}, is that of {listed(best)}."


def midpoints_and_real_images(study: Study) -> str:
    """Say how real the midpoints are that are compared for the regularity of their space."""
    said = []
    for entry in study.primary:
        kind, _, names = str(entry["id"]).partition(".")
        if kind != "regular_latent_space":
            continue
        compared = names.split(".")
        scores = [study.scores[name]["midpoints"] for name in compared]
        said.append(
            f"Against real images, midpoints of {' and '.join(map(title, compared))} have coverage "
            f"{_both(scores, 'coverage', '.3f')}, telling apart "
            f"{_both(scores, 'two_sample_accuracy', '.3f')}, Fréchet distance "
            f"{_both(scores, 'frechet_classifier', '.1f')}."
        )
    return " ".join(said)


def _both(scores: list[dict[str, float]], key: str, form: str) -> str:
    return " and ".join(f"{score[key]:{form}}" for score in scores)


def reach_of_tuning(study: Study) -> str:
    """Say how many choices lie at an edge of what was tried, and whether more would help."""
    found = study.reach
    if not found.choices:
        return "Nothing was tuned."
    return (
        f"Of {plural(found.choices, 'choice')} (one for each variant and regime, but one for "
        "equal networks and none where all settings are equal), "
        f"{found.at_edge} {'lies' if found.at_edge == 1 else 'lie'} at an edge of what was tried, "
        f"{found.clear} of them better than all inside by more than a standard error; for "
        f"{found.beyond} of these a wider range might help."
    )


def gains_of_most_updates(study: Study) -> str:
    """Say what the most updates gain on validation images; nothing where none were tried."""
    gains = [
        f"{REGIMES[name].name} {gain:+z.2f}" for name, gain in study.gains_of_most_updates.items()
    ]
    if not gains:
        return ""
    return (
        "Where settings are not all equal, the most updates change the best validation accuracy, "
        f"on average, by so many points: {', '.join(gains)}."
    )


def best_weight(study: Study) -> str:
    """Say which weight of the KL gives the samples with the highest coverage."""
    curve = study.beta_curve.astype({"beta": str})
    groups = curve.groupby("beta", sort=False)["normal_coverage"]
    means = {str(beta): float(values.mean()) for beta, values in groups}
    if len(means) == 1:
        return ""
    best = _highest(means)
    if len(best) == len(means):
        where = "the same at all weights"
    else:
        weights = numbers([spoken(beta) for beta in best])
        where = f"highest at {'weight' if len(best) == 1 else 'weights'} {weights}"
    count = len(study.params["beta_curve"]["seeds"])
    return (
        f"In the sweep below, from {plural(count, 'seed')}, coverage by samples from N(0, I) is "
        f"{where} ({max(means.values()):.3f})."
    )


def longer_training(study: Study) -> str:
    """Say what more epochs change."""
    ends = study.longer.groupby(["variant", "epochs"])[
        ["validation_mse", "validation_knn_accuracy"]
    ].mean()
    by_variant = ends.groupby(level="variant")
    ratio = by_variant.last()["validation_mse"] / by_variant.first()["validation_mse"]
    moved = 100 * (
        by_variant.last()["validation_knn_accuracy"] - by_variant.first()["validation_knn_accuracy"]
    )
    epochs, compared = study.longer["epochs"], ratio[np.isfinite(ratio)]
    if compared.empty or epochs.min() == epochs.max():  # an error of 0, or nothing longer
        return ""
    return (
        f"With {epochs.max()} epochs in place of {epochs.min()}, errors on validation images are "
        f"{value_range(compared, '.2f')} times as large ({listed(list(compared.index))}), and "
        f"nearest neighbours on the codes change by {value_range(moved[compared.index], '+z.1f')} "
        "points."
    )


def likelihood(study: Study) -> str:
    """Say how a published likelihood came out when it was measured again."""
    return "" if study.likelihood is None else beside_published(study.likelihood)


def beside_published(found: Mapping[str, Any]) -> str:
    """Compare a likelihood with the published one.

    Args:
        found: what `summary.json` of the experiment says.
    """
    interval = ""
    if found["test_log_likelihood_low"] is not None:
        interval = (
            f"; {per_cent(found['confidence'])} interval over seeds "
            f"{found['test_log_likelihood_low']:.2f} to {found['test_log_likelihood_high']:.2f}"
        )
    conclusion = {
        "supported": "all of the interval lies within that error, too",
        "inconclusive": "the interval reaches into the published error and out of it: so few seeds "
        "can hardly decide",
        "not supported": "all of the interval lies outside the published error",
    }[found["verdict"]]
    if not interval:
        conclusion = "one seed has no interval"
    side = "above" if found["difference"] > 0 else "below"
    distance = f"{abs(found['difference']):.2f} nats {side}"
    if round(found["difference"], 2) == 0:
        distance = "less than 0.01 nats from"
    return (
        f"{plural(found['seeds'], 'seed')} of a variational autoencoder as published in "
        f"{found['source']} {'gives' if found['seeds'] == 1 else 'give'} "
        f"**{found['test_log_likelihood']:.2f}** nats on average{interval}, {distance} the "
        f"published {found['published_log_likelihood']:.2f} ± {found['published_error']:.2f}; "
        f"{conclusion}."
    )
