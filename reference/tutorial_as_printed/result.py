"""What `make reference` says of this experiment when it has ended."""

from collections.abc import Mapping
from typing import Any

from stages.page.names import plural


def result(summary: Mapping[str, Any]) -> str:
    """Write the result as a line.

    Args:
        summary: content of `metrics/summary.json`.
    """
    errors = (
        f"{name} {summary[f'{name}.test_mse']:.5f}"
        for name in ("trivial", "compression", "vae", "mean_image")
    )
    return f"test MSE, mean over {plural(summary['seeds'], 'seed')}: {', '.join(errors)}"
