"""The pipeline: one module per DVC stage, shared code in the folders below."""

# First, before any numeric library is loaded and any other code is read.
from stages.core import change_guard, numerics  # noqa: F401
