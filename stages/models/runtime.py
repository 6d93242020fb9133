"""Setting up TensorFlow and Keras in the same way everywhere."""

import keras
import tensorflow as tf

from stages.core.errors import InputError


def configure(threads: int, device: str) -> None:
    """Fix what a user's own Keras settings or the machine could otherwise change.

    Args:
        threads: size of the pool that computes; no result depends on it.
        device: `cpu` or `gpu`. A GPU is used only if it is asked for, since its results differ from
            the CPU's in the last bits.

    Raises:
        InputError: there is no GPU to use.
    """
    if device == "cpu":
        tf.config.set_visible_devices([], "GPU")
    elif not tf.config.list_physical_devices("GPU"):
        raise InputError(
            "device: expected a GPU that TensorFlow can use, received none; TensorFlow finds one "
            "with the packages of tensorflow[and-cuda]"
        )
    else:
        tf.config.experimental.enable_op_determinism()
        tf.config.experimental.enable_tensor_float_32_execution(False)
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    keras.config.set_floatx("float32")
    keras.config.set_image_data_format("channels_last")
