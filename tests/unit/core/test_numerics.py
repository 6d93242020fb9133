"""Settings that decide which bits a computation gives."""

import ast
import gc
import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stages.core import numerics
from stages.core.numerics import NUMERICS, missing_instructions
from tests.support import PROJECT

CALLERS = {
    "OPENBLAS_L2_SIZE": "256",
    "ONEDNN_DEFAULT_FPMATH_MODE": "BF16",
    "OMP_NUM_THREADS": "7",
    "TF_XLA_FLAGS": "--tf_xla_auto_jit=2",
    "XLA_FLAGS": "--xla_cpu_max_isa=AVX512",
    "KERAS_BACKEND": "jax",
    "PANDAS_FUTURE_INFER_STRING": "0",
    "SCIPY_ARRAY_API": "1",
    "SKLEARN_WORKING_MEMORY": "1",
}


def test_nothing_that_a_caller_has_set_reaches_a_numeric_library() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import json, os, sys, stages;print(json.dumps([dict(os.environ), list(sys.modules)]))",
        ],
        cwd=PROJECT,
        env={**os.environ, **CALLERS, "DATASET_DIR": "mine"},
        check=True,
        capture_output=True,
        text=True,
    )
    variables, modules = json.loads(done.stdout)
    assert {name: variables.get(name) for name in {*CALLERS, *NUMERICS}} == {
        **dict.fromkeys(CALLERS),
        **NUMERICS,
    }
    assert variables["DATASET_DIR"] == "mine"
    assert not {"numpy", "tensorflow"} & set(modules)


@pytest.mark.parametrize(
    ("flags", "missing"),
    [("fpu sse4_2 avx", ["avx2", "fma"]), ("avx2", ["fma"]), ("fma fpu avx2 avx512f", [])],
)
def test_missing_instructions_are_named(flags: str, missing: list[str]) -> None:
    assert missing_instructions(f"processor\t: 0\nflags\t\t: {flags}\nbugs\t\t:\n") == missing


def test_a_processor_that_says_nothing_is_tried() -> None:
    assert missing_instructions("processor\t: 0\nFeatures\t: asimd\n") == []


# Of Python itself, what rounds sums of floats otherwise from version to version.
OTHER_SUMS = {"sum", "fsum", "sumprod", "fmean", "mean", "stdev", "pstdev", "variance"}


def called_sums(code: str) -> set[str]:
    """Such sums that code calls, by name or as one of a module of Python's."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Call(func=ast.Name(id=name)):
                found.add(name)
            case ast.Call(func=ast.Attribute(value=ast.Name(id="math" | "statistics"), attr=name)):
                found.add(name)
    return found & OTHER_SUMS


@pytest.mark.parametrize(
    "path",
    sorted([*PROJECT.glob("stages/**/*.py"), *PROJECT.glob("reference/**/*.py")]),
    ids=lambda path: path.relative_to(PROJECT).as_posix(),
)
def test_floats_are_summed_by_numpy_and_tensorflow_alone(path: Path) -> None:
    assert not called_sums(path.read_text())


def test_every_way_to_write_a_sum_is_found() -> None:
    assert called_sums("import math\nmath.fsum(x)\nstatistics.fmean(y)\nsum(z)\n") == {
        *("fsum", "fmean", "sum"),
    }
    assert called_sums("np.sum(x); table.mean(); tf.math.reduce_sum(x)") == set()


# Every package that has stages of its own, by one that starts fast.
@pytest.mark.parametrize(
    "module",
    [
        "stages.split",
        "reference.gaussian_prior_vae.summarize",
        "reference.tutorial_as_printed.summarize",
    ],
)
def test_no_numeric_library_is_loaded_before_the_settings(module: str) -> None:
    code = f"""
import importlib, sys
class Early:
    def find_spec(self, name, *_):
        assert name != "numpy" or "stages.core.numerics" in sys.modules
sys.meta_path.insert(0, Early())
importlib.import_module({module!r})
assert "numpy" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=True)


