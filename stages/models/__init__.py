"""Autoencoders: architectures, objectives, training, storing and loading."""

import os
import sys

# TensorFlow's C++ part remarks on the machine while it is imported, before it reads its log level.
sys.stderr.flush()
_stderr = os.dup(2)
with open(os.devnull, "w") as _nowhere:
    os.dup2(_nowhere.fileno(), 2)
try:
    import tensorflow  # noqa: F401
finally:
    os.dup2(_stderr, 2)
    os.close(_stderr)
