"""What speaks against a finding, makes less of it or explains it, and stands beside it."""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import pandas as pd

from stages.ledger.evidence import Runs
from stages.ledger.intervals import Estimate
from stages.page.findings import amount, interval
from stages.page.names import listed, plural, title, value_range
from stages.page.study import Study, records

Entry = Mapping[str, Any]  # of `claims.json`


class Rivals(NamedTuple):
    """Trainings from scratch that tuning let go on for shorter or longer than a variant's own.

    Attributes:
        name: of the variant that meets all draws.
        alike: variants with the same layers, this one among them, without copies.
        copies: those whose runs from scratch are those of one of these.
        updates: by variant, that tuning chose.
        scratch: mean accuracy of the variant from scratch, on the draws that all variants meet.
        others: the same of each of the others.
        gain: of the variant's fine-tuning over itself from scratch on these draws.
        least_gain: the same over the best of the others.
    """

    name: str
    alike: list[str]
    copies: list[str]
    updates: "pd.Series[float]"
    scratch: float
    others: "pd.Series[float]"
    gain: Estimate
    least_gain: Estimate


def reservations(study: Study) -> dict[str, str]:
    """Say what a reader has to know beside answers to primary questions.

    Returns:
        By the ids of those beside which something stands, a sentence or two.
    """
    said = {}
    for entry in study.primary:
        kind, _, name = str(entry["id"]).partition(".")
        if kind in _BESIDE and (text := _BESIDE[kind](study, entry, name)):
            said[str(entry["id"])] = text
    return said


def _beside_pretraining(study: Study, entry: Entry, name: str) -> str:
    for found in rivals(study):
        if found.name == name:
            best = title(str(found.others.idxmax()))
            return (
                f"On the {plural(study.draws, 'draw')} that all share, the gain is "
                f"{_points(found.gain)}, and {_points(found.least_gain)} against {best}'s runs of "
                "the same layers from scratch, with other settings and weights."
            )
    return ""


def _beside_neighbours(study: Study, entry: Entry, name: str) -> str:
    if entry["verdict"] != "supported":
        return ""
    sentences = []
    probes = _exploratory(study, "separates_better_than_pixels_by_probe")
    if name in probes and _is_below_0(probes[name]):
        sentences.append(
            "Logistic regression on the code (a linear probe) finds it worse "
            f"({amount(probes[name]['measurements'][0])})."
        )
    others = _exploratory(study, "separates_better_than_pixels_by_neighbours")
    for twin, what in (
        (study.plain_twin(name), "The same layers with the squared error alone are"),
        (study.linear_twin(name), "A linear code as wide is"),
    ):
        if twin in others and _sign(others[twin]) == "positive":
            numbers = amount(others[twin]["measurements"][0])
            sentences.append(f"{what} better for neighbours, too ({title(twin)}: {numbers}).")
    return " ".join(sentences)


def _beside_unusual_inputs(study: Study, entry: Entry, name: str) -> str:
    if entry["verdict"] != "supported":
        return ""
    others = _exploratory(study, "unusual_inputs_use_more_units")
    sentences = []
    if any(map(_is_below_0, others.values())):
        said = [
            f"{_sign(found)} for {title(other)} ({amount(found['measurements'][0])})"
            for other, found in others.items()
        ]
        blocks = study.params["variants"]
        noise = (
            "With noise besides the penalty, the same"
            if all(blocks[other].get("noise") for other in others)
            else "The same"
        )
        sentences.append(f"{noise} difference is {' and '.join(said)}.")
    own = study.means[name]["unusual_inputs_correlation_at_equal_brightness"]
    if own <= 0:
        sentences.append(f"The code's own rank correlation is {own:.2f}: not more, but less.")
    return " ".join(sentences)


def _beside_samples(study: Study, entry: Entry, name: str) -> str:
    if study.params["variants"][name]["beta"] == "pixels_times_batch_size":
        return (
            f"Its loss weighs the KL {study.weight_of_kl(name):,.0f} times, as the tutorial's does."
        )
    distance = study.scores[name]["normal"]["frechet_classifier"]
    ladder = {row["control"]: row["frechet_classifier"] for row in records(study.ladder)}
    if entry["verdict"] == "supported" and distance > ladder["blurred"]:
        return (
            "By the Fréchet distance, which does not decide, it falls behind "
            f"({distance:.1f} against {ladder['blurred']:.1f})."
        )
    return ""


