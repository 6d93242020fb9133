"""The tutorial's claims, each with its measurement, interval, criterion and verdict.

Which claims are made of a variant follows from its block in `params.yaml`: a new variant brings
its own.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.core.names import spoken
from stages.ledger.comparisons import against_baseline, interval_of, paired
from stages.ledger.intervals import Criterion, Verdict, describe, two_way_interval, verdict_on
from stages.ledger.schema import Claims
from stages.ledger.texts import OWN_QUESTION, REGIMES
from stages.models.schema import Variant

Values = NDArray[np.float64]


class Evidence(NamedTuple):
    """What was measured.

    Attributes:
        variants: their blocks in `params.yaml`.
        pixels: number of pixels of one image.
        latents: one row for each variant and pretraining seed.
        accuracies: one row for each variant, regime, pretraining seed and draw.
        baselines: one row for each method, number of labels and draw.
        samples: one row for each variant, pretraining seed and set of images.
        numbers: what concerns no variant: pixels, PCA, the feature network, real images.
    """

    variants: Mapping[str, Variant]
    pixels: int
    latents: pd.DataFrame
    accuracies: pd.DataFrame
    baselines: pd.DataFrame
    samples: pd.DataFrame
    numbers: Mapping[str, float]


class Entry(NamedTuple):
    """One line of the ledger.

    Attributes:
        id: names the claim and the variant.
        claim: what the tutorial says or implies, as a sentence.
        source: section of the tutorial.
        measured: the mean of the quantity that decides.
        interval: its confidence interval; None where there are too few runs for one.
        criterion: what the quantity must be, and in words what it is.
        verdict: what the interval says.
        evidence: files of `reports/metrics/` that the quantity is computed from.
        section: heading of the report under which the evidence is shown.
    """

    id: str
    claim: str
    source: str
    measured: float
    interval: tuple[float, float] | None
    criterion: str
    verdict: Verdict
    evidence: str
    section: str


class _Topic(NamedTuple):
    """What several claims have in common."""

    source: str
    evidence: str
    section: str


_TRIVIAL = _Topic("1. Trivial Reconstruction", "latents", "Reconstruction")
_LATENT_SPACE = _Topic("Visualizing Latent Space", "latents, baselines", "Codes")
_RESTRICTIONS = _Topic("Compression, Sparsity, Denoising", "latents, baselines", "Codes")
_LABELS = _Topic("Semi-supervised learning", "semi_supervised", "Few labels")
_SAMPLING = _Topic("Variational Autoencoders", "samples, classifier", "Sampling")
_KL = _Topic("Variational Autoencoders (the code)", "latents", "How much the KL weighs")


def ledger(evidence: Evidence, settings: Claims) -> list[Entry]:
    """Decide every claim, in the tutorial's order."""
    parts = (
        _reconstruction(evidence, settings),
        _separation(evidence, settings),
        _restrictions(evidence, settings),
        _few_labels(evidence, settings),
        _generation(evidence, settings),
        _collapse(evidence, settings),
    )
    return [entry for part in parts for entry in part]


def is_trivial(variant: Variant, pixels: int) -> bool:
    """Tell whether a variant is linear and has room for the identity, as the tutorial's first has.

    Args:
        variant: its block in `params.yaml`.
        pixels: number of pixels of one image.
    """
    form = variant.architecture
    return (
        form.kind == "dense"
        and form.latent_activation == "linear"
        and (form.activation == "linear" or not form.hidden)
        and form.latent_dim >= pixels
        and not is_restricted(variant)
        and not variant.variational
    )


def is_restricted(variant: Variant) -> bool:
    """Tell whether noise or sparsity restrict a variant."""
    return variant.noise is not None or variant.sparsity is not None


def control_of(name: str, variants: Mapping[str, Variant]) -> str | None:
    """Find the variant with the same architecture and the squared error alone.

    Returns:
        Its name; None if there is none, or if the variant itself is a control.
    """
    if not (is_restricted(variants[name]) or variants[name].variational):
        return None
    for other, variant in variants.items():
        plain = not (is_restricted(variant) or variant.variational)
        if plain and variant.architecture == variants[name].architecture:
            return other
    return None


def _by_seed(table: pd.DataFrame, variant: str, column: str, **where: str) -> Values:
    """(seeds, 1) of one column, sorted by seed."""
    rows = table[table["variant"] == variant]
    for key, value in where.items():
        rows = rows[rows[key] == value]
    return np.asarray(rows.sort_values("model_seed")[column].to_numpy(np.float64)[:, np.newaxis])


def _entry(
    name: str,
    claim: str,
    topic: _Topic,
    values: Values,
    quantity: str,
    criterion: Criterion,
    settings: Claims,
) -> Entry:
    estimate = two_way_interval(values, settings.confidence)
    return Entry(
        name,
        claim,
        topic.source,
        estimate.mean,
        interval_of(estimate),
        f"{quantity} {describe(criterion)}",
        verdict_on(estimate, criterion),
        topic.evidence,
        topic.section,
    )


