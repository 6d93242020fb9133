"""Loads TensorFlow without the messages that it writes before it reads its log level.

A stage that uses TensorFlow imports this before any module that does.
"""

import os
import sys

# The messages come from C++, so the descriptor itself is redirected.
sys.stderr.flush()
_stderr = os.dup(2)
with open(os.devnull, "w") as _nowhere:
    os.dup2(_nowhere.fileno(), 2)
try:
    import tensorflow  # noqa: F401
finally:
    os.dup2(_stderr, 2)
    os.close(_stderr)
