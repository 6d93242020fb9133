"""Laplace learning: labels spread over a graph of nearest neighbours (Zhu et al. 2003).

Weights are those of Calder et al., "Poisson Learning" (ICML 2020), as `weight_matrix`,
`laplace_solve` and `accuracy` in `graphlearning.py` of jwcalder/GraphLearning had them in June
2020: a point is the first of its own neighbours, and the weights of both directions are averaged.
(In their later package, all neighbours are other points.) Three things differ: neighbours are exact
here and approximate there; where no label leads to, they take the first class; and they count all
unlabelled images, of which the test images are a seventh.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array, eye_array
from scipy.sparse.csgraph import connected_components, reverse_cuthill_mckee
from scipy.sparse.linalg import LinearOperator, cg
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors
from sklearn.utils import gen_batches

from stages.core.errors import InputError

Floats = NDArray[np.float32] | NDArray[np.float64]

# The norm of the residual at which conjugate gradients stop, relative to that of the right-hand
# side. Theirs is 1e-10, which takes 1.6 times as long and gives Fashion-MNIST the same classes.
_RESIDUAL = 1e-6
# More than any graph needs whose links weigh exp(-4) / 2 at least.
_STEPS = 10_000
# Rows of which differences are taken at once, to bound memory.
_ROWS = 1000


class Graph(NamedTuple):
    """Points, linked to their nearest neighbours.

    Attributes:
        weights: (n, n) sparse and symmetric, without a diagonal; float64 in [0, 1].
        parts: (n,) number of the connected part that a point belongs to.
        order: (n,) all points, linked ones near each other: a product with the weights is twice as
            fast in this order, since it reads nearby memory.
    """

    weights: Any
    parts: NDArray[np.int32]
    order: NDArray[np.int32]


class Spread:
    """Labels of training images, spread to test images over a graph of codes.

    Neighbours in wide codes are sought among their principal components, since the time for the
    search grows with the width.

    Args:
        codes_train: (n, d) of all training images.
        codes_test: (m, d) of the test images.
        neighbours: of the graph; the point itself is one.
        components: of wider codes, so many principal components are used, fitted to training codes.
        transductive: whether the test images are points of the graph, without their labels, or else
            take the mean of the nearest training images.
    """

    def __init__(
        self,
        codes_train: Floats,
        codes_test: Floats,
        neighbours: int,
        components: int,
        transductive: bool,
    ) -> None:
        if codes_train.shape[1] > components:
            pca = PCA(n_components=components, svd_solver="covariance_eigh")
            codes_train = pca.fit_transform(codes_train.astype(np.float64))
            codes_test = pca.transform(codes_test.astype(np.float64))
        self._train = len(codes_train)
        self._averaging = None
        points = codes_train
        if transductive:
            points = np.concatenate([codes_train, codes_test])
        else:
            self._averaging = averaging(codes_train, codes_test, neighbours)
        self._graph = neighbour_graph(points, neighbours)

    def classes(
        self, labelled: NDArray[np.int64], y: NDArray[np.uint8], classes: int
    ) -> NDArray[np.int64]:
        """Classify the test images.

        Args:
            labelled: (k,) indices of training images, one at least.
            y: (k,) their classes.
            classes: how many there are.

        Returns:
            (m,) class numbers, the lowest of equals.
        """
        scores = propagate(self._graph, labelled, y, classes)
        if self._averaging is None:
            return np.asarray(np.argmax(scores[self._train :], axis=1))
        return np.asarray(np.argmax(self._averaging @ scores, axis=1))


def neighbour_graph(codes: Floats, neighbours: int) -> Graph:
    """Link each point to its nearest neighbours, by exp(-4 d² / d_k²) (Calder et al. 2020, sec. 4).

    Here d_k is the distance to the last of the neighbours, so that a link weighs 1 at most and
    exp(-4) at least before both directions are averaged. Equal points are linked by 1.

    Args:
        codes: (n, d), n at least 2, in any unit: distances are Euclidean, nothing is rescaled.
        neighbours: at least 2, as the point itself is one; n at most are taken.

    Raises:
        InputError: there are too few codes or neighbours.
    """
    if codes.ndim != 2 or len(codes) < 2 or neighbours < 2:
        raise InputError(
            "graph of codes: expected 2 codes and 2 neighbours at least, received codes of shape "
            f"{codes.shape} and {neighbours} neighbours"
        )
    points = _relative_to(codes[0], codes)
    links = _links(points, None, min(neighbours, len(codes)) - 1)
    weights = (links + links.T) / 2
    _, parts = connected_components(weights, directed=False)
    return Graph(weights, parts, reverse_cuthill_mckee(weights, symmetric_mode=True))


def propagate(
    graph: Graph, labelled: NDArray[np.int64], y: NDArray[np.uint8], classes: int
) -> NDArray[np.float64]:
    """Score every class at every point by the harmonic function (Zhu et al. 2003, eq. 5).

    It minimises the sum of w_ij |u_i - u_j|² with u fixed at the labels, so that each other point
    has the weighted mean of its neighbours' scores. A point that no path leads to from a label has
    the shares of the classes among the labels, the largest of which is the most frequent class.

    Args:
        graph: n points.
        labelled: (m,) different points, one at least.
        y: (m,) their classes.
        classes: how many there are.

    Returns:
        (n, classes) scores, in [0, 1] and with a sum of 1 but for the solver's error. The class of
        a point is the one with the highest, the lowest number of equals.

    Raises:
        InputError: a point is labelled twice, or there are no labels or wrong ones.
    """
    points = len(graph.parts)
    if not (0 < len(labelled) == len(np.unique(labelled)) == len(y)) or max(y) >= classes:
        raise InputError(
            f"labels to propagate: expected different points with one class below {classes} each, "
            f"received {len(labelled)} points and {len(y)} labels up to {max(y, default=None)}"
        )
    scores = np.zeros((points, classes))
    scores[labelled, y] = 1
    reached = np.isin(graph.parts, graph.parts[labelled])
    unknown = reached.copy()
    unknown[labelled] = False
    solved = graph.order[unknown[graph.order]]
    if len(solved):
        scores[solved] = _harmonic(graph.weights[solved], solved, scores)
    scores[~reached] = np.bincount(y, minlength=classes) / len(y)
    return scores


def averaging(codes_train: Floats, codes_test: Floats, neighbours: int) -> Any:
    """Weigh the nearest points of a graph for points outside it (Delalleau et al. 2005).

    The weights are those of `neighbour_graph`, with the distance to the last of the neighbours. A
    point outside is not one of its own neighbours.

    Args:
        codes_train: (n, d) of the graph.
        codes_test: (m, d) outside it.
        neighbours: at least 1; n at most are taken.

    Returns:
        (m, n) sparse, each row with a sum of 1. Its product with the graph's scores has the scores
        of the points outside.
    """
    origin = codes_train[0]
    links = _links(
        _relative_to(origin, codes_train),
        _relative_to(origin, codes_test),
        min(neighbours, len(codes_train)),
    )
    return diags_array(1 / links.sum(axis=1)) @ links


def _harmonic(weights: Any, solved: Any, scores: Any) -> Any:
    """Solve (D - W) u = b for the points without labels, whose rows `weights` has."""
    inflow = weights @ scores  # from the labels, since all other scores are still 0
    # To scale both sides by the roots of the degrees is Jacobi's preconditioner.
    scale = diags_array(1 / np.sqrt(weights.sum(axis=1)))
    system = (eye_array(len(solved)) - scale @ weights[:, solved] @ scale).tocsr()

    def product(vector: Any) -> Any:
        # One system of equations for all classes: each pass over the matrix serves all of them.
        return (system @ vector.reshape(inflow.shape)).ravel()

    solution, failure = cg(
        LinearOperator((inflow.size, inflow.size), product, dtype=np.float64),
        (scale @ inflow).ravel(),
        rtol=_RESIDUAL,
        maxiter=_STEPS,
    )
    if failure:
        raise InputError(
            "graph of codes: expected weights with which conjugate gradients converge, received "
            f"some with which {failure} steps are too few"
        )
    return scale @ solution.reshape(inflow.shape)


def _links(points: Any, queries: Any, count: int) -> Any:
    """Give the weights of each query's nearest points, or else of each point's nearest others."""
    search = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(points)
    nearest = search.kneighbors(queries, return_distance=False)
    ends = points if queries is None else queries
    # From differences: the inner products by which they were found lose a small distance's digits.
    squares = np.concatenate(
        [
            np.sum(np.square(ends[rows, np.newaxis] - points[nearest[rows]]), axis=2)
            for rows in gen_batches(len(ends), _ROWS)
        ]
    )
    largest = np.max(squares, axis=1, keepdims=True)
    relative = np.divide(squares, largest, out=np.zeros_like(squares), where=largest > 0)
    starts = np.arange(0, squares.size + 1, count)
    return csr_array(
        (np.exp(-4 * relative).ravel(), nearest.ravel(), starts), shape=(len(ends), len(points))
    )


def _relative_to(origin: Floats, points: Floats) -> NDArray[np.float64]:
    """Subtract one of the points: distances by inner products are more precise near the origin."""
    return points.astype(np.float64) - origin