def _reconstruction(evidence: Evidence, settings: Claims) -> Iterator[Entry]:
    for name, variant in evidence.variants.items():
        if is_trivial(variant, evidence.pixels):
            yield _entry(
                f"near_perfect_reconstruction.{name}",
                f"The {spoken(name)} autoencoder reconstructs near perfectly",
                _TRIVIAL,
                _by_seed(evidence.latents, name, "test_mse"),
                "test MSE",
                Criterion("below", settings.near_perfect_mse),
                settings,
            )
            yield _entry(
                f"decoder_inverts_encoder.{name}",
                f"The {spoken(name)} decoder approximates the inverse of its encoder",
                _TRIVIAL._replace(source="Visualizing Latent Space"),
                _by_seed(evidence.latents, name, "uniform_noise_mse_share"),
                "MSE on images of uniform noise, as a share of their variance,",
                Criterion("below", settings.identity_error),
                settings,
            )


# The tutorial looks at two principal components; neighbours see all of the code.
_SEPARATION = {
    "knn_accuracy_2d": (
        "by_eye",
        "on two principal components",
        "accuracy of nearest neighbours there, minus pixels'",
    ),
    "knn_accuracy": ("by_neighbours", "for nearest neighbours", "their accuracy, minus pixels'"),
}


def _separation(evidence: Evidence, settings: Claims) -> Iterator[Entry]:
    for name, variant in evidence.variants.items():
        for column, (ending, how, quantity) in _SEPARATION.items():
            ahead = _by_seed(evidence.latents, name, column) - evidence.numbers[f"pixels.{column}"]
            if is_trivial(variant, evidence.pixels):
                yield _entry(
                    f"separates_no_better_than_pixels_{ending}.{name}",
                    f"The {spoken(name)} code separates the classes no better than pixels {how}",
                    _LATENT_SPACE,
                    ahead,
                    quantity,
                    Criterion("below", settings.separation_margin),
                    settings,
                )
            elif not variant.variational and (
                is_restricted(variant) or variant.architecture.latent_dim < evidence.pixels
            ):
                yield _entry(
                    f"separates_better_than_pixels_{ending}.{name}",
                    f"The {spoken(name)} code separates the classes better than pixels {how}",
                    _RESTRICTIONS,
                    ahead,
                    quantity,
                    Criterion("above", 0.0),
                    settings,
                )


def _restrictions(evidence: Evidence, settings: Claims) -> Iterator[Entry]:
    latents = evidence.latents
    for name, variant in evidence.variants.items():
        form = variant.architecture
        pca = evidence.numbers.get(f"pca_{form.latent_dim}.test_mse")
        if pca is not None and not (is_restricted(variant) or variant.variational):
            yield _entry(
                f"beats_pca.{name}",
                f"The {spoken(name)} autoencoder reconstructs better than as many principal "
                "components",
                _TRIVIAL._replace(source="Introduction", evidence="latents, baselines"),
                _by_seed(latents, name, "test_mse") - pca,
                f"test MSE minus that of PCA with {form.latent_dim} components",
                Criterion("below", 0.0),
                settings,
            )
        if variant.sparsity:
            yield _entry(
                f"reaches_target_activation.{name}",
                f"The {spoken(name)} code reaches its target activation",
                _RESTRICTIONS._replace(evidence="latents"),
                _by_seed(latents, name, "test_mean_activation"),
                "mean activation",
                Criterion("within", variant.sparsity.target, settings.activation_tolerance),
                settings,
            )
            yield _entry(
                f"unusual_inputs_use_more_units.{name}",
                f"Unusual inputs use more of the {spoken(name)} code",
                _RESTRICTIONS._replace(evidence="latents"),
                _by_seed(latents, name, "unusual_inputs_correlation_at_equal_brightness"),
                "rank correlation of distance to other images and summed activation, at equal "
                "brightness,",
                Criterion("above", 0.0),
                settings,
            )
        if variant.noise:
            left = _by_seed(latents, name, "test_mse_from_noisy_input") / _by_seed(
                latents, name, "test_mse_of_noisy_input"
            )
            yield _entry(
                f"removes_noise.{name}",
                f"The {spoken(name)} autoencoder removes noise",
                _RESTRICTIONS._replace(evidence="latents", section="Reconstruction"),
                left,
                "MSE from noisy input, as a share of the noisy input's own,",
                Criterion("below", settings.denoised_share),
                settings,
            )


