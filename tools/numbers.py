"""Put the published headline numbers into the README: `python -m tools.numbers`."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from ruamel.yaml import YAML

from tools.reproduce import PROJECT

README = PROJECT / "README.md"
MARKS = re.compile(r"(<!-- numbers -->\n).*?(<!-- end of numbers -->)", re.DOTALL)


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


if __name__ == "__main__":
    README.write_text(MARKS.sub(rf"\1{of_results(PROJECT)}\2", README.read_text()))
