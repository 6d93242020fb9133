"""Where a stage's time goes: `python -m tests.benchmarks.stopwatch FILE -m stages.train vae …`.

Runs the module as `python -m` would and appends to FILE one line of JSON: seconds by what they
were spent on. Nothing in the stages knows of it.
"""

import json
import runpy
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from types import FunctionType
from typing import Any

import psutil

from stages.core import cli as command

STARTING = "starting Python, importing"
COMPILING = "compiling"
COMPUTING = "computing"
AGE = "from start to end"
_CHECKS = "checking packages, parameters, edits"
# What stages do whose work is neither training nor fitting nor evaluation.
OTHER = "data and report"
_OTHER_STAGES = ("check_params", "download", "normalize", "split", "report")
# Modules whose functions are timed, by how their names start; the first that fits.
TIMED = {
    "stages.core.formats": "reading and writing",
    "stages.core.change_guard": _CHECKS,
    "stages.core.environment": _CHECKS,
    "stages.core.input_integrity": _CHECKS,
    "stages.core.params": _CHECKS,
    "stages.figures": "drawing",
}
REST = "the rest"
KINDS = (COMPUTING, COMPILING, STARTING, *dict.fromkeys(TIMED.values()), OTHER, REST)


class Stopwatch:
    """Adds up seconds; what is timed inside something timed counts once, for the inner one."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._inner = [0.0]
        self._calls: defaultdict[Any, list[float]] = defaultdict(list)

    def timed(self, kind: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Time a function's calls.

        Args:
            kind: what they are counted for.
            function: any.

        Returns:
            A function that does the same.
        """

        @wraps(function)
        def calling(*arguments: Any, **named: Any) -> Any:
            started = time.perf_counter()
            self._inner.append(0.0)
            try:
                return function(*arguments, **named)
            finally:
                passed = time.perf_counter() - started
                self.seconds[kind] += passed - self._inner.pop()
                self._inner[-1] += passed

        return calling

    def compiled(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """Note how long each call of TensorFlow's compiled functions takes.

        Args:
            call: their `__call__`.

        Returns:
            One that does the same.
        """

        @wraps(call)
        def calling(function: Any, *arguments: Any, **named: Any) -> Any:
            started = time.perf_counter()
            shapes = tuple(getattr(argument, "shape", None) for argument in arguments)
            try:
                return call(function, *arguments, **named)
            finally:
                self._calls[function, shapes].append(time.perf_counter() - started)

        return calling

    def compilation(self) -> float:
        """Estimate the seconds of compilation: what first calls took longer than any later one.

        Returns:
            Seconds; the whole first call where there was no other.
        """
        return sum(
            max(0.0, first - min(later)) if later else first
            for first, *later in self._calls.values()
        )


def main(file: Path, module: str, arguments: list[str]) -> None:
    """Run a stage and append what its time went into.

    Args:
        file: of lines of JSON.
        module: of the stage.
        arguments: its command line.
    """
    watch, stage = Stopwatch(), module.rpartition(".")[2]
    run_stage = command.run

    def run(main: Callable[..., None]) -> None:
        watch.seconds[STARTING] = _age()
        for name, loaded in list(sys.modules.items()):
            if name.startswith("stages") or name == "__main__":
                _time_functions(watch, vars(loaded))
        if "tensorflow" in sys.modules:
            from tensorflow.python.eager.polymorphic_function import polymorphic_function

            kind = polymorphic_function.Function
            kind.__call__ = watch.compiled(kind.__call__)
        own = OTHER if stage in _OTHER_STAGES else COMPUTING
        # run() reads the signature of what it is given, which `wraps` keeps.
        run_stage(watch.timed(own, main))

    command.run = run
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        watch.seconds[COMPILING] = watch.compilation()
        watch.seconds[COMPUTING] -= watch.seconds[COMPILING]
        age = _age()
        rest = age - sum(watch.seconds.values())
        line = {"stage": named(stage, arguments), AGE: age, **watch.seconds, REST: rest}
        with file.open("a") as lines:
            lines.write(json.dumps(line) + "\n")


def named(stage: str, arguments: list[str]) -> str:
    """Name a stage as DVC does.

    Args:
        stage: its module.
        arguments: its command line.

    Returns:
        Such as `split` or `train@vae`.
    """
    variant = arguments[0] if arguments else "--"
    return stage if variant.startswith("--") else f"{stage}@{variant}"


def _time_functions(watch: Stopwatch, names: dict[str, Any]) -> None:
    """Replace the functions of timed modules wherever they are used by name."""
    for name, value in names.items():
        if isinstance(value, FunctionType) and names.get("__name__") != value.__module__:
            kinds = (kind for start, kind in TIMED.items() if value.__module__.startswith(start))
            if kind := next(kinds, None):
                names[name] = watch.timed(kind, value)


def _age() -> float:
    """Seconds since this process was started."""
    return time.time() - float(psutil.Process().create_time())


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[3], sys.argv[4:])
