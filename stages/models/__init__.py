"""Autoencoders: their parameters, architectures, storage, use and optimisation."""

import os
import sys

# When it is imported, TensorFlow's C++ part writes messages before it reads its log level.
sys.stderr.flush()
_stderr = os.dup(2)
with open(os.devnull, "w") as _nowhere:
    os.dup2(_nowhere.fileno(), 2)
try:
    import tensorflow  # noqa: F401
finally:
    os.dup2(_stderr, 2)
    os.close(_stderr)
