"""Settings that decide the last bits of results, made before any numeric library is loaded.

Nothing in the caller's environment can then change a result, and plain ``dvc repro`` and
``make reproduce`` compute the same. The parameter ``device`` also decides the last bits.
"""

import gc
import os
import platform
import re
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

_XLA = (
    "--xla_cpu_use_xnnpack=false",
    "--xla_cpu_enable_platform_dependent_math=false",
    # Changes no result, and saves loops a copy of all weights.
    "--xla_cpu_copy_insertion_use_region_analysis=true",
)
_EVERYWHERE = {
    "XLA_FLAGS": " ".join(_XLA),
    "TF_ENABLE_ONEDNN_OPTS": "1",
    # scikit-learn's sums depend on how many threads share them.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "KERAS_BACKEND": "tensorflow",
    # TensorFlow's messages at its start (no GPU found, …) would hide our own.
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
# One instruction set on every x86-64 processor of the last ten years, and likewise on every 64-bit
# Arm processor; no library picks its kernels by processor model.
_X86 = {
    "XLA_FLAGS": " ".join(("--xla_cpu_max_isa=AVX2", *_XLA)),
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "OPENBLAS_CORETYPE": "Haswell",
    # NumPy has another exp() for processors with AVX-512.
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
}
_ARM = {
    "OPENBLAS_CORETYPE": "ARMV8",
    "NPY_DISABLE_CPU_FEATURES": "ASIMDHP ASIMDDP ASIMDFHM SVE",
}
_OF_MACHINE: Mapping[str, Mapping[str, str]] = {
    "x86_64": _X86,
    "aarch64": _ARM,
    "arm64": _ARM,  # macOS' name of it
}
NUMERICS = {**_EVERYWHERE, **_OF_MACHINE.get(platform.machine(), {})}


def missing_instructions(cpuinfo: str) -> list[str]:
    """List what a processor lacks of the instructions that the settings of x86-64 name.

    Args:
        cpuinfo: content of Linux' `/proc/cpuinfo`.
    """
    flags = re.search(r"^flags\s*:(.*)$", cpuinfo, re.MULTILINE)
    return sorted({"avx2", "fma"} - set(flags[1].split())) if flags else []


# A library that is told to use an instruction that is missing would end without a message.
_cpuinfo = Path("/proc/cpuinfo")
_is_x86 = platform.machine() == "x86_64" and _cpuinfo.exists()  # macOS has no such file
if _is_x86 and (_missing := missing_instructions(_cpuinfo.read_text())):
    sys.exit(
        "error: processor: expected AVX2 and FMA, as in x86-64 processors since 2013, received one "
        f"without {' and '.join(_missing)}"
    )

# All variables that the libraries above read are removed, whatever the caller has set.
_READ = re.compile(
    "(CUBLAS|CUDNN|DNNL|GOMP|GOTO|JOBLIB|KERAS|KMP|MKL|NPY|NUMPY|NVIDIA|OMP|ONEDNN|OPENBLAS|PANDAS"
    "|SCIPY|SKLEARN|TF|XLA)_"
)

for _name in filter(_READ.match, list(os.environ)):
    del os.environ[_name]
os.environ.update(NUMERICS)

# python -m stages.train … or python -m reference.gaussian_prior_vae.train …
_is_stage = any(map(re.compile(r"(stages|reference\.\w+)\.\w+$").match, sys.orig_argv))
if _is_stage and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    # Ctrl-C ends a stage at once, where Python itself would wait for the end of an epoch. A file
    # that is half written has not replaced anything.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

# Importing TensorFlow creates so many objects that collecting garbage among them takes seconds.
gc.set_threshold(100_000)
