"""Linear probes."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from stages.few_labels.linear_probe import Probe, fit, predict


def clouds(classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Overlapping clouds of codes far from the origin."""
    random = np.random.default_rng(0)
    y = np.repeat(np.arange(classes), 30).astype(np.uint8)
    codes = random.normal(size=(len(y), 4)) + y[:, np.newaxis] * [1, 0, 0.5, 0]
    return (100 * codes + [500, 0, 0, 0]).astype(np.float32), y


@pytest.mark.parametrize("classes", [2, 3])
def test_a_probe_says_what_logistic_regression_on_scaled_codes_says(classes: int) -> None:
    codes, y = clouds(classes)
    scaled = (codes - codes.mean(axis=0)) / np.sqrt(np.mean(codes.var(axis=0)))
    usual = LogisticRegression(C=0.3, max_iter=1000).fit(scaled.astype(np.float64), y)
    probe = fit(codes, y, 0.3, classes)
    assert np.array_equal(predict(probe, codes), usual.predict(scaled.astype(np.float64)))
    logits = codes @ probe.kernel + probe.bias
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    expected = usual.predict_proba(scaled.astype(np.float64))
    assert np.allclose(shares, expected, atol=1e-3)


def test_the_unit_of_the_codes_changes_nothing() -> None:
    codes, y = clouds(3)
    first, second = fit(codes, y, 0.3, 3), fit(1000 * codes, y, 0.3, 3)
    assert np.allclose(first.kernel, 1000 * second.kernel, rtol=1e-3)
    assert np.array_equal(predict(first, codes), predict(second, 1000 * codes))


def test_a_unit_that_never_varies_has_no_weight() -> None:
    codes, y = clouds(3)
    codes[:, 1] = 7
    assert np.array_equal(fit(codes, y, 1.0, 3).kernel[1], np.zeros(3))


def test_classes_without_a_label_are_never_predicted() -> None:
    codes, y = clouds(3)
    probe = fit(codes, y + 1, 1.0, 5)
    assert set(predict(probe, codes)) == {1, 2, 3}
    assert np.isfinite(np.concatenate([probe.kernel.ravel(), probe.bias])).all()


def test_one_class_alone_is_always_predicted() -> None:
    codes, y = clouds(2)
    assert set(predict(fit(codes, np.full_like(y, 1), 1.0, 3), codes)) == {1}


def test_equal_logits_give_the_lowest_class() -> None:
    probe = Probe(np.zeros((2, 3), np.float32), np.zeros(3, np.float32))
    assert predict(probe, np.ones((4, 2), np.float32)).tolist() == [0, 0, 0, 0]


def test_fitting_goes_on_where_it_converges_slowly() -> None:
    random = np.random.default_rng(0)
    y = np.repeat(np.arange(3), 30).astype(np.uint8)
    codes = random.normal(size=(90, 20)) + np.eye(3, 20)[y]
    codes = (codes * np.geomspace(1, 0.01, 20)).astype(np.float32)
    mean = codes.mean(axis=0, dtype=np.float64)
    scale = np.sqrt(np.mean((codes - mean) ** 2))
    scaled = (codes.astype(np.float64) - mean) / scale
    usual = LogisticRegression(C=1e3, max_iter=1000).fit(scaled, y)
    assert usual.n_iter_[0] > 100
    probe = fit(codes, y, 1e3, 3)
    assert probe.kernel == pytest.approx(usual.coef_.T / scale, rel=1e-3)


def test_codes_of_other_classes_leave_no_trace_in_a_class_without_a_label() -> None:
    codes, y = clouds(2)
    probe = fit(codes, 2 * y, 1.0, 4)
    assert not probe.kernel[:, [1, 3]].any()
    assert (probe.bias[[1, 3]] < -1e8).all()
