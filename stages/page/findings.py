"""The primary questions' answers as sentences."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from stages.ledger.intervals import written
from stages.page.names import title


class Wording(NamedTuple):
    """A claim's sentence for each verdict: `{name}`, `{other}` are variants, `{measured}` numbers,
    `{failed}` the measures that miss their criteria, in words.

    Attributes:
        supported: the claim holds.
        refuted: it does not.
        inconclusive: the interval allows both.
        equivalent: there is no difference that matters; empty where no margin says so.
    """

    supported: str
    refuted: str
    inconclusive: str
    equivalent: str = ""


class Finding(NamedTuple):
    """What was found.

    Attributes:
        topic: heading of the report's section that shows it.
        text: a sentence, and what speaks against it.
    """

    topic: str
    text: str


def findings(
    ledger: Sequence[Mapping[str, Any]], ids: Sequence[str], against: Mapping[str, str]
) -> list[Finding]:
    """Say what was found.

    Args:
        ledger: entries of `claims.json`.
        ids: of the questions to answer, in this order; those that the ledger has not are left out.
        against: by id, what makes less of an answer.
    """
    entries = {str(entry["id"]): entry for entry in ledger}
    return [
        Finding(
            str(entries[key]["section"]),
            f"{sentence(entries[key])} {against.get(key, '')}".rstrip(),
        )
        for key in ids
        if key in entries
    ]


def sentence(entry: Mapping[str, Any]) -> str:
    """Say what an entry of the ledger found, with its numbers."""
    kind, *names = str(entry["id"]).split(".")
    name, other = [*map(title, names), "", ""][:2]
    verdict = str(entry["verdict"])
    measured = "; ".join(map(amount, entry["measurements"]))
    text = ""
    if kind in WORDINGS:
        text = getattr(WORDINGS[kind], {"not supported": "refuted"}.get(verdict, verdict))
    text = (text or f"{entry['claim']}: {verdict} ({{measured}}).").format(
        name=name, other=other, measured=measured, failed=failed(entry["measurements"])
    )
    return text[0].upper() + text[1:]


def failed(measurements: Sequence[Mapping[str, Any]]) -> str:
    """Say which measures miss their criteria, `> 0.5` or `< 0.5`, with their whole intervals."""
    names = [
        _short(measurement)
        for measurement in measurements
        for sign, threshold, *_ in [str(measurement["criterion"]).split()]
        for low, high in [measurement["interval"] or (math.nan, math.nan)]
        if (sign == ">" and high <= float(threshold)) or (sign == "<" and low >= float(threshold))
    ]
    return "both measures" if len(names) == 2 else " and ".join(names) or "one measure at least"


def amount(measurement: Mapping[str, Any]) -> str:
    """Write what was measured, with its interval.

    Returns:
        Differences of accuracies in percentage points: `+2.4 points, 0.9 to 3.9`; what is measured
        together by its names: `coverage 0.31, 0.30 to 0.32`; all else as `0.85, 0.84 to 0.86`.
    """
    value = float(measurement["measured"])
    low, high = measurement["interval"] or (None, None)
    if measurement["unit"] == "share of test images":
        return f"{100 * value:+z.1f} points, {interval(low, high, 100)}"
    decimals = _decimals(value, 2)
    text = interval(low, high, decimals=decimals)
    if not _one_point(low, high):
        form = ".1e" if _is_small(low, high) else f".{decimals}f"
        text = f"{value:{form}}, {text}"
    return f"{_short(measurement)} {text}".strip()


def _short(measurement: Mapping[str, Any]) -> str:
    """Name what is measured together with something else; of all other things nothing."""
    starts = [words for words in _SHORT if str(measurement["quantity"]).startswith(words)]
    return _SHORT[starts[0]] if starts else ""


def interval(low: float | None, high: float | None, unit: float = 1.0, decimals: int = 1) -> str:
    """Write an interval; one whose ends are equal, since all runs were, with all digits that count.

    Args:
        low: lower end; None or not a number without an interval.
        high: upper end.
        unit: what the ends are multiplied by: 100 for shares in per cent.
        decimals: at least so many, above 0.
    """
    if low is None or not _one_point(low, high):
        if unit == 1 and _is_small(low, high):
            return f"{low:.1e} to {high:.1e}"
        return written(low, high, unit, decimals)
    value = unit * low
    # Without the zeros that say nothing: `1 in all runs`.
    return f"{value:z.{_decimals(value, decimals)}f}".rstrip("0").rstrip(".") + " in all runs"


def _is_small(low: float | None, high: float | None) -> bool:
    """Tell whether an interval is written with exponents, since it lies so near above 0."""
    return low is not None and high is not None and low >= 0 and high < 1e-6


def _one_point(low: float | None, high: float | None) -> bool:
    """Tell whether an interval's ends differ by nothing but rounding."""
    return low is not None and high is not None and math.isclose(low, high, rel_tol=1e-9)


def _decimals(value: float, least: int) -> int:
    """Count the decimals that show two digits that are not zeros, and at least so many."""
    return least if value == 0 else min(max(1 - math.floor(math.log10(abs(value))), least), 8)


def direction(measurement: Mapping[str, Any]) -> str:
    """Say which way a difference of accuracies or a ratio of errors goes; of other things nothing.

    One whose interval has both signs goes neither way.
    """
    low, high = measurement["interval"] or (-math.inf, math.inf)
    for unit, middle, words in (
        ("share of test images", 0.0, ("better", "worse")),
        ("ratio", 1.0, ("larger", "smaller")),
    ):
        if measurement["unit"] == unit:
            return words[0] if low > middle else words[1] if high < middle else ""
    return ""


