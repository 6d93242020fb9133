"""The tutorial's claims, each with its measurement, interval, criterion and verdict.

Which claims are made of a variant follows from its block in `params.yaml`: a new variant brings
its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from stages.core.names import spoken
from stages.ledger.evidence import Evidence, Runs
from stages.ledger.intervals import Scale, interval_of
from stages.ledger.schema import Claims
from stages.ledger.texts import OWN_QUESTION, REGIMES
from stages.ledger.verdicts import (
    Criterion,
    Kind,
    Test,
    Verdict,
    corrected,
    describe,
    together,
)
from stages.models.schema import Variant


class Measurement(NamedTuple):
    """One quantity of a claim.

    Attributes:
        quantity: what it is, in words.
        unit: that it is measured in.
        measured: its mean.
        interval: its confidence interval; None where there are too few runs for one.
        criterion: what it must be.
    """

    quantity: str
    unit: str
    measured: float
    interval: tuple[float, float] | None
    criterion: str


class Entry(NamedTuple):
    """One line of the ledger.

    Attributes:
        id: names the claim and the variant.
        claim: what the tutorial says or implies, as a sentence.
        source: section of the tutorial.
        primary: whether the question was settled beforehand; verdicts on these are corrected for
            their number.
        verdict: what the intervals say.
        chance: p value of the verdict, corrected where the question is primary.
        evidence: files of `reports/metrics/` that the quantity is computed from.
        section: heading of the report under which the evidence is shown.
        measurements: all of them must meet their criteria; the first is also given by itself.
        measured: as in the first measurement.
        interval: likewise.
        criterion: the quantity and its criterion, in words.
    """

    id: str
    claim: str
    source: str
    primary: bool
    verdict: Verdict
    chance: float
    evidence: str
    section: str
    measurements: list[dict[str, Any]]
    measured: float
    interval: tuple[float, float] | None
    criterion: str


class _Topic(NamedTuple):
    """What several claims have in common."""

    source: str
    evidence: str
    section: str


class _Quantity(NamedTuple):
    """What is measured for a claim, and what it must be."""

    words: str
    unit: str
    runs: Runs
    criterion: Criterion
    scale: Scale = "identity"


class _Claim(NamedTuple):
    """A claim before it is decided."""

    id: str
    sentence: str
    topic: _Topic
    quantities: Sequence[_Quantity]


class _Asked(NamedTuple):
    """What all claims are made from."""

    variants: Mapping[str, Variant]
    pixels: int
    evidence: Evidence
    settings: Claims


_TRIVIAL = _Topic("1. Trivial Reconstruction", "latents", "Reconstruction")
_LATENT_SPACE = _Topic("Visualizing Latent Space", "latents, pixels", "Codes")
_RESTRICTIONS = _Topic("Compression, Sparsity, Denoising", "latents, pixels", "Codes")
_LABELS = _Topic("Semi-supervised learning", "semi_supervised", "Few labels")
_OWN_LABELS = _Topic(OWN_QUESTION, "semi_supervised, baselines", "Few labels")
_SAMPLING = _Topic("Variational Autoencoders", "samples, ladder", "Sampling")
_KL = _Topic("Variational Autoencoders (the code)", "latents", "How much the KL weighs")
_POINTS = "share of test images"


def ledger(
    variants: Mapping[str, Variant], pixels: int, evidence: Evidence, settings: Claims
) -> list[Entry]:
    """Decide every claim, in the tutorial's order.

    Args:
        variants: their blocks in `params.yaml`.
        pixels: number of pixels of one image.
        evidence: what was measured.
        settings: thresholds, and which questions are primary.
    """
    asked = _Asked(variants, pixels, evidence, settings)
    parts = (_reconstruction, _separation, _restrictions, _few_labels, _generation, _collapse)
    claims = [claim for part in parts for claim in part(asked)]
    estimates = [
        [
            quantity.runs.estimate(settings.confidence, quantity.scale)
            for quantity in claim.quantities
        ]
        for claim in claims
    ]
    decided = [
        together(
            [
                Test(estimate, quantity.criterion)
                for estimate, quantity in zip(found, claim.quantities, strict=True)
            ],
            settings.confidence,
        )
        for claim, found in zip(claims, estimates, strict=True)
    ]
    primary = [number for number, claim in enumerate(claims) if claim.id in settings.primary]
    verdicts = corrected([decided[number] for number in primary], settings.confidence)
    for number, result in zip(primary, verdicts, strict=True):
        decided[number] = result
    entries = []
    for number, (claim, found) in enumerate(zip(claims, estimates, strict=True)):
        measurements = [
            Measurement(
                quantity.words,
                quantity.unit,
                estimate.mean,
                interval_of(estimate),
                describe(quantity.criterion),
            )
            for quantity, estimate in zip(claim.quantities, found, strict=True)
        ]
        first, (verdict, chance) = measurements[0], decided[number]
        entries.append(
            Entry(
                claim.id,
                claim.sentence,
                claim.topic.source,
                number in primary,
                verdict,
                chance,
                claim.topic.evidence,
                claim.topic.section,
                [measurement._asdict() for measurement in measurements],
                first.measured,
                first.interval,
                "; ".join(f"{each.quantity} {each.criterion}" for each in measurements),
            )
        )
    return entries


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


def _reconstruction(asked: _Asked) -> Iterator[_Claim]:
    evidence, settings = asked.evidence, asked.settings
    for name, variant in asked.variants.items():
        if is_trivial(variant, asked.pixels):
            yield _Claim(
                f"near_perfect_reconstruction.{name}",
                f"The {spoken(name)} autoencoder reconstructs near perfectly",
                _TRIVIAL,
                [
                    _Quantity(
                        "test MSE",
                        "squared pixel value",
                        evidence.latent(name, "test_mse"),
                        Criterion("below", settings.near_perfect_mse),
                        "log",
                    )
                ],
            )
            yield _Claim(
                f"decoder_inverts_encoder.{name}",
                f"The {spoken(name)} decoder approximates the inverse of its encoder",
                _TRIVIAL._replace(source="Visualizing Latent Space"),
                [
                    _Quantity(
                        "MSE on images of uniform noise, as a share of their variance,",
                        "share",
                        evidence.latent(name, "uniform_noise_mse_share"),
                        Criterion("below", settings.identity_error),
                        "log",
                    )
                ],
            )


# The tutorial looks at two principal components; neighbours see all of the code.
_SEPARATION = {
    "knn_accuracy_2d": ("by_eye", "for nearest neighbours on two principal components"),
    "knn_accuracy": ("by_neighbours", "for nearest neighbours"),
    "probe_accuracy": ("by_probe", "for a linear probe"),
}


def _separation(asked: _Asked) -> Iterator[_Claim]:
    margin = asked.settings.separation_margin
    for name, variant in asked.variants.items():
        for column, (ending, how) in _SEPARATION.items():
            ahead = asked.evidence.latent(name, column).minus(asked.evidence.pixels(column))
            if is_trivial(variant, asked.pixels):
                yield _Claim(
                    f"separates_like_pixels_{ending}.{name}",
                    f"The {spoken(name)} code separates the classes as pixels do, {how}",
                    _LATENT_SPACE,
                    [
                        _Quantity(
                            "accuracy minus that on pixels",
                            _POINTS,
                            ahead,
                            Criterion("within", 0.0, margin),
                        )
                    ],
                )
            else:
                yield _Claim(
                    f"separates_better_than_pixels_{ending}.{name}",
                    f"The {spoken(name)} code separates the classes better than pixels, {how}",
                    _RESTRICTIONS,
                    [
                        _Quantity(
                            "accuracy minus that on pixels",
                            _POINTS,
                            ahead,
                            Criterion("above", 0.0, margin),
                        )
                    ],
                )


def _restrictions(asked: _Asked) -> Iterator[_Claim]:
    evidence = asked.evidence
    for name, variant in asked.variants.items():
        form = variant.architecture
        pca = evidence.principal_components(form.latent_dim)
        if pca is not None and not (is_restricted(variant) or variant.variational):
            yield _Claim(
                f"beats_pca.{name}",
                f"The {spoken(name)} autoencoder reconstructs better than as many principal "
                "components",
                _TRIVIAL._replace(source="Introduction", evidence="latents, pixels"),
                [
                    _Quantity(
                        f"test MSE divided by that of PCA with {form.latent_dim} components",
                        "ratio",
                        evidence.latent(name, "test_mse").over(pca),
                        Criterion("below", 1.0),
                        "log",
                    )
                ],
            )
        if variant.sparsity:
            yield _Claim(
                f"reaches_target_activation.{name}",
                f"The {spoken(name)} code reaches its target activation",
                _RESTRICTIONS._replace(evidence="latents"),
                [
                    _Quantity(
                        "mean activation",
                        "share",
                        evidence.latent(name, "test_mean_activation"),
                        Criterion(
                            "within", variant.sparsity.target, asked.settings.activation_tolerance
                        ),
                    )
                ],
            )
            yield from _sparseness(asked, name)
        if variant.noise:
            for other, words, runs in _without_noise(asked, name):
                yield _Claim(
                    f"removes_noise.{name}.{other}",
                    f"The {spoken(name)} autoencoder removes noise better than {words}",
                    _RESTRICTIONS._replace(section="Reconstruction"),
                    [
                        _Quantity(
                            "MSE from noisy input divided by the other's",
                            "ratio",
                            evidence.latent(name, "test_mse_from_noisy_input").over(runs),
                            Criterion("below", 1.0),
                            "log",
                        )
                    ],
                )


def _sparseness(asked: _Asked, name: str) -> Iterator[_Claim]:
    """What a penalty on the mean activation does, against the same architecture without it."""
    control = control_of(name, asked.variants)
    if control is None:
        return
    for column, kind, sentence, words, criterion in (
        (
            "test_treves_rolls",
            "makes_sparse",
            f"An image uses fewer units of the {spoken(name)} code than without the penalty",
            f"Treves-Rolls sparseness minus that of {spoken(control)}",
            Criterion("below", 0.0),
        ),
        (
            "unusual_inputs_correlation_at_equal_brightness",
            "unusual_inputs_use_more_units",
            f"Unusual inputs use more of the {spoken(name)} code, and more so than without the "
            "penalty",
            "rank correlation of distance to other images and summed activation, at equal "
            f"brightness, minus that of {spoken(control)}",
            Criterion("above", 0.0),
        ),
    ):
        own, other = (asked.evidence.latent(each, column) for each in (name, control))
        yield _Claim(
            f"{kind}.{name}",
            sentence,
            _RESTRICTIONS._replace(evidence="latents"),
            [_Quantity(words, "difference", own.minus(other), criterion)],
        )


def _without_noise(asked: _Asked, name: str) -> Iterator[tuple[str, str, Runs]]:
    """What a denoising variant is compared with: its architecture without noise, and PCA."""
    control = control_of(name, asked.variants)
    if control is not None:
        runs = asked.evidence.latent(control, "test_mse_from_noisy_input")
        yield control, spoken(control), runs
    width = asked.variants[name].architecture.latent_dim
    key = f"pca_{width}.test_mse_from_noisy_input"
    if key in asked.evidence.numbers:
        runs = Runs(np.array([[asked.evidence.numbers[key]]]))
        yield f"pca_{width}", f"{width} principal components", runs


def _few_labels(asked: _Asked) -> Iterator[_Claim]:
    evidence, regimes = asked.evidence, asked.evidence.regimes
    margin = asked.settings.accuracy_margin

    def claim(
        kind: str, sentence: str, first: Runs, second: Runs, words: str, topic: _Topic = _LABELS
    ) -> _Claim:
        criterion = Criterion("above", 0.0, margin)
        quantity = _Quantity(f"accuracy {words}", _POINTS, first.minus(second), criterion)
        return _Claim(kind, sentence, topic, [quantity])

    for name, variant in asked.variants.items():
        if {"finetuned", "scratch"} <= regimes:
            yield claim(
                f"pretraining_helps.{name}",
                f"With few labels, pretraining as {spoken(name)} helps",
                evidence.accuracy(name, "finetuned"),
                evidence.accuracy(name, "scratch"),
                "fine-tuned minus from scratch",
            )
        if {"finetuned", "finetuned_direct"} <= regimes:
            yield claim(
                f"freezing_first_helps.{name}",
                f"Freezing the {spoken(name)} encoder first helps fine-tuning",
                evidence.accuracy(name, "finetuned"),
                evidence.accuracy(name, "finetuned_direct"),
                "frozen first minus fine-tuned at once",
            )
        pixels = evidence.baseline("pixels")
        if "frozen" in regimes and pixels is not None:
            yield claim(
                f"frozen_beats_pixels.{name}",
                f"With few labels, the frozen {spoken(name)} code is worth more than pixels",
                evidence.accuracy(name, "frozen"),
                pixels,
                "frozen minus logistic regression on pixels",
                _OWN_LABELS,
            )
        components = evidence.baseline(f"pca_{variant.architecture.latent_dim}", "propagated")
        if "propagated" in regimes and components is not None:
            yield claim(
                f"propagation_beats_pca.{name}",
                f"Labels spread better over {spoken(name)} codes than over as many principal "
                "components",
                evidence.accuracy(name, "propagated"),
                components,
                "propagated minus that on principal components",
                _OWN_LABELS,
            )
        control = control_of(name, asked.variants)
        for regime in sorted({"frozen", "finetuned"} & regimes if control else ()):
            yield claim(
                f"objective_helps_{regime}.{name}",
                f"With few labels, the {spoken(name)} objective helps the same architecture",
                evidence.accuracy(name, regime),
                evidence.accuracy(str(control), regime),
                f"{REGIMES[regime].name} minus that of {spoken(str(control))}",
                _OWN_LABELS._replace(evidence="semi_supervised"),
            )


def _generation(asked: _Asked) -> Iterator[_Claim]:
    evidence, variants = asked.evidence, asked.variants
    plain = [name for name, variant in variants.items() if not variant.variational]

    def against(name: str, control: str, better: bool) -> list[_Quantity]:
        """Coverage and the two-sample classifier, each against a control of the ladder."""
        kinds: tuple[Kind, Kind] = _BETTER if better else ("below", "above")
        return [
            _Quantity(
                f"{words} of samples from N(0, I)",
                "share",
                evidence.sampled(name, column, "normal"),
                Criterion(kind, evidence.control(control, column)),
                "logit",
            )
            for kind, (column, words) in zip(kinds, _GRADES.items(), strict=True)
        ]

    for name in plain:
        yield _Claim(
            f"samples_badly.{name}",
            f"The {spoken(name)} decoder samples worse from N(0, I) than a Gaussian of principal "
            "components",
            _SAMPLING,
            against(name, "pca_gaussian", better=False),
        )
    for name, variant in variants.items():
        if not variant.variational:
            continue
        yield _Claim(
            f"samples_well.{name}",
            f"The {spoken(name)} samples images from N(0, I) that look more real than blurred real "
            "ones",
            _SAMPLING,
            against(name, "blurred", better=True),
        )
        if variant.beta == "pixels_times_batch_size":
            continue
        for other in plain:
            if _same_widths(variant, variants[other]):
                yield _Claim(
                    f"regular_latent_space.{name}.{other}",
                    f"The latent space of the {spoken(name)} is more regular than that of "
                    f"{spoken(other)}",
                    _SAMPLING._replace(evidence="samples", section="Between two images"),
                    [
                        _Quantity(
                            f"{words} of decoded midpoints among the same decoder's "
                            "reconstructions, minus the other's,",
                            "share",
                            _midpoints(evidence, name, column).minus(
                                _midpoints(evidence, other, column)
                            ),
                            Criterion(kind, 0.0),
                        )
                        for kind, (column, words) in zip(_BETTER, _GRADES.items(), strict=True)
                    ],
                )
        for other in plain:
            yield _Claim(
                f"samples_better_than_mixture.{name}.{other}",
                f"The {spoken(name)} from N(0, I) samples better than {spoken(other)} from a "
                "mixture fitted to its codes",
                _SAMPLING._replace(source=OWN_QUESTION, evidence="samples"),
                [
                    _Quantity(
                        "accuracy of telling samples from real images, minus the other's,",
                        "share",
                        evidence.sampled(name, "two_sample_accuracy", "normal").minus(
                            evidence.sampled(other, "two_sample_accuracy", "mixture")
                        ),
                        Criterion("below", 0.0),
                    )
                ],
            )


# What grades samples: more of the first and less of the second is better.
_BETTER: tuple[Kind, Kind] = ("above", "below")
_GRADES = {
    "coverage": "coverage",
    "two_sample_accuracy": "accuracy of telling apart",
}


def _midpoints(evidence: Evidence, name: str, column: str) -> Runs:
    return evidence.sampled(name, f"{column}_of_reconstructions", "midpoints")


def _same_widths(first: Variant, second: Variant) -> bool:
    """Whether two architectures differ in their codes' activation at most."""
    forms: list[dict[str, Any]] = [
        variant.architecture.model_dump(exclude={"latent_activation"})
        for variant in (first, second)
    ]
    return forms[0] == forms[1] and not is_restricted(second)


def _collapse(asked: _Asked) -> Iterator[_Claim]:
    for name, variant in asked.variants.items():
        if variant.beta == "pixels_times_batch_size":
            yield _Claim(
                f"posterior_collapses.{name}",
                "The tutorial's weight of the KL collapses the posterior",
                _KL,
                [
                    _Quantity(
                        "KL per image",
                        "nats",
                        asked.evidence.latent(name, "test_kl"),
                        Criterion("below", asked.settings.collapsed_kl),
                        "log",
                    ),
                    _Quantity(
                        "active units",
                        "units",
                        asked.evidence.latent(name, "active_units"),
                        Criterion("below", 1.0),
                    ),
                ],
            )
