"""Settings that decide the last bits of results, made before any numeric library is loaded.

Nothing in the caller's environment can then change a result, and plain ``dvc repro`` and
``make reproduce`` compute the same. The parameters ``threads``, the size of TensorFlow's thread
pool, and ``device`` also decide the last bits.
"""

import gc
import os
import re
import signal
import sys

NUMERICS = {
    # One instruction set on every x86-64 processor of the last ten years, and no library that
    # picks its kernels by processor model.
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "TF_ENABLE_ONEDNN_OPTS": "1",
    "XLA_FLAGS": " ".join(
        (
            "--xla_cpu_max_isa=AVX2",
            "--xla_cpu_use_xnnpack=false",
            "--xla_cpu_enable_platform_dependent_math=false",
            # Changes no result, and saves loops a copy of all weights.
            "--xla_cpu_copy_insertion_use_region_analysis=true",
        )
    ),
    # NumPy has another exp() for processors with AVX-512.
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    # scikit-learn's sums depend on OpenBLAS' kernel and on how many threads share them.
    "OPENBLAS_CORETYPE": "Haswell",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "KERAS_BACKEND": "tensorflow",
    # TensorFlow's messages at its start (no GPU found, …) would hide our own.
    "TF_CPP_MIN_LOG_LEVEL": "3",
}

# All variables that the libraries above read are removed, whatever the caller has set.
_READ = re.compile(
    "(CUBLAS|CUDNN|DNNL|GOMP|GOTO|JOBLIB|KERAS|KMP|MKL|NPY|NUMPY|NVIDIA|OMP|ONEDNN|OPENBLAS|PANDAS"
    "|SCIPY|SKLEARN|TF|XLA)_"
)

for _name in filter(_READ.match, list(os.environ)):
    del os.environ[_name]
os.environ.update(NUMERICS)

_is_stage = any(map(re.compile(r"stages\.\w+$").match, sys.orig_argv))  # python -m stages.train …
if _is_stage and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    # Ctrl-C ends a stage at once, where Python itself would wait for the end of an epoch. A file
    # that is half written has not replaced anything.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

# Importing TensorFlow creates so many objects that collecting garbage among them takes seconds.
gc.set_threshold(100_000)
