"""The network in whose features samples are compared, and scores."""

from pathlib import Path

import numpy as np
import pytest

from stages.core.errors import InputError
from stages.core.images import Images
from stages.models.schema import Convolutional
from stages.samples import feature_network
from stages.samples.generation import draw_codes, halves, score
from stages.samples.schema import Classifier, Sampling

CLASSIFIER = Classifier(
    seed=0,
    architecture=Convolutional(
        kind="convolutional",
        filters=(4,),
        kernel_size=3,
        activation="relu",
        latent_dim=6,
        latent_activation="relu",
    ),
    epochs=10,
    batch_size=32,
    learning_rate=1e-2,
)
SAMPLING = Sampling(
    seed=0,
    images=500,
    neighbours=3,
    components=5,
    blur=1.0,
    mixture_components=2,
    mixture_images=400,
    mixture_dimensions=2,
    copies=5,
    columns=3,
    interpolations=2,
    traversals=2,
    steps=3,
)


@pytest.fixture(scope="module")
def network(toy: Images) -> feature_network.FeatureNetwork:
    return feature_network.train(toy.x_train, toy.y_train, CLASSIFIER)


def test_the_network_knows_the_classes(
    network: feature_network.FeatureNetwork, toy: Images
) -> None:
    assert np.mean(feature_network.classes(network, toy.x_test) == toy.y_test) > 0.95
    assert feature_network.features(network, toy.x_test).shape == (len(toy.x_test), 6)


def test_a_network_of_two_classes_tells_them_apart(toy: Images) -> None:
    two = toy.y_train < 2
    network = feature_network.train(toy.x_train[two], toy.y_train[two] + 3, CLASSIFIER)
    found = feature_network.classes(network, toy.x_test)[toy.y_test < 2]
    assert np.mean(found == toy.y_test[toy.y_test < 2] + 3) > 0.95


def test_a_stored_network_is_the_same(
    network: feature_network.FeatureNetwork, toy: Images, tmp_path: Path
) -> None:
    feature_network.save(network, tmp_path / "network.npz")
    loaded = feature_network.load(tmp_path / "network.npz", CLASSIFIER, toy.x_test.shape[1:])
    for use in (feature_network.features, feature_network.classes):
        assert np.array_equal(use(loaded, toy.x_test), use(network, toy.x_test))


def test_weights_of_another_architecture_are_refused(
    network: feature_network.FeatureNetwork, toy: Images, tmp_path: Path
) -> None:
    feature_network.save(network, tmp_path / "network.npz")
    with pytest.raises(InputError, match=r"network.npz: expected the weights of the classifier: "):
        feature_network.load(tmp_path / "network.npz", CLASSIFIER, (9, 9, 1))


def test_training_repeats(network: feature_network.FeatureNetwork, toy: Images) -> None:
    again = feature_network.train(toy.x_train, toy.y_train, CLASSIFIER)
    for one, other in zip(network.model.weights, again.model.weights, strict=True):
        assert np.array_equal(one, other)


def test_a_network_that_diverges_is_refused(toy: Images) -> None:
    settings = CLASSIFIER.model_copy(update={"learning_rate": 1e30})
    with pytest.raises(InputError, match=r"classifier, epoch .*learning_rate is 1e\+30"):
        feature_network.train(toy.x_train, toy.y_train, settings)


def test_values_outside_the_range_of_pixels_are_measured_as_they_are_shown(
    network: feature_network.FeatureNetwork, toy: Images
) -> None:
    beyond = np.where(toy.x_test > 0.5, 7, -3).astype(np.float32)
    assert np.array_equal(
        feature_network.features(network, beyond),
        feature_network.features(network, np.clip(beyond, 0, 1)),
    )


def test_halves_have_nothing_in_common_and_equal_sizes() -> None:
    parts = halves(91, SAMPLING)
    assert len(parts.reference) == len(parts.others) == 45
    assert not set(parts.reference) & set(parts.others)


def test_pairs_are_of_two_images_that_are_not_the_reference() -> None:
    parts = halves(91, SAMPLING)
    assert set(parts.partners) == set(parts.others)
    assert (parts.partners != parts.others).all()


def test_real_images_score_better_than_noise(
    network: feature_network.FeatureNetwork, toy: Images
) -> None:
    parts = halves(len(toy.x_train), SAMPLING)
    reference, others = toy.x_train[parts.reference], toy.x_train[parts.others]
    noise = np.random.default_rng(0).random(others.shape, np.float32)
    real, made = (
        score(network, reference, others, SAMPLING),
        score(network, reference, noise, SAMPLING),
    )
    assert real.frechet_classifier < made.frechet_classifier
    assert real.coverage > made.coverage
    assert real.two_sample_accuracy < made.two_sample_accuracy


CODES = np.random.default_rng(0).choice([-5, 5], (4000, 1)) * np.float32([1, 2, 0]) + (
    np.random.default_rng(1).normal(size=(4000, 3)).astype(np.float32) * np.float32([0.1, 0.1, 0])
)


def test_codes_from_the_prior_are_standard_normal() -> None:
    z = draw_codes("normal", np.zeros((5, 2), np.float32), 20_000, SAMPLING)
    assert z.mean(axis=0) == pytest.approx([0, 0], abs=0.03)
    assert z.std(axis=0) == pytest.approx([1, 1], abs=0.03)


@pytest.mark.parametrize("sampler", ["gaussian", "mixture"])
def test_fitted_samplers_have_the_codes_mean_and_covariance(sampler: str) -> None:
    z = draw_codes(sampler, CODES.astype(np.float32), 20_000, SAMPLING)  # type: ignore[arg-type]
    assert z.mean(axis=0) == pytest.approx(CODES.mean(axis=0), abs=1)
    assert np.cov(z, rowvar=False) == pytest.approx(np.cov(CODES, rowvar=False), rel=0.05, abs=1)


def test_a_mixture_knows_two_clusters_and_a_gaussian_does_not() -> None:
    gaussian, mixture = (
        np.abs(draw_codes(sampler, CODES.astype(np.float32), 2_000, SAMPLING)[:, 0])
        for sampler in ("gaussian", "mixture")
    )
    assert np.mean(gaussian < 3) > 0.3
    assert np.mean(mixture < 3) < 0.01


@pytest.mark.parametrize("sampler", ["normal", "gaussian", "mixture"])
def test_codes_repeat_and_collapsed_ones_can_be_drawn(sampler: str) -> None:
    collapsed = np.full((300, 4), 1e-9, np.float32)
    first, second = (
        draw_codes(sampler, collapsed, 7, SAMPLING)  # type: ignore[arg-type]
        for _ in range(2)
    )
    assert first.shape == (7, 4)
    assert np.isfinite(first).all()
    assert np.array_equal(first, second)
