"""When training stops, against a counter as the original code has it."""

import math

from hypothesis import given
from hypothesis import strategies as st

from reference.gaussian_prior_vae.stopping import best_epoch, is_over, warm_up


def counted(losses: list[float], warm_up_epochs: int, patience: int) -> int | None:
    """The epoch after which a counter of epochs without improvement stops, if any."""
    best, waited = math.inf, 0
    for epoch, loss in enumerate(losses, 1):
        if loss < best:
            best, waited = loss, 0
        else:
            waited += 1
            if epoch < warm_up_epochs:
                waited = 0
            if waited > patience:
                return epoch
    return None


@given(
    losses=st.lists(st.integers(0, 9).map(float), min_size=1, max_size=60),
    warm_up_epochs=st.integers(0, 20),
    patience=st.integers(0, 10),
)
def test_it_stops_where_a_counter_does(
    losses: list[float], warm_up_epochs: int, patience: int
) -> None:
    ends = [
        count
        for count in range(1, len(losses) + 1)
        if is_over(losses[:count], warm_up_epochs, patience)
    ]
    assert (ends or [None])[0] == counted(losses, warm_up_epochs, patience)


def test_nothing_is_over_before_the_first_epoch() -> None:
    assert not is_over([], 0, 0)


def test_of_equal_losses_the_first_is_the_best() -> None:
    assert best_epoch([3.0, 1.0, 2.0, 1.0]) == 2


def test_the_weight_rises_linearly_to_one_and_stays() -> None:
    assert [warm_up(epoch, 4) for epoch in range(1, 7)] == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
    assert warm_up(1, 0) == 1.0
