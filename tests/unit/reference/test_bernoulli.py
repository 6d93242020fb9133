"""Likelihoods of binary images against SciPy; binary draws."""

import numpy as np
import tensorflow as tf
from scipy import stats
from scipy.special import expit

from reference.gaussian_prior_vae.bernoulli import (
    binarize,
    binarize_once,
    log_likelihood,
    log_ratio,
)
from stages.models.gaussian import gaussian_kl, sample_code

RANDOM = np.random.default_rng(0)


def test_the_likelihood_is_that_of_independent_pixels() -> None:
    logits = RANDOM.normal(0, 4, (5, 4, 3, 1))
    x = RANDOM.integers(2, size=logits.shape).astype(np.float64)
    expected = stats.bernoulli.logpmf(x, expit(logits)).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(log_likelihood(x, logits), expected, rtol=1e-12)


def test_probabilities_of_all_images_of_few_pixels_add_up_to_one() -> None:
    logits = np.broadcast_to(RANDOM.normal(size=(1, 2, 2, 1)), (16, 2, 2, 1))
    x = ((np.arange(16)[:, np.newaxis] >> np.arange(4)) & 1).reshape(16, 2, 2, 1).astype(float)
    np.testing.assert_allclose(np.exp(log_likelihood(x, logits)).sum(), 1, rtol=1e-12)


def test_an_impossible_logit_is_no_nan() -> None:
    x, logits = np.ones((1, 1, 1, 1), np.float32), np.full((1, 1, 1, 1), -1e4, np.float32)
    assert float(log_likelihood(x, logits)[0]) == -1e4


def test_the_ratio_is_that_of_two_normal_densities() -> None:
    mean, log_var, noise = RANDOM.normal(size=(3, 6, 4))
    z = np.asarray(sample_code(mean, log_var, noise))
    posterior = stats.norm.logpdf(z, mean, np.exp(log_var / 2)).sum(axis=1)
    prior = stats.norm.logpdf(z).sum(axis=1)
    np.testing.assert_allclose(log_ratio(z, log_var, noise), posterior - prior, rtol=1e-10)


def test_the_mean_ratio_is_the_kl() -> None:
    mean, log_var = RANDOM.normal(size=(2, 1, 3))
    noise = RANDOM.normal(size=(200_000, 3))
    ratios = np.asarray(log_ratio(np.asarray(sample_code(mean, log_var, noise)), log_var, noise))
    expected = float(np.sum(gaussian_kl(mean, log_var)))
    assert abs(ratios.mean() - expected) < 5 * ratios.std() / np.sqrt(len(ratios))


def test_binary_pixels_are_one_as_often_as_they_are_bright() -> None:
    x = tf.constant(np.broadcast_to([0.0, 0.1, 0.5, 0.9, 1.0], (20_000, 5)), tf.float32)
    drawn = binarize(x, tf.constant([1, 2]))
    assert set(np.unique(drawn)) == {0.0, 1.0}
    np.testing.assert_allclose(np.mean(drawn, axis=0), [0, 0.1, 0.5, 0.9, 1], atol=0.02)
    assert np.array_equal(drawn, binarize(x, tf.constant([1, 2])))
    assert not np.array_equal(drawn, binarize(x, tf.constant([1, 3])))


def test_binarizing_once_is_numpys_legacy_draw_of_one_array_after_the_other() -> None:
    grey = RANDOM.integers(0, 256, (2, 300, 28)) / 255
    np.random.seed(777)  # noqa: NPY002  # as the original code has it
    expected = [np.random.binomial(1, x) for x in grey]  # noqa: NPY002
    drawn = binarize_once(777, *grey.astype(np.float32))
    np.testing.assert_array_equal(drawn, expected)
    assert {x.dtype for x in drawn} == {np.dtype(np.float32)}
