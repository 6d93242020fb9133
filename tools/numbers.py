"""Put the published headline numbers and speeds into the README: `python -m tools.numbers`."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from ruamel.yaml import YAML

from stages.core.errors import InputError
from stages.core.formats import write_text
from tests.benchmarks import record
from tests.benchmarks.tables import tables
from tools.reproduce import PROJECT

README = PROJECT / "README.md"


def table(summary: Mapping[str, float], variants: Sequence[str], regimes: Sequence[str]) -> str:
    """Write headline numbers as a Markdown table.

    Args:
        summary: `reports/metrics/summary.json`.
        variants: names, a row each.
        regimes: names, a column of accuracies each.

    Returns:
        Lines with line ends.
    """
    lines = [
        f"| variant | test MSE | {' | '.join(regimes)} |",
        f"|---|---|{'---|' * len(regimes)}",
    ]
    for name in variants:
        accuracies = [f"{summary[f'{name}.{regime}.test_accuracy']:.3f}" for regime in regimes]
        lines.append(f"| `{name}` | {summary[f'{name}.test_mse']:.5f} | {' | '.join(accuracies)} |")
    return "\n".join(lines) + "\n"


def of_results(project: Path) -> str:
    """Make the README's paragraph and table of results.

    Args:
        project: a checkout with results.

    Returns:
        Lines with line ends.
    """
    metrics = project / "reports" / "metrics"
    summary, sizes = (
        json.loads((metrics / f"{name}.json").read_text()) for name in ("summary", "split")
    )
    params = YAML(typ="safe").load(project / "params.yaml")
    regimes = params["semi_supervised"]["regimes"]
    return (
        f"Means over {len(params['train']['seeds'])} pretraining seeds; test accuracies with "
        f"{sizes['labelled_images']} labels also over {sizes['label_draws']} draws of them.\n\n"
        + table(summary, list(params["variants"]), regimes)
    )


def of_benchmark(project: Path) -> str:
    """Make the README's table of training speed.

    Args:
        project: a checkout with `reports/benchmark.json`.

    Returns:
        Lines with line ends.

    Raises:
        InputError: training was not measured.
    """
    file = project / "reports" / "benchmark.json"
    kept = record.read(file)
    if "training" not in kept:
        raise InputError(f"{file}: expected the row training, received {list(kept)}")
    said = f"Measured on {record.title(kept['training'])}:\n\n"
    return said + tables(record.measurements(kept, "training"), only="training")


def fill(text: str, kind: str, content: str) -> str:
    """Replace what stands between two marks.

    Args:
        text: of the README.
        kind: of the marks.
        content: lines with line ends.

    Returns:
        The text with the content.

    Raises:
        ValueError: a mark is missing.
    """
    before, _, rest = text.partition(f"<!-- {kind} -->\n")
    _, end, after = rest.partition(f"<!-- end of {kind} -->")
    if not end:
        raise ValueError(f"expected the marks of {kind}, received a text without them")
    return f"{before}<!-- {kind} -->\n{content}{end}{after}"


if __name__ == "__main__":
    text = fill(README.read_text(encoding="utf-8"), "numbers", of_results(PROJECT))
    write_text(README, fill(text, "speed", of_benchmark(PROJECT)))
