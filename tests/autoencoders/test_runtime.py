"""TensorFlow's settings."""

import pytest
import tensorflow as tf

from stages.autoencoders.runtime import configure
from stages.files.errors import InputError


def test_a_gpu_that_is_asked_for_and_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])
    with pytest.raises(InputError, match="device: expected a GPU .*, received none"):
        configure(2, "gpu")
