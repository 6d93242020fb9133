"""The study against the ways that people usually take, side by side on one machine.

Importing this package sets up numeric libraries as `stages` does, or leaves them their defaults in
a process that has the variable `NATIVE`, the contender's module.
"""

import os

from stages.core.numerics import NUMERICS

NATIVE = "BENCHMARK_NATIVE"

_ANYWHERE = {"KERAS_BACKEND", "TF_CPP_MIN_LOG_LEVEL"}
# Of the study's settings those that make it faster and no less portable.
_FASTER = [flag for flag in NUMERICS["XLA_FLAGS"].split() if "copy_insertion" in flag]

if NATIVE in os.environ:
    for _name in NUMERICS.keys() - _ANYWHERE:
        del os.environ[_name]
    if os.environ[NATIVE] == "tests.benchmarks.project":
        os.environ["XLA_FLAGS"] = " ".join(_FASTER)
