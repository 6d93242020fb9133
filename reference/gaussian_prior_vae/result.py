"""What `make reference` says of this experiment when it has ended."""

from collections.abc import Mapping
from typing import Any

from stages.page.names import plural


def result(summary: Mapping[str, Any]) -> str:
    """Write the result as a line.

    Args:
        summary: content of `metrics/summary.json`.
    """
    return (
        f"log p(x), nats per test image: {summary['test_log_likelihood']:.2f} over "
        f"{plural(summary['seeds'], 'seed')}; published: "
        f"{summary['published_log_likelihood']:.2f} +- {summary['published_error']:.2f}"
    )
