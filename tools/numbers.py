"""Put the published headline numbers into the README: `python -m tools.numbers`."""

import json
import re
from collections.abc import Mapping, Sequence

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


def published() -> str:
    """Make the table of the committed results.

    Returns:
        Lines with line ends.
    """
    summary = json.loads((PROJECT / "reports" / "metrics" / "summary.json").read_text())
    params = YAML(typ="safe").load(PROJECT / "params.yaml")
    return table(summary, list(params["variants"]), params["semi_supervised"]["regimes"])


if __name__ == "__main__":
    README.write_text(MARKS.sub(rf"\1{published()}\2", README.read_text()))
