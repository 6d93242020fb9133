"""TensorFlow's settings."""

from typing import Any

import pytest
import tensorflow as tf

from stages.core.errors import InputError
from stages.models.runtime import configure


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Arguments of TensorFlow's functions, which a process may call once only."""
    calls: dict[str, Any] = {}

    def note(module: Any, name: str, gives: Any = None) -> None:
        def call(*given: Any) -> Any:
            calls[name] = given
            return gives

        monkeypatch.setattr(module, name, call)

    note(tf.config, "set_visible_devices")
    note(tf.config, "list_physical_devices", ["a GPU"])
    note(tf.config.threading, "set_intra_op_parallelism_threads")
    note(tf.config.threading, "set_inter_op_parallelism_threads")
    note(tf.config.experimental, "enable_op_determinism")
    note(tf.config.experimental, "enable_tensor_float_32_execution")
    return calls


def test_gpus_are_hidden_unless_one_is_asked_for(called: dict[str, Any]) -> None:
    configure(2, "gpu")
    assert "set_visible_devices" not in called
    assert called["enable_op_determinism"] == ()
    assert called["enable_tensor_float_32_execution"] == (False,)
    configure(2, "cpu")
    assert called["set_visible_devices"] == ([], "GPU")
    assert called["set_intra_op_parallelism_threads"] == (2,)


def test_a_gpu_that_is_asked_for_and_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])
    with pytest.raises(InputError, match="device: expected a GPU .*, received none"):
        configure(2, "gpu")