STAGES = [
    *(f"stages.{path.stem}" for path in sorted((PROJECT / "stages").glob("[a-z]*.py"))),
    *(f"reference.gaussian_prior_vae.{name}" for name in ("estimate", "train")),
    "reference.tutorial_as_printed.train",
]


@pytest.mark.long
@pytest.mark.parametrize("module", STAGES)
def test_what_loads_tensorflow_loads_it_quietly(module: str) -> None:
    code = f"""
import importlib, os, sys
class First:
    def find_spec(self, name, *_):
        if name in ("keras", "tensorflow"):
            os._exit(0 if "stages.core.quiet_tensorflow" in sys.modules else 3)
sys.meta_path.insert(0, First())
importlib.import_module({module!r})
"""
    subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=True)


def read_again(monkeypatch: pytest.MonkeyPatch, machine: str, cpuinfo: Path) -> None:
    """Read the module as on another machine."""
    monkeypatch.setattr("platform.machine", lambda: machine)
    read_text, exists = Path.read_text, Path.exists
    for name, method in (("read_text", read_text), ("exists", exists)):

        def elsewhere(path: Path, *rest: Any, method: Any = method) -> Any:
            return method(cpuinfo if path == Path("/proc/cpuinfo") else path, *rest)

        monkeypatch.setattr(Path, name, elsewhere)
    importlib.reload(numerics)


@pytest.fixture
def again(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever the module sets when it is read again is as it was afterwards."""
    variables, threshold = dict(os.environ), gc.get_threshold()
    handler = signal.getsignal(signal.SIGINT)
    yield
    monkeypatch.undo()
    importlib.reload(numerics)
    os.environ.clear()
    os.environ.update(variables)
    signal.signal(signal.SIGINT, handler)
    gc.set_threshold(*threshold)


@pytest.mark.usefixtures("again")
@pytest.mark.parametrize(
    ("machine", "flags", "refused"),
    [
        ("x86_64", "flags : fpu avx", "without avx2 and fma"),
        ("x86_64", "flags : fpu avx2", "without fma"),
        ("x86_64", "flags : avx2 fma", ""),
        ("x86_64", None, ""),
        ("aarch64", "flags : fpu", ""),
    ],
)
def test_a_processor_of_this_kind_without_the_instructions_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    machine: str,
    flags: str | None,
    refused: str,
) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    if flags is not None:
        cpuinfo.write_text(flags)
    if not refused:
        read_again(monkeypatch, machine, cpuinfo)
        return
    with pytest.raises(SystemExit, match=f"error: processor: expected AVX2 and FMA.*{refused}"):
        read_again(monkeypatch, machine, cpuinfo)


@pytest.mark.usefixtures("again")
@pytest.mark.parametrize(
    ("command", "at_once"),
    [
        (["python", "-m", "stages.train", "vae"], True),
        (["python", "-m", "reference.gaussian_prior_vae.train"], True),
        (["python", "-m", "tools.reproduce"], False),
        (["python", "-m", "stages"], False),
        (["pytest", "tests/stages.train.x"], False),
    ],
    ids=str,
)
def test_an_interrupt_ends_a_stage_at_once(
    monkeypatch: pytest.MonkeyPatch, command: list[str], at_once: bool
) -> None:
    monkeypatch.setattr(sys, "orig_argv", command)
    for before in (signal.default_int_handler, signal.SIG_IGN):
        signal.signal(signal.SIGINT, before)
        importlib.reload(numerics)
        # Who ignores interrupts, goes on doing so.
        ended = at_once and before is signal.default_int_handler
        assert signal.getsignal(signal.SIGINT) is (signal.SIG_DFL if ended else before)


@pytest.mark.usefixtures("again")
def test_garbage_is_collected_seldom_while_libraries_are_loaded() -> None:
    gc.set_threshold(700)
    importlib.reload(numerics)
    assert gc.get_threshold()[0] == 100_000
