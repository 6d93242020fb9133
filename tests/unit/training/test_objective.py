"""Objectives against closed forms, Monte Carlo and the tutorial's own arithmetic."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from stages.core.params import validate
from stages.models.schema import Variant
from stages.training import objective
from stages.training.objective import Terms

RANDOM = np.random.default_rng(0)


def variant(**changes: Any) -> Variant:
    architecture = {
        "kind": "dense",
        "hidden": [],
        "latent_dim": 3,
        "latent_activation": changes.pop("latent_activation", "linear"),
    }
    return validate({"architecture": architecture, **changes}, Variant, "variant")


def normal(*shape: int) -> Any:
    return RANDOM.normal(size=shape).astype(np.float32)


def test_squared_error_is_summed_over_pixels_of_each_image() -> None:
    x = tf.zeros((2, 3, 4, 1))
    reconstruction = tf.stack([tf.ones((3, 4, 1)), tf.fill((3, 4, 1), 2.0)])
    assert objective.squared_error(x, reconstruction).numpy().tolist() == [12.0, 48.0]


def test_kl_is_zero_at_the_prior() -> None:
    assert not objective.gaussian_kl(tf.zeros((2, 3)), tf.zeros((2, 3))).numpy().any()


def test_kl_agrees_with_monte_carlo() -> None:
    z_mean, z_log_var = np.float32([[0.7]]), np.float32([[-1.2]])
    deviation = np.exp(z_log_var / 2)
    z = z_mean + deviation * RANDOM.normal(size=(200_000, 1))
    log_q = -0.5 * np.square((z - z_mean) / deviation) - np.log(deviation)
    estimates = log_q + 0.5 * np.square(z)
    error = estimates.std() / np.sqrt(len(estimates))
    exact = objective.gaussian_kl(z_mean, z_log_var).numpy().item()
    assert exact == pytest.approx(estimates.mean(), abs=4 * error)


def test_sampled_codes_have_the_mean_and_the_variance() -> None:
    z = objective.sample_code(
        tf.fill((50_000, 1), 2.0), tf.fill((50_000, 1), 1.0), normal(50_000, 1)
    )
    assert np.mean(z) == pytest.approx(2, abs=0.03)
    assert np.var(z) == pytest.approx(np.e, rel=0.03)


def test_sparsity_is_zero_on_target_and_grows_on_both_sides() -> None:
    penalty = objective.bernoulli_kl(0.2, tf.constant([0.1, 0.2, 0.3])).numpy()
    assert penalty[1] == pytest.approx(0, abs=1e-7)
    assert penalty[0] > 0.01
    assert penalty[2] > 0.01


def test_sparsity_agrees_with_its_formula() -> None:
    expected = 0.2 * np.log(0.2 / 0.5) + 0.8 * np.log(0.8 / 0.5)
    assert objective.bernoulli_kl(0.2, tf.constant([0.5])).numpy() == pytest.approx(expected)


def test_sparsity_is_finite_where_units_are_always_on_or_off() -> None:
    assert np.isfinite(objective.bernoulli_kl(0.2, tf.constant([0.0, 1.0]))).all()


def test_the_total_averages_images_and_weighs_penalties_against_that() -> None:
    parts = Terms(tf.constant([2.0, 4.0]), tf.constant(5.0), tf.constant([1.0, 3.0]))
    sparse = variant(latent_activation="sigmoid", sparsity={"target": 0.2, "weight": 0.5})
    assert objective.total(parts, sparse, kl_weight=0.0, pixels=9).numpy() == 3.0 + 2.5
    assert objective.total(parts, variant(beta=4.0), kl_weight=4.0, pixels=9).numpy() == 3.0 + 8.0


def test_the_unbalanced_weight_is_the_tutorials_own_loss() -> None:
    batch, height, width, latents = 4, 3, 2, 5
    x, reconstruction = normal(batch, height, width, 1), normal(batch, height, width, 1)
    z_mean, z_log_var = normal(batch, latents), normal(batch, latents)
    # As the tutorial writes it: Keras' "mse" plus its kld_loss, which sums over the batch as well.
    tutorial = np.mean(np.square(x - reconstruction)) - 0.5 * np.sum(
        1 + z_log_var - np.square(z_mean) - np.exp(z_log_var)
    )
    kl = tf.reduce_sum(objective.gaussian_kl(z_mean, z_log_var), axis=1)
    parts = Terms(objective.squared_error(x, reconstruction), tf.zeros(()), kl)
    unbalanced = variant(beta="pixels_times_batch_size")
    weight = objective.beta(unbalanced, height * width, batch)
    ours = objective.total(parts, unbalanced, weight, height * width).numpy()
    assert ours == pytest.approx(height * width * tutorial, rel=1e-5)


def test_the_calibrated_loss_is_minus_the_bound_at_the_best_decoder_variance() -> None:
    pixels, batch = 6, 5
    errors, kl = np.abs(normal(batch)) + 0.1, np.abs(normal(batch))
    parts = Terms(tf.constant(errors), tf.zeros(()), tf.constant(kl))
    loss = objective.total(parts, variant(beta="calibrated"), 1.0, pixels).numpy()
    variances = np.linspace(0.01, 2, 20_000)

    def bound(variance: Any) -> Any:
        """Minus the mean log-likelihood of Gaussian pixels, plus the KL."""
        log_likelihood = -errors.mean() / (2 * variance) - pixels / 2 * np.log(2 * np.pi * variance)
        return kl.mean() - log_likelihood

    constant = pixels / 2 * (1 + np.log(2 * np.pi))
    assert loss + constant == pytest.approx(np.min(bound(variances)), rel=1e-4)


def test_the_calibrated_gradient_weighs_errors_by_twice_the_decoder_variance() -> None:
    errors = tf.Variable([2.0, 4.0])
    with tf.GradientTape() as tape:
        parts = Terms(errors, tf.zeros(()), tf.zeros(2))
        loss = objective.total(parts, variant(beta="calibrated"), 1.0, pixels=10)
    variance = 3.0 / 10
    assert tape.gradient(loss, errors).numpy() == pytest.approx([0.5 / (2 * variance)] * 2)


def identity(given: Any, training: bool) -> Any:
    return given


def test_noise_is_on_the_input_and_the_target_is_clean() -> None:
    x = tf.fill((500, 4, 4, 1), 0.5)
    seed = tf.constant([1, 2])
    noisy = variant(noise={"stddev": 0.3})
    error = objective.terms(identity, identity, noisy, x, seed).squared_error
    assert np.mean(error) / 16 == pytest.approx(0.09, rel=0.05)
    clean = objective.terms(identity, identity, variant(), x, seed).squared_error
    assert not clean.numpy().any()


def test_the_same_seed_gives_the_same_noise_and_another_one_another() -> None:
    x, noisy = tf.zeros((2, 4, 4, 1)), variant(noise={"stddev": 0.3})

    def error(*seed: int) -> Any:
        return objective.terms(identity, identity, noisy, x, tf.constant(seed)).squared_error

    assert np.array_equal(error(1, 2), error(1, 2))
    assert not np.array_equal(error(1, 2), error(1, 3))


def test_noise_on_pixels_and_on_codes_is_not_the_same() -> None:
    def encode(given: Any, training: bool) -> Any:
        flat = tf.reshape(given, (1, -1))
        return flat, tf.zeros_like(flat)

    def difference(z: Any, training: bool) -> Any:
        return tf.reshape(z, (1, 4, 4, 1))

    both = variant(noise={"stddev": 1.0}, beta=1.0)
    error = objective.terms(encode, difference, both, tf.zeros((1, 4, 4, 1)), tf.constant([1, 2]))
    pixels_alone = objective.terms(
        identity,
        identity,
        variant(noise={"stddev": 1.0}),
        tf.zeros((1, 4, 4, 1)),
        tf.constant([1, 2]),
    )
    # Twice the same noise would be four times the squared error.
    assert error.squared_error.numpy() != pytest.approx(4 * pixels_alone.squared_error.numpy())


@pytest.mark.parametrize(
    ("beta", "weight"),
    [(None, 0), (0, 0), (2.5, 2.5), ("calibrated", 1), ("pixels_times_batch_size", 12 * 5)],
)
def test_the_weight_of_a_nat(beta: object, weight: float) -> None:
    assert objective.beta(variant(beta=beta), pixels=12, batch_size=5) == weight


def test_units_that_are_always_off_or_on_count_as_a_ten_millionth() -> None:
    low, high = objective.bernoulli_kl(0.2, tf.constant([0.0, 1.0])).numpy()
    assert low == pytest.approx(0.2 * np.log(0.2 / 1e-7) + 0.8 * np.log(0.8), rel=1e-5)
    # In float32, 1 - 1e-7 is 1 - 2 ** -23, twice the distance of its neighbour below 1.
    smallest = 1 - float(np.float32(1) - np.float32(1e-7))
    assert high == pytest.approx(0.2 * np.log(0.2) + 0.8 * np.log(0.8 / smallest), rel=1e-5)


def test_the_parts_of_a_variant_without_a_distribution() -> None:
    x = tf.constant(RANDOM.uniform(size=(2, 1, 3, 1)).astype(np.float32))

    def encode(given: Any, training: bool) -> Any:
        assert training
        return tf.reshape(given, (2, 3))

    def decode(z: Any, training: bool) -> Any:
        assert training
        return tf.reshape(z, (2, 1, 3, 1)) + 1.0

    sparse = variant(latent_activation="sigmoid", sparsity={"target": 0.2, "weight": 9.0})
    parts = objective.terms(encode, decode, sparse, x, tf.constant([1, 2]))
    assert parts.squared_error.numpy() == pytest.approx(3)
    assert parts.kl.numpy().tolist() == [0, 0]
    means = x.numpy().mean(axis=0).ravel()
    expected = 0.2 * np.log(0.2 / means) + 0.8 * np.log(0.8 / (1 - means))
    assert parts.sparsity.numpy() == pytest.approx(expected.sum(), rel=1e-5)
    assert objective.terms(encode, decode, variant(), x, tf.constant([1, 2])).sparsity == 0


def test_the_parts_of_a_variational_variant() -> None:
    z_mean, z_log_var = normal(2, 3), normal(2, 3)

    def encode(given: Any, training: bool) -> Any:
        assert training
        return tf.constant(z_mean), tf.constant(z_log_var)

    def decode(z: Any, training: bool) -> Any:
        return tf.reshape(z, (2, 1, 3, 1))

    x = tf.zeros((2, 1, 3, 1))
    parts = objective.terms(encode, decode, variant(beta=1.0), x, tf.constant([1, 2]))
    kl = 0.5 * (z_mean**2 + np.exp(z_log_var) - 1 - z_log_var)
    assert parts.kl.numpy() == pytest.approx(kl.sum(axis=1), rel=1e-5)
    assert parts.sparsity.numpy() == 0
    errors = [
        objective.terms(encode, decode, variant(beta=1.0), x, tf.constant([seed, 0])).squared_error
        for seed in range(500)
    ]
    expected = (z_mean**2 + np.exp(z_log_var)).sum(axis=1)
    assert np.mean(errors, axis=0) == pytest.approx(expected, rel=0.15)
