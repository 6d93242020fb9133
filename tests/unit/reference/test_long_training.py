"""Long trainings: interrupted ones end with the same bytes; what is no checkpoint is none."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from reference.gaussian_prior_vae.gated import build
from reference.gaussian_prior_vae.long_training import Checkpoint, Epoch, LongTrainer, normalized
from reference.gaussian_prior_vae.schema import GatedModel, UntilStopped
from stages.core.errors import InputError

SETTINGS = UntilStopped(
    batch_size=50,
    learning_rate=1e-2,
    normalized_gradients=True,
    warm_up_epochs=3,
    patience=5,
    max_epochs=40,
)
FORM = GatedModel(
    hidden=(8,), latent_dim=2, min_log_var=-6.0, max_log_var=2.0, min_probability=1e-5
)
KEY, OTHER_KEY = b"k" * 32, b"o" * 32


class DeathError(Exception):
    """Stands for a process that dies."""


@pytest.fixture(scope="module")
def trained() -> LongTrainer:
    """One trainer for all tests, since compiling takes seconds; each fit starts afresh."""
    random = np.random.default_rng(0)
    kinds = random.uniform(size=(3, 4, 3, 1))
    x_train = kinds[np.arange(300) % 3].astype(np.float32)
    x_validation = (random.uniform(size=(100, 4, 3, 1)) < kinds[np.arange(100) % 3]).astype("f4")
    return LongTrainer(SETTINGS, build(FORM, (4, 3, 1)), x_train, x_validation)


def weights(of: LongTrainer) -> list[np.ndarray]:
    return [np.asarray(weight).copy() for weight in of._weights]


def nothing(epoch: Epoch) -> None:
    """Report to nobody."""


def until(number: int) -> Callable[[Epoch], None]:
    def report(epoch: Epoch) -> None:
        if epoch.number == number:
            raise DeathError

    return report


@pytest.mark.long
def test_an_interrupted_training_ends_with_the_same_bytes(
    trained: LongTrainer, tmp_path: Path
) -> None:
    whole = trained.fit(0, Checkpoint(tmp_path / "whole.npz", KEY), nothing)
    expected = weights(trained)
    checkpoint = Checkpoint(tmp_path / "interrupted.npz", KEY, every=5)
    for number in (7, 13):
        with pytest.raises(DeathError):
            trained.fit(0, checkpoint, until(number))
        trained.fit(1, Checkpoint(tmp_path / "other.npz", KEY), nothing)  # moves everything
    assert trained.fit(0, checkpoint, nothing) == whole
    for ours, theirs in zip(weights(trained), expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def computed_epochs(
    of: LongTrainer, checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> tuple[int, list[Epoch]]:
    """Fit from seed 0 and count the epochs that were not taken from the checkpoint."""
    learn, calls = of._learn, []
    monkeypatch.setattr(of, "_learn", lambda *given: calls.append(1) or learn(*given))
    epochs = of.fit(0, checkpoint, nothing)
    monkeypatch.setattr(of, "_learn", learn)
    return len(calls), epochs


def test_what_the_checkpoint_has_is_not_computed_again(
    trained: LongTrainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = Checkpoint(tmp_path / "checkpoint.npz", KEY, every=5)
    with pytest.raises(DeathError):
        trained.fit(0, checkpoint, until(13))
    count, epochs = computed_epochs(trained, checkpoint, monkeypatch)
    assert count == len(epochs) - 10


def test_a_finished_training_is_not_gone_on_with(
    trained: LongTrainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = Checkpoint(tmp_path / "checkpoint.npz", KEY, every=1)
    whole = trained.fit(0, checkpoint, nothing)
    assert computed_epochs(trained, checkpoint, monkeypatch) == (0, whole)


def test_the_weights_are_those_of_the_best_epoch(
    trained: LongTrainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    epochs = trained.fit(0, Checkpoint(tmp_path / "a.npz", KEY), nothing)
    best = weights(trained)
    losses = [epoch.validation_loss for epoch in epochs]
    number = int(np.argmin(losses)) + 1
    assert len(epochs) == number + SETTINGS.patience + 1 < SETTINGS.max_epochs
    monkeypatch.setattr(trained, "_settings", SETTINGS.model_copy(update={"max_epochs": number}))
    assert trained.fit(0, Checkpoint(tmp_path / "b.npz", KEY), nothing) == epochs[:number]
    for ours, theirs in zip(best, weights(trained), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_it_learns(trained: LongTrainer, tmp_path: Path) -> None:
    epochs = trained.fit(0, Checkpoint(tmp_path / "checkpoint.npz", KEY), nothing)
    assert min(epoch.validation_loss for epoch in epochs) < epochs[0].validation_loss - 0.5
    assert [epoch.kl_weight for epoch in epochs[:4]] == pytest.approx([1 / 3, 2 / 3, 1, 1])


@pytest.mark.parametrize("spoil", ["another key", "damage", "nothing there"])
def test_what_is_no_checkpoint_of_this_training_is_not_gone_on_from(
    trained: LongTrainer, tmp_path: Path, spoil: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = trained.fit(0, Checkpoint(tmp_path / "whole.npz", KEY), nothing)
    path = tmp_path / "checkpoint.npz"
    key = OTHER_KEY if spoil == "another key" else KEY
    with pytest.raises(DeathError):
        trained.fit(1, Checkpoint(path, key, every=5), until(6))
    if spoil == "damage":
        path.write_bytes(path.read_bytes()[:-2000])
    elif spoil == "nothing there":
        path.unlink()
    again = computed_epochs(trained, Checkpoint(path, KEY), monkeypatch)
    assert again == (len(whole), whole)


def test_a_checkpoint_can_be_removed_twice(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "checkpoint.npz", KEY)
    checkpoint.remove()
    checkpoint.remove()


def test_a_gradient_has_norm_one_after_it_was_normalized() -> None:
    gradient = tf.constant([[3e3, 0.0], [0.0, -4e3]])
    np.testing.assert_allclose(normalized(gradient), [[0.6, 0], [0, -0.8]], rtol=1e-6)
    assert np.array_equal(normalized(tf.zeros(3)), np.zeros(3))


def test_a_loss_that_is_no_longer_finite_is_refused(
    trained: LongTrainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trained, "_x_validation", trained._x_validation * np.nan)
    with pytest.raises(InputError, match="seed 0, epoch 1: expected finite losses, received"):
        trained.fit(0, Checkpoint(tmp_path / "checkpoint.npz", KEY), nothing)
