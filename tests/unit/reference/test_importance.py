"""Importance-weighted estimates against likelihoods that are known."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import logsumexp

from reference.gaussian_prior_vae.gated import build, initialize
from reference.gaussian_prior_vae.importance import IMAGES, Weigher, likelihood, log_likelihoods
from reference.gaussian_prior_vae.schema import GatedModel
from stages.models.autoencoder import Autoencoder

SHAPE = (3, 2, 1)


def linear_gaussian(samples: int, widen: float) -> tuple[np.ndarray, float]:
    """Log-weights of z ~ N(0, 1), x|z ~ N(2 z, 0.5), and the exact mean of log p(x).

    q is the exact posterior with `widen` times its deviation.
    """
    random = np.random.default_rng(0)
    slope, variance = 2.0, 0.5
    x = random.normal(0, np.sqrt(slope**2 + variance), 40)[:, np.newaxis]
    spread = np.sqrt(variance / (slope**2 + variance))
    middle, deviation = x * slope / (slope**2 + variance), widen * spread
    z = random.normal(middle, deviation, (len(x), samples))
    log_weights = (
        stats.norm.logpdf(z)
        + stats.norm.logpdf(x, slope * z, np.sqrt(variance))
        - stats.norm.logpdf(z, middle, deviation)
    )
    exact = stats.norm.logpdf(x, 0, np.sqrt(slope**2 + variance)).mean()
    return log_weights, float(exact)


def test_with_the_exact_posterior_every_code_gives_the_exact_likelihood() -> None:
    log_weights, exact = linear_gaussian(50, widen=1.0)
    np.testing.assert_allclose(log_likelihoods(log_weights, 1).mean(axis=0), exact, rtol=1e-10)
    np.testing.assert_allclose(log_likelihoods(log_weights, 50).mean(axis=0), exact, rtol=1e-10)


def test_with_another_posterior_more_codes_come_nearer_from_below() -> None:
    log_weights, exact = linear_gaussian(20_000, widen=1.7)
    means = [
        float(log_likelihoods(log_weights, samples).mean()) for samples in (1, 10, 100, 20_000)
    ]
    assert means == sorted(means)
    assert means[0] < exact - 0.1
    assert means[-1] == pytest.approx(exact, abs=0.002)


@pytest.mark.parametrize("samples", [10, 100])
def test_the_deviation_is_that_of_estimates_with_other_codes(samples: int) -> None:
    log_weights, _ = linear_gaussian(200 * samples, widen=1.7)
    repeats = np.split(log_weights, 200, axis=1)
    means = [float(log_likelihoods(once, samples).mean()) for once in repeats]
    found = likelihood(repeats[0], log_weights[:20], samples)
    assert found.mean == means[0]
    # Half of the images stand for all; 200 repeats know a deviation within 5 %.
    assert found.sd == pytest.approx(float(np.std(means)), rel=0.3)
    assert likelihood(repeats[0], log_weights, samples).sd == pytest.approx(
        float(np.std(means)), rel=0.15
    )


@pytest.fixture(scope="module")
def model() -> Autoencoder:
    form = GatedModel(
        hidden=(6,),
        latent_dim=1,
        min_log_var=-6.0,
        max_log_var=2.0,
        min_probability=1e-5,
    )
    made = build(form, SHAPE)
    initialize(made, 0)
    # The likelihood is to depend on the code, and q to cover all of it, differently for each image.
    pixels = made.decoder.get_layer("pixels")
    pixels.kernel.assign(3 * np.asarray(pixels.kernel))
    z_mean = made.encoder.get_layer("z_mean")
    z_mean.kernel.assign(0.3 * np.asarray(z_mean.kernel))
    log_var = made.encoder.get_layer("unlimited_z_log_var")
    log_var.kernel.assign(np.zeros(log_var.kernel.shape))
    log_var.bias.assign([0.5])
    return made


def exact(model: Autoencoder, x: np.ndarray) -> np.ndarray:
    """Log p(x) by integrating over the one latent."""
    z = np.linspace(-9, 9, 4001)
    logits = np.asarray(model.decoder(z[:, np.newaxis].astype(np.float32)), np.float64)
    of_pixels = x[:, np.newaxis] * logits - np.logaddexp(0, logits)
    joint = of_pixels.sum(axis=(2, 3, 4)) + stats.norm.logpdf(z)
    return np.asarray(logsumexp(joint, axis=1) + np.log(z[1] - z[0]))


def test_the_weights_of_a_model_of_one_latent_add_up_to_its_exact_likelihood(
    model: Autoencoder,
) -> None:
    x = np.random.default_rng(0).integers(2, size=(23, *SHAPE)).astype(np.float32)
    log_weights = Weigher(model).log_weights(x, 20_000, 0, "test")
    assert log_weights.shape == (23, 20_000)
    found = logsumexp(log_weights.astype(np.float64), axis=1) - np.log(20_000)
    np.testing.assert_allclose(found, exact(model, x), atol=0.03)
    assert log_weights.mean() < exact(model, x).mean()


def test_codes_depend_on_seed_purpose_and_image_and_on_nothing_else(model: Autoencoder) -> None:
    x = np.ones((IMAGES + 2, *SHAPE), np.float32)
    weigher = Weigher(model)
    first = weigher.log_weights(x, 40, 0, "test")
    np.testing.assert_array_equal(first, weigher.log_weights(x, 40, 0, "test"))
    np.testing.assert_array_equal(first[:, :20], weigher.log_weights(x, 20, 0, "test"))
    np.testing.assert_array_equal(first[:7], weigher.log_weights(x[:7], 40, 0, "test"))
    assert not (first[0] == first[1:]).any()  # equal images, other codes
    for seed, purpose in ((1, "test"), (0, "repeated")):
        assert not (first == weigher.log_weights(x, 40, seed, purpose)).any()
