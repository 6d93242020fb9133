"""When a long training ends its warm-up, and when it stops."""

from collections.abc import Sequence

import numpy as np


def warm_up(epoch: int, epochs: int) -> float:
    """Weight of the KL, rising linearly (Sonderby et al. 2016).

    Args:
        epoch: from 1.
        epochs: length of the warm-up, in whose last epoch the weight is 1; 0 for no warm-up.

    Returns:
        In (0, 1].
    """
    return min(1.0, epoch / epochs) if epochs else 1.0


def best_epoch(losses: Sequence[float]) -> int:
    """Find the epoch with the lowest loss, the first of equals.

    Args:
        losses: one after each epoch, at least one.

    Returns:
        From 1.
    """
    return int(np.argmin(losses)) + 1


def is_over(losses: Sequence[float], warm_up_epochs: int, patience: int) -> bool:
    """Tell whether more than `patience` epochs in a row have not improved on the best loss.

    Epochs before the last one of the warm-up do not count, though theirs may be the best loss.

    Args:
        losses: on validation images, one after each epoch.
        warm_up_epochs: length of the warm-up.
        patience: number of epochs.
    """
    if not losses:
        return False
    return len(losses) - max(best_epoch(losses), warm_up_epochs - 1) > patience
