"""Laplace learning: against dense algebra, its own definition, and points placed by hand."""

import numpy as np
import pytest
from numpy.typing import NDArray

from stages.core.errors import InputError
from stages.few_labels.propagation import Spread, averaging, neighbour_graph, propagate

RANDOM = np.random.default_rng(0)
CLASSES = 3
TOLERANCE = 1e-5  # of the solver
LABELLED = np.arange(0, 120, 10)
Y = np.arange(len(LABELLED), dtype=np.uint8) % CLASSES


def clouds(count: int = 120, dimensions: int = 4) -> NDArray[np.float32]:
    return RANDOM.normal(size=(count, dimensions)).astype(np.float32)


def dense_weights(codes: NDArray[np.float32], neighbours: int) -> NDArray[np.float64]:
    """The same weights from all distances, sorted."""
    squares = np.square(codes.astype(float)[:, np.newaxis] - codes).sum(axis=2)
    weights = np.zeros_like(squares)
    for row, distances in zip(weights, squares, strict=True):
        nearest = np.argsort(distances)[:neighbours]  # the point itself is the first
        row[nearest] = np.exp(-4 * distances[nearest] / distances[nearest[-1]])
    np.fill_diagonal(weights, 0)
    return (weights + weights.T) / 2


def test_weights_are_those_of_sorted_distances() -> None:
    codes = clouds()
    graph = neighbour_graph(codes, 6)
    assert graph.weights.toarray() == pytest.approx(dense_weights(codes, 6), abs=1e-12)
    assert (graph.weights != graph.weights.T).nnz == 0


@pytest.mark.parametrize("neighbours", [4, 10])
def test_scores_solve_the_dense_system(neighbours: int) -> None:
    codes = clouds()
    graph = neighbour_graph(codes, neighbours)
    weights = graph.weights.toarray()
    unknown = np.setdiff1d(np.arange(len(codes)), LABELLED)
    laplacian = np.diag(weights.sum(axis=1)) - weights
    expected = np.linalg.solve(
        laplacian[np.ix_(unknown, unknown)],
        weights[np.ix_(unknown, LABELLED)] @ np.eye(CLASSES)[Y],
    )
    assert np.all(graph.parts == 0)  # or the dense system could be singular
    assert propagate(graph, LABELLED, Y, CLASSES)[unknown] == pytest.approx(expected, abs=TOLERANCE)


def test_labels_stay_and_other_scores_are_the_means_of_their_neighbours() -> None:
    graph = neighbour_graph(clouds(), 5)
    scores = propagate(graph, LABELLED, Y, CLASSES)
    assert np.array_equal(scores[LABELLED], np.eye(CLASSES)[Y])
    means = graph.weights @ scores / graph.weights.sum(axis=1)[:, np.newaxis]
    unknown = np.setdiff1d(np.arange(len(scores)), LABELLED)
    assert scores[unknown] == pytest.approx(means[unknown], abs=TOLERANCE)


def test_scores_lie_between_those_of_the_labels_and_sum_to_1() -> None:
    scores = propagate(neighbour_graph(clouds(500), 5), LABELLED, Y, CLASSES)
    assert np.all(scores > -TOLERANCE)
    assert scores.sum(axis=1) == pytest.approx(1, abs=TOLERANCE)


def test_one_label_for_each_of_two_clusters_is_enough() -> None:
    truth = np.arange(200) % 2
    codes = clouds(200) + 100 * truth[:, np.newaxis].astype(np.float32)
    graph = neighbour_graph(codes, 10)
    scores = propagate(graph, np.array([4, 7]), np.uint8([0, 1]), 2)
    assert np.array_equal(np.argmax(scores, axis=1), truth)
    outside = averaging(codes, codes + np.float32(0.1), 10) @ scores
    assert np.array_equal(np.argmax(outside, axis=1), truth)


def test_the_order_of_points_and_of_labels_does_not_matter() -> None:
    codes = clouds()
    order, labels = RANDOM.permutation(len(codes)), RANDOM.permutation(len(LABELLED))
    scores = propagate(neighbour_graph(codes, 5), LABELLED, Y, CLASSES)
    moved = np.argsort(order)[LABELLED]
    graph = neighbour_graph(codes[order], 5)
    permuted = propagate(graph, moved[labels], Y[labels], CLASSES)
    assert permuted == pytest.approx(scores[order], abs=TOLERANCE)
    assert np.array_equal(permuted, propagate(graph, moved, Y, CLASSES))


def test_what_no_label_leads_to_has_the_shares_of_the_labels() -> None:
    codes = clouds(60)
    codes[40:] += 1000
    graph = neighbour_graph(codes, 5)
    scores = propagate(graph, np.arange(4), np.uint8([2, 1, 1, 2]), CLASSES)
    assert np.all(graph.parts[:40] != graph.parts[40])
    assert np.array_equal(scores[40:], np.tile([0, 0.5, 0.5], (20, 1)))
    assert np.all(np.argmax(scores[40:], axis=1) == 1)  # the lower of two equals


@pytest.mark.parametrize("value", [0.0, 0.1, -1234.567])
def test_codes_that_are_all_equal_are_linked_by_1(value: float) -> None:
    codes = np.full((120, 7), value, np.float32)
    graph = neighbour_graph(codes, 5)
    assert graph.weights.max() == 1
    scores = propagate(graph, LABELLED, Y, CLASSES)
    assert scores.sum(axis=1) == pytest.approx(1, abs=TOLERANCE)
    assert np.all(np.isfinite(averaging(codes, codes, 5) @ scores))


