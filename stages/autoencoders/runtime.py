"""TensorFlow and Keras, set up alike wherever they run."""

import keras
import tensorflow as tf


def configure(threads: int) -> None:
    """Fix what a user's own Keras settings or the machine could otherwise change.

    Args:
        threads: size of the pool that computes; part of a result's definition.
    """
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    keras.config.set_floatx("float32")
    keras.config.set_image_data_format("channels_last")