_BESIDE: dict[str, Callable[[Study, Entry, str], str]] = {
    "pretraining_helps": _beside_pretraining,
    "separates_better_than_pixels_by_neighbours": _beside_neighbours,
    "unusual_inputs_use_more_units": _beside_unusual_inputs,
    "samples_well": _beside_samples,
}


def _exploratory(study: Study, kind: str) -> dict[str, Entry]:
    """Find the exploratory answers to a question, by the variants after its name."""
    ids = {str(entry["id"]).partition("."): entry for entry in study.exploratory}
    return {name: entry for (first, _, name), entry in ids.items() if first == kind}


def _is_below_0(entry: Entry) -> bool:
    return _sign(entry) == "negative"


def _sign(entry: Entry) -> str:
    """Say on which side of 0 an entry's whole interval lies."""
    low, high = entry["interval"] or (-math.inf, math.inf)
    return "negative" if high < 0 else "positive" if low > 0 else "of either sign"


def rivals(study: Study) -> Iterator[Rivals]:
    """Find where tuning chose other settings from scratch for the same layers."""
    chosen = study.tuning[study.tuning["chosen"] & (study.tuning["regime"] == "scratch")]
    updates = chosen.set_index("variant")["updates"]
    common = study.accuracy[study.accuracy["label_draw"] < study.draws]
    groups = common.groupby(["variant", "regime"])["test_accuracy"]
    mean, runs = groups.mean().to_dict(), groups.agg(tuple).to_dict()
    for name in study.with_all_draws:
        layers = [n for n in study.variants if study.architecture(n) == study.architecture(name)]
        # By their runs, the first that has them.
        first = {runs[n, "scratch"]: n for n in reversed(layers) if (n, "scratch") in runs}
        own = runs.get((name, "scratch"))
        others = {n: mean[n, "scratch"] for values, n in first.items() if values != own}
        alike = [n for n in layers if n == name or n in others]
        if not others or (name, "finetuned") not in mean or len(set(updates[alike])) < 2:
            continue
        copies = [n for n in layers if n not in alike]
        best = max(others, key=others.__getitem__)
        gains = [_gain(study, common, name, other) for other in (name, best)]
        yield Rivals(
            name, alike, copies, updates[alike], mean[name, "scratch"], pd.Series(others), *gains
        )


def _gain(study: Study, accuracy: pd.DataFrame, name: str, other: str) -> Estimate:
    """Estimate what fine-tuning one variant gains over training another from scratch."""
    tuned, scratch = (
        Runs(
            accuracy[(accuracy["variant"] == variant) & (accuracy["regime"] == regime)]
            .pivot_table(index="model_seed", columns="label_draw", values="test_accuracy")
            .to_numpy()
        )
        for variant, regime in ((name, "finetuned"), (other, "scratch"))
    )
    return tuned.minus(scratch).estimate(study.params["claims"]["confidence"])


def _points(gain: Estimate) -> str:
    return f"{100 * gain.mean:+z.1f} points ({interval(gain.low, gain.high, 100, 2)})"


def same_layers(study: Study) -> str:
    """Say how the choice of settings moves training from scratch, where layers are the same."""
    return " ".join(
        f"From scratch, {listed(found.alike)} are the same network with other fresh weights"
        f"{_copied(found.copies)}; yet tuning chose {found.updates.min():g} to "
        f"{found.updates.max():g} updates, and on the draws that all share, {title(found.name)} "
        f"reaches {found.scratch:.3f}, "
        f"{'the others' if len(found.others) > 1 else 'the other'} "
        f"{value_range(found.others, '.3f')}."
        for found in rivals(study)
    )


def _copied(names: list[str]) -> str:
    verb = "repeats" if len(names) == 1 else "repeat"
    return f" ({listed(names)} {verb} one of these runs)" if names else ""