def test_copies_of_a_labelled_point_get_its_label() -> None:
    codes = np.repeat(clouds(30), 5, axis=0)  # the distance to the third of three neighbours is 0
    graph = neighbour_graph(codes, 3)
    labelled = np.arange(0, len(codes), 5)
    y = (labelled % CLASSES).astype(np.uint8)
    scores = propagate(graph, labelled, y, CLASSES)
    assert np.array_equal(np.argmax(scores, axis=1), np.repeat(y, 5))


def test_copies_beside_other_neighbours_weigh_1() -> None:
    codes = np.float32([[0], [0], [3], [5]])
    # Of the first: its copy at 0 and the third at 3, the last of three neighbours, and so on.
    one_way = np.exp([[-np.inf, 0, -4, -np.inf], [0, -np.inf, -4, -np.inf]])
    weights = neighbour_graph(codes, 3).weights.toarray()
    assert weights[:2, :2] == pytest.approx(one_way[:, :2])
    # The third's two are the last at 2 and one of the two equals at 3.
    assert sorted(weights[2, :2]) == pytest.approx([np.exp(-4) / 2, np.exp(-4)])
    assert weights[2, 3] == pytest.approx((np.exp(-4 * 4 / 9) + np.exp(-4 * 4 / 25)) / 2)


def test_all_points_are_neighbours_at_most() -> None:
    codes = clouds(20)
    graph, largest = neighbour_graph(codes, 99), neighbour_graph(codes, 20)
    assert (graph.weights != largest.weights).nnz == 0
    assert averaging(codes, codes, 99).shape == (20, 20)


def test_where_everything_is_labelled_nothing_is_solved() -> None:
    y = np.arange(20, dtype=np.uint8) % CLASSES
    scores = propagate(neighbour_graph(clouds(20), 5), np.arange(20), y, CLASSES)
    assert np.array_equal(scores, np.eye(CLASSES)[y])


def test_points_outside_get_the_weighted_mean() -> None:
    codes, scores = np.float32([[0], [1], [2], [9]]), np.float64([[1, 0], [0, 1], [0, 1], [1, 0]])
    first, second = 1, np.exp(-4)  # at 0 and 1, of which 1 is the distance of the last
    at_the_first = averaging(codes, np.float32([[0]]), 2) @ scores
    assert at_the_first == pytest.approx(np.array([[first, second]]) / (first + second))
    # With one neighbour, a point that equals a labelled one has its label.
    assert np.array_equal(averaging(codes, codes, 1) @ scores, scores)


@pytest.mark.parametrize(("count", "neighbours"), [(1, 5), (5, 1)])
def test_a_graph_of_nothing_is_refused(count: int, neighbours: int) -> None:
    with pytest.raises(InputError, match="graph of codes: expected 2 codes and 2 neighbours"):
        neighbour_graph(clouds(count), neighbours)


@pytest.mark.parametrize(
    ("labelled", "y"),
    [([], []), ([1, 1], [0, 1]), ([1, 2], [0]), ([1], [CLASSES])],
    ids=["none", "twice", "missing", "unknown class"],
)
def test_wrong_labels_are_refused(labelled: list[int], y: list[int]) -> None:
    with pytest.raises(InputError, match="labels to propagate: expected different points"):
        propagate(neighbour_graph(clouds(), 5), np.int64(labelled), np.uint8(y), CLASSES)


def test_a_solution_that_is_not_reached_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stages.few_labels.propagation._STEPS", 1)
    with pytest.raises(InputError, match="expected weights with which conjugate gradients"):
        propagate(neighbour_graph(clouds(30), 5), np.arange(2), np.uint8([0, 1]), CLASSES)


@pytest.mark.parametrize("transductive", [True, False])
def test_labels_spread_to_test_images_of_their_cluster(transductive: bool) -> None:
    random = np.random.default_rng(0)
    centres = np.repeat([[0.0, 0.0], [9.0, 9.0]], 40, axis=0)
    train, test = ((centres + random.normal(size=(80, 2))).astype(np.float32) for _ in range(2))
    spread = Spread(train, test, 10, 30, transductive)
    found = spread.classes(np.array([3, 50]), np.uint8([1, 0]), 2)
    assert found.tolist() == [1] * 40 + [0] * 40


def test_wide_codes_are_compared_by_their_components() -> None:
    random = np.random.default_rng(0)
    centres = np.repeat([[0.0] * 50, [3.0] * 50], 40, axis=0)
    train, test = ((centres + random.normal(size=(80, 50))).astype(np.float32) for _ in range(2))
    found = Spread(train, test, 10, 1, True).classes(np.array([3, 50]), np.uint8([1, 0]), 2)
    assert found.tolist() == [1] * 40 + [0] * 40


def test_two_codes_and_two_neighbours_are_enough() -> None:
    graph = neighbour_graph(np.float32([[0], [3]]), 2)
    assert graph.weights.toarray() == pytest.approx(np.exp(-4) * np.array([[0, 1], [1, 0]]))
    assert propagate(graph, np.array([1]), np.uint8([1]), 2) == pytest.approx(np.eye(2)[[1, 1]])


def test_codes_of_another_shape_are_refused() -> None:
    with pytest.raises(InputError, match="graph of codes: expected 2 codes"):
        neighbour_graph(np.zeros((9, 2, 2), np.float32), 5)


def test_blocks_of_rows_do_not_change_the_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = clouds()
    whole = neighbour_graph(codes, 6).weights
    monkeypatch.setattr("stages.few_labels.propagation._ROWS", 7)
    assert (neighbour_graph(codes, 6).weights != whole).nnz == 0
