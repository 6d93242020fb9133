"""What speaks against a finding, makes less of it or explains it, and stands beside it."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pandas as pd

from stages.page.findings import amount
from stages.page.names import listed, plural, title, value_range
from stages.page.study import Study, records


class Rivals(NamedTuple):
    """Trainings from scratch that tuning let go on for shorter or longer than a variant's own.

    Attributes:
        name: of the variant that meets all draws.
        alike: variants with the same layers, this one among them.
        updates: by variant, that tuning chose.
        tuned: mean accuracy of the variant, fine-tuned, on the draws that all variants meet.
        scratch: the same from scratch.
        others: the same of each of the others, from scratch.
    """

    name: str
    alike: list[str]
    updates: "pd.Series[float]"
    tuned: float
    scratch: float
    others: "pd.Series[float]"


def reservations(study: Study) -> dict[str, str]:
    """Say what a reader has to know beside answers to primary questions.

    Returns:
        By the ids of those beside which something stands, a sentence or two.
    """
    said: dict[str, str] = {}
    others = {str(entry["id"]): entry for entry in study.exploratory}
    for entry in study.primary:
        key = str(entry["id"])
        kind, _, name = key.partition(".")
        if kind == "pretraining_helps":
            for found in rivals(study):
                if found.name == name:
                    said[key] = _beside_rivals(found, study.draws)
        elif kind == "separates_better_than_pixels_by_neighbours":
            probe = others.get(f"separates_better_than_pixels_by_probe.{name}")
            if entry["verdict"] == "supported" and probe and _is_below_0(probe):
                said[key] = (
                    "Logistic regression on the code (a linear probe) finds it worse "
                    f"({amount(probe['measurements'][0])})."
                )
        elif kind == "unusual_inputs_use_more_units" and entry["verdict"] == "supported":
            opposite = [
                f"{title(other.removeprefix(f'{kind}.'))} ({amount(found['measurements'][0])})"
                for other, found in others.items()
                if other.startswith(f"{kind}.") and _is_below_0(found)
            ]
            if opposite:
                said[key] = f"It is the other way round for {' and '.join(opposite)}."
            own = study.means[name]["unusual_inputs_correlation_at_equal_brightness"]
            if own <= 0:
                less = f"The code's own rank correlation is {own:.2f}: not more, but less."
                said[key] = " ".join(filter(None, [said.get(key), less]))
        elif kind == "samples_well" and study.params["variants"][name]["beta"] == (
            "pixels_times_batch_size"
        ):
            said[key] = (
                f"Its loss weighs the KL {study.weight_of_kl(name):,.0f} times, "
                "as the tutorial's does."
            )
        elif kind == "samples_well" and entry["verdict"] == "supported":
            distance = study.scores[name]["normal"]["frechet_classifier"]
            (blurred,) = (
                row["frechet_classifier"]
                for row in records(study.ladder)
                if row["control"] == "blurred"
            )
            if distance > blurred:
                said[key] = (
                    "By the Fréchet distance, which does not decide, it falls behind "
                    f"({distance:.1f} against {blurred:.1f})."
                )
    return said


def _is_below_0(entry: dict[str, Any]) -> bool:
    return bool(entry["interval"]) and entry["interval"][1] < 0


def _beside_rivals(found: Rivals, draws: int) -> str:
    return (
        f"On the {plural(draws, 'draw')} that all share, the gain is "
        f"{100 * (found.tuned - found.scratch):+z.1f} points, and "
        f"{100 * (found.tuned - found.others.max()):+z.1f} against the same layers from scratch "
        f"with the settings of {title(str(found.others.idxmax()))}."
    )


def rivals(study: Study) -> Iterator[Rivals]:
    """Find where tuning chose other settings from scratch for the same layers."""
    chosen = study.tuning[study.tuning["chosen"] & (study.tuning["regime"] == "scratch")]
    updates = chosen.set_index("variant")["updates"]
    common = study.accuracy[study.accuracy["label_draw"] < study.draws]
    mean = common.groupby(["variant", "regime"])["test_accuracy"].mean().to_dict()
    for name in study.with_all_draws:
        alike = [n for n in study.variants if study.architecture(n) == study.architecture(name)]
        others = {n: mean[n, "scratch"] for n in alike if n != name and (n, "scratch") in mean}
        if not others or (name, "finetuned") not in mean or len(set(updates[alike])) < 2:
            continue
        tuned, scratch = mean[name, "finetuned"], mean[name, "scratch"]
        yield Rivals(name, alike, updates[alike], tuned, scratch, pd.Series(others))


def same_layers(study: Study) -> str:
    """Say how the choice of settings moves training from scratch, where layers are the same."""
    return " ".join(
        f"From scratch, {listed(found.alike)} are the same network with other fresh weights; yet "
        f"tuning chose {found.updates.min():g} to {found.updates.max():g} updates, and on the "
        f"draws that all share, {title(found.name)} reaches {found.scratch:.3f}, "
        f"{'the others' if len(found.others) > 1 else 'the other'} "
        f"{value_range(found.others, '.3f')}."
        for found in rivals(study)
    )
