"""Put the published results and speeds into README.md and docs/: `python -m tools.numbers`."""

import json
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

from stages.core.errors import InputError
from stages.core.params import load
from stages.few_labels.schema import Regime
from stages.ledger.texts import REGIMES
from stages.page.findings import findings
from stages.page.names import plural
from stages.page.reservations import reservations
from stages.page.sentences import beside_published, numbers
from stages.page.study import Study
from tests.benchmarks import record
from tests.benchmarks.tables import tables
from tools.marked_blocks import fill
from tools.project import PROJECT
from tools.provenance import seconds_of_stages
from tools.runner import graph_of
from tools.schedule import expected_seconds, time_left

# The main comparison; reports/metrics/summary.json has the other regimes and all deviations.
SHOWN: tuple[Regime, ...] = ("frozen", "finetuned", "scratch")


def table(summary: Mapping[str, float], variants: Sequence[str]) -> str:
    """Write headline numbers of `summary.json` as a Markdown table, a row for each variant."""
    headings = [
        f"{text.name} ({text.usual})" if text.usual else text.name
        for text in (REGIMES[regime] for regime in SHOWN)
    ]
    rows = [["variant", "test MSE", *headings], ["---"] * (2 + len(SHOWN))]
    for name in variants:
        accuracies = [f"{summary[f'{name}.{regime}.test_accuracy']:.3f}" for regime in SHOWN]
        rows.append([f"`{name}`", f"{summary[f'{name}.test_mse']:.5f}", *accuracies])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def of_results(project: Path) -> str:
    """Make the sentence and the table of a project's results, as Markdown."""
    metrics = project / "reports" / "metrics"
    summary, sizes = (
        json.loads((metrics / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("summary", "split")
    )
    params = load(project / "params.yaml")
    few_labels = params["semi_supervised"]
    names = " and ".join(f"`{name}`" for name in few_labels["primary"])
    return (
        f"Means over {plural(len(params['train']['seeds']), 'pretraining seed')}; test "
        f"accuracies with {sizes['labelled_images']} labels also over "
        f"{plural(few_labels['exploratory_draws'], 'draw')} of them, those of {names} "
        f"over {sizes['label_draws']}.\n\n" + table(summary, list(params["variants"]))
    )


def of_findings(project: Path) -> str:
    """Make a list of what a project's ledger found, as Markdown."""
    study = Study(
        project / "params.yaml",
        project / "reports" / "metrics",
        project / "reports" / "figures",
        project / "reports" / "published.csv",
        project / "reference" / "gaussian_prior_vae" / "metrics",
        project / "reference" / "tutorial_as_printed" / "metrics" / "decoded_codes.png",
        project / "requirements.lock",
    )
    first = study.params["report"]["headline"]
    lines = (f"- {found.text}" for found in findings(study.primary, first, reservations(study)))
    return "".join(_wrapped(line, "  ") for line in lines)


def _wrapped(text: str, indent: str = "") -> str:
    """Break a paragraph, of which all lines but the first are indented, as pages have them."""
    return f"{textwrap.fill(text, 112, subsequent_indent=indent, break_on_hyphens=False)}\n"


def of_likelihood(project: Path) -> str:
    """Make the sentence on the published likelihood that was measured again, as Markdown."""
    file = project / "reference" / "gaussian_prior_vae" / "metrics" / "summary.json"
    return _wrapped(beside_published(json.loads(file.read_text(encoding="utf-8"))))


def of_printed(project: Path) -> str:
    """Make the table of the tutorial's printed models from their `summary.json`, as Markdown."""
    metrics = project / "reference" / "tutorial_as_printed" / "metrics"
    summary = json.loads((metrics / "summary.json").read_text(encoding="utf-8"))
    kinds = {
        "test_mse": ("test MSE", ".5f"),
        "test_mse_of_mean_code": ("from the mean code", ".5f"),
        "test_kl": ("KL, nats per image", ".1e"),
        "live_units": ("live units", ".1f"),
        "decoded_variance": ("variance of decoded codes", ".1e"),
    }
    rows = [["model", *(title for title, _ in kinds.values())], ["---"] * (1 + len(kinds))]
    for name in ("trivial", "compression", "vae"):
        keys = [f"{name}.{kind}" for kind in kinds]
        rows.append([name])
        for key, (_, form) in zip(keys, kinds.values(), strict=True):
            ends = [f"{summary[part]:{form}}" for part in (key, f"{key}_sd") if part in summary]
            rows[-1].append(" ± ".join(ends))
    return (
        f"Means and standard deviations over {plural(summary['seeds'], 'seed')}; the mean image "
        f"has a test MSE of {summary['mean_image.test_mse']:.5f}.\n\n"
        + "".join(f"| {' | '.join(row)} |\n" for row in rows)
    )


def of_benchmark(project: Path) -> str:
    """Make the table of training speed from `reports/benchmark.json`, as Markdown.

    Raises:
        InputError: training was not measured.
    """
    file = project / "reports" / "benchmark.json"
    kept = record.read(file)
    if "training" not in kept:
        raise InputError(f"{file}: expected the row training, received {list(kept)}")
    said = f"Measured on {record.title(kept['training'])}:\n\n"
    return said + tables(record.measurements(kept, "training"), only="training")


def of_schedule(project: Path) -> str:
    """Say how long all stages take on so many cores, by the times in `reports/provenance.md`."""
    needs = graph_of(project).needs
    expected = expected_seconds(needs, seconds_of_stages(project))
    first, *others = (
        (time_left(needs, expected, cores, {}) / 60, cores) for cores in (2, 4, 8, 16)
    )
    said = numbers([f"{minutes:.0f} on {cores}" for minutes, cores in others])
    return _wrapped(
        "By the times of the stages in [`reports/provenance.md`](../reports/provenance.md), all "
        f"of them take {first[0]:.0f} minutes on {first[1]} cores, {said}."
    )


if __name__ == "__main__":
    fill(PROJECT, "findings", of_findings(PROJECT))
    fill(PROJECT, "numbers", of_results(PROJECT))
    fill(PROJECT, "likelihood", of_likelihood(PROJECT))
    fill(PROJECT, "printed", of_printed(PROJECT))
    fill(PROJECT, "speed", of_benchmark(PROJECT))
    fill(PROJECT, "schedule", of_schedule(PROJECT))
