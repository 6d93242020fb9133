"""The exercise's front and its winner."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.core.errors import InputError
from stages.ledger.front import judged, on_front, winner

# Few different values, so that many are equal.
POINTS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=12)


def columns(points: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    error, accuracy = np.array(points, float).T
    return error, accuracy / 5


def test_the_front_of_known_points() -> None:
    error = np.array([1.0, 2.0, 3.0, 3.0, 4.0])
    accuracy = np.array([0.5, 0.7, 0.7, 0.9, 0.8])
    assert on_front(error, accuracy).tolist() == [True, True, False, True, False]


def test_equal_points_do_not_dominate_each_other() -> None:
    assert on_front(np.ones(2), np.ones(2)).all()


@given(POINTS)
def test_the_front_is_what_a_comparison_of_all_pairs_finds(points: list[tuple[int, int]]) -> None:
    expected = [
        not any(other[0] <= one[0] and other[1] >= one[1] and other != one for other in points)
        for one in points
    ]
    assert on_front(*columns(points)).tolist() == expected


@given(POINTS, st.sampled_from([0.0, 0.2, 0.5, 1.0]))
def test_the_winner_is_on_the_front_and_within_the_margin(
    points: list[tuple[int, int]], margin: float
) -> None:
    error, accuracy = columns(points)
    best = winner(error, accuracy, margin)
    assert on_front(error, accuracy)[best]
    assert accuracy[best] >= max(accuracy) - margin
    assert error[best] == min(error[accuracy >= max(accuracy) - margin])


def test_the_margin_trades_accuracy_for_error() -> None:
    error, accuracy = np.array([1.0, 2.0, 3.0]), np.array([0.80, 0.844, 0.846])
    assert [winner(error, accuracy, margin) for margin in (0.0, 0.005, 0.1)] == [2, 1, 0]


@pytest.mark.parametrize("error", [[], [np.nan, 1.0]])
def test_what_cannot_be_compared_is_refused(error: list[float]) -> None:
    with pytest.raises(InputError, match=r"exercise: expected .* received"):
        winner(np.array(error), np.full(len(error), 0.5), 0.005)


def test_exactly_one_setting_wins() -> None:
    table = judged(
        pd.DataFrame({"validation_mse": [1.0, 1.0], "validation_knn_accuracy": [0.5, 0.5]}), 0.005
    )
    assert table["on_front"].tolist() == [True, True]
    assert table["winner"].tolist() == [True, False]