def chance(p: float) -> str:
    """Write a p value with two digits; very small ones as a bound."""
    return "< 0.0001" if p < 1e-4 else f"{p:.2g}"


# How quantities begin that are measured together.
_SHORT = {"coverage of": "coverage", "accuracy of telling": "telling apart"}

WORDINGS: dict[str, Wording] = {
    "near_perfect_reconstruction": Wording(
        "The {name} autoencoder reconstructs near perfectly (test MSE {measured}).",
        "The {name} autoencoder does not reconstruct near perfectly (test MSE {measured}).",
        "Whether the {name} autoencoder reconstructs near perfectly stays open (test MSE "
        "{measured}).",
    ),
    "decoder_inverts_encoder": Wording(
        "The {name} decoder inverts its encoder: even on uniform noise its error, divided by the "
        "variance, is only {measured}.",
        "The {name} decoder does not invert its encoder everywhere: on uniform noise its error, "
        "divided by the variance, is {measured}.",
        "Whether the {name} decoder inverts its encoder stays open: on uniform noise its error, "
        "divided by the variance, is {measured}.",
    ),
    "removes_noise": Wording(
        "The {name} autoencoder removes noise better than {other}, which was not trained to "
        "(error divided by the other's: {measured}).",
        "The {name} autoencoder removes noise no better than {other}, which was not trained to "
        "(error divided by the other's: {measured}).",
        "Whether the {name} autoencoder removes noise better than {other} stays open (error "
        "divided by the other's: {measured}).",
    ),
    "beats_pca": Wording(
        "The {name} autoencoder reconstructs better than PCA with as many components as its code "
        "has units (error divided by PCA's: {measured}).",
        "The {name} autoencoder reconstructs no better than PCA with as many components as its "
        "code has units (error divided by PCA's: {measured}).",
        "Whether the {name} autoencoder reconstructs better than PCA with as many components as "
        "its code has units stays open (error divided by PCA's: {measured}).",
    ),
    "separates_like_pixels_by_neighbours": Wording(
        "Nearest neighbours find the class as well in the {name} code as in pixels ({measured}).",
        "Nearest neighbours do not find the class equally well in the {name} code and in pixels"
        " ({measured}).",
        "Whether nearest neighbours find the class as well in the {name} code as in pixels "
        "stays open ({measured}).",
    ),
    "separates_better_than_pixels_by_neighbours": Wording(
        "Nearest neighbours find the class better in the {name} code than in pixels ({measured}).",
        "Nearest neighbours find the class worse in the {name} code than in pixels ({measured}).",
        "Whether nearest neighbours find the class better in the {name} code than in pixels "
        "stays open ({measured}).",
        "Nearest neighbours find the class as well in the {name} code as in pixels ({measured}).",
    ),
    "unusual_inputs_use_more_units": Wording(
        "At equal brightness, unusual inputs use more of the {name} code, and more so than without "
        "the penalty (difference of rank correlations {measured}).",
        "At equal brightness, unusual inputs do not use more of the {name} code than without the "
        "penalty (difference of rank correlations {measured}).",
        "Whether, at equal brightness, unusual inputs use more of the {name} code than without the "
        "penalty stays open (difference of rank correlations {measured}).",
    ),
    "pretraining_helps": Wording(
        "Pretraining as {name} helps ({measured} against training from scratch).",
        "Pretraining as {name} harms ({measured} against training from scratch).",
        "Whether pretraining as {name} helps stays open ({measured} against training from "
        "scratch).",
        "Pretraining as {name} makes no difference that matters ({measured} against training "
        "from scratch).",
    ),
    "freezing_first_helps": Wording(
        "Freezing the {name} encoder first helps fine-tuning ({measured} against fine-tuning at"
        " once).",
        "Freezing the {name} encoder first harms fine-tuning ({measured} against fine-tuning at"
        " once).",
        "Whether freezing the {name} encoder first helps fine-tuning stays open ({measured} "
        "against fine-tuning at once).",
        "Freezing the {name} encoder first makes no difference to fine-tuning that matters "
        "({measured} against fine-tuning at once).",
    ),
    "samples_badly": Wording(
        "What the {name} decoder makes of N(0, I) is worse than a Gaussian on principal components "
        "by both measures ({measured}).",
        "What the {name} decoder makes of N(0, I) is at least as good as a Gaussian on principal "
        "components by {failed} ({measured}).",
        "Whether what the {name} decoder makes of N(0, I) is worse than a Gaussian on principal "
        "components by both measures stays open ({measured}).",
    ),
    "samples_well": Wording(
        "What the {name} decodes from N(0, I) beats blurred real images by both measures "
        "({measured}).",
        "What the {name} decodes from N(0, I) falls behind blurred real images by {failed} "
        "({measured}).",
        "Whether what the {name} decodes from N(0, I) beats blurred real images by both measures "
        "stays open ({measured}).",
    ),
    "regular_latent_space": Wording(
        "Halfway between two images, the {name} stays nearer to its own reconstructions than "
        "{other} does, which is what is called a more regular latent space here (differences: "
        "{measured}).",
        "Halfway between two images, the {name} does not stay nearer to its own reconstructions "
        "than {other} does, which would be a more regular latent space here (differences: "
        "{measured}).",
        "Whether the {name} stays nearer to its own reconstructions than {other} halfway between "
        "two images stays open (differences: {measured}).",
    ),
}