def _few_labels(evidence: Evidence, settings: Claims) -> Iterator[Entry]:
    accuracies = evidence.accuracies
    regimes = set(accuracies["regime"])

    def entry(
        name: str,
        claim: str,
        values: Values,
        quantity: str,
        evidence: str,
        source: str = _LABELS.source,
    ) -> Entry:
        topic = _LABELS._replace(evidence=evidence, source=source)
        return _entry(name, claim, topic, values, quantity, Criterion("above", 0.0), settings)

    for name in evidence.variants:
        if {"finetuned", "scratch"} <= regimes:
            yield entry(
                f"pretraining_helps.{name}",
                f"With few labels, pretraining as {spoken(name)} helps",
                paired(accuracies, (name, "finetuned"), (name, "scratch")),
                "accuracy fine-tuned minus from scratch",
                "semi_supervised",
            )
        if {"finetuned", "finetuned_direct"} <= regimes:
            yield entry(
                f"freezing_first_helps.{name}",
                f"Freezing the {spoken(name)} encoder first helps fine-tuning",
                paired(accuracies, (name, "finetuned"), (name, "finetuned_direct")),
                "accuracy frozen first minus fine-tuned at once",
                "semi_supervised",
            )
        if "frozen" in regimes:
            yield entry(
                f"frozen_beats_pixels.{name}",
                f"With few labels, the frozen {spoken(name)} code is worth more than pixels",
                against_baseline(accuracies, (name, "frozen"), evidence.baselines, "pixels"),
                "accuracy frozen minus logistic regression on pixels",
                "semi_supervised, baselines",
                OWN_QUESTION,
            )
        control = control_of(name, evidence.variants)
        if control is not None:
            for regime in sorted({"frozen", "finetuned"} & regimes):
                yield entry(
                    f"objective_helps_{regime}.{name}",
                    f"With few labels, the {spoken(name)} objective helps the same architecture",
                    paired(accuracies, (name, regime), (control, regime)),
                    f"accuracy {REGIMES[regime].name} minus that of {spoken(control)}",
                    "semi_supervised",
                    OWN_QUESTION,
                )


def _generation(evidence: Evidence, settings: Claims) -> Iterator[Entry]:
    samples, variants = evidence.samples, evidence.variants
    balanced = [name for name, variant in variants.items() if _balanced(variant)]
    plain = [name for name, variant in variants.items() if not variant.variational]

    def share(name: str, measure: str) -> Values:
        own = evidence.numbers[f"real_images.{measure}"]
        return _by_seed(samples, name, measure, set="normal") / own

    quantity = "precision of samples from N(0, I), as a share of real images' own,"
    for name in plain:
        yield _entry(
            f"samples_badly.{name}",
            f"The {spoken(name)} decoder samples badly from N(0, I)",
            _SAMPLING,
            share(name, "precision"),
            quantity,
            Criterion("below", settings.bad_share),
            settings,
        )
    for name, variant in variants.items():
        if variant.variational:
            yield _entry(
                f"samples_well.{name}",
                f"The {spoken(name)} samples images from N(0, I) that look real",
                _SAMPLING,
                share(name, "precision"),
                quantity,
                Criterion("above", settings.good_share),
                settings,
            )
            yield _entry(
                f"samples_vary.{name}",
                f"The {spoken(name)} samples images from N(0, I) as various as real ones",
                _SAMPLING,
                share(name, "recall"),
                "recall of samples from N(0, I), as a share of real images' own,",
                Criterion("above", settings.good_share),
                settings,
            )
    for name in balanced:
        for other in plain:
            yield _entry(
                f"samples_better_than_mixture.{name}.{other}",
                f"The {spoken(name)} from N(0, I) samples better than {spoken(other)} from a "
                "mixture fitted to its codes",
                _SAMPLING._replace(source=OWN_QUESTION, evidence="samples"),
                _frechet(samples, name, "normal") - _frechet(samples, other, "mixture"),
                "frechet_classifier minus the other's",
                Criterion("below", 0.0),
                settings,
            )
        for other in plain:
            if _same_widths(variants[name], variants[other]):
                yield _entry(
                    f"regular_latent_space.{name}.{other}",
                    f"The latent space of the {spoken(name)} is more regular than that of "
                    f"{spoken(other)}",
                    _SAMPLING._replace(evidence="samples", section="Between two images"),
                    _by_seed(samples, name, "precision", set="midpoints")
                    - _by_seed(samples, other, "precision", set="midpoints"),
                    "precision of decoded midpoints minus the other's",
                    Criterion("above", 0.0),
                    settings,
                )


def _frechet(samples: pd.DataFrame, name: str, kind: str) -> Values:
    return _by_seed(samples, name, "frechet_classifier", set=kind)


def _balanced(variant: Variant) -> bool:
    """Whether the KL has a weight of its own choosing and not the one of the tutorial's code."""
    return variant.variational and variant.beta != "pixels_times_batch_size"


def _same_widths(first: Variant, second: Variant) -> bool:
    """Whether two architectures differ in their codes' activation at most."""
    forms: list[dict[str, Any]] = [
        variant.architecture.model_dump(exclude={"latent_activation"})
        for variant in (first, second)
    ]
    return forms[0] == forms[1] and not is_restricted(second)


def _collapse(evidence: Evidence, settings: Claims) -> Iterator[Entry]:
    for name, variant in evidence.variants.items():
        if variant.variational and not _balanced(variant):
            yield _entry(
                f"posterior_collapses.{name}",
                "The tutorial's weight of the KL collapses the posterior",
                _KL,
                _by_seed(evidence.latents, name, "test_kl"),
                "KL in nats per image",
                Criterion("below", settings.collapsed_kl),
                settings,
            )
            yield _entry(
                f"no_active_units.{name}",
                "The tutorial's weight of the KL leaves no unit active",
                _KL,
                _by_seed(evidence.latents, name, "active_units"),
                "active units",
                Criterion("below", 1.0),
                settings,
            )
