"""Run the pipeline on other processors and settings: `make test-processors`.

The digits with as few updates as there can be, natively and emulated by QEMU, must give the same
`dvc.lock` to the byte. Emulation is slow; what does not compute, DVC itself and the report's
notebook, runs natively.
"""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from stages.core.params import load
from tests.forks import CRASHED
from tests.support import forking
from tools import provenance
from tools.lock_integrity import changed_outputs, read_lock
from tools.project import PROJECT, SHORTEST, copy_without_results
from tools.runner import environment, wrapper
from tools.tolerance import compare

NATIVE = "native"


class Condition(NamedTuple):
    """Where and how a run takes place.

    Attributes:
        command: put before Python.
        variables: in the caller's environment.
        slow: whether stages are to be forks of one process, see `tests.forks`.
    """

    command: str = ""
    variables: Mapping[str, str] = {}
    slow: bool = False


def _emulated(processor: str) -> Condition:
    # QEMU warns of each of the processor's features that it cannot emulate; none is for computing.
    return Condition(f"qemu-x86_64 -cpu {processor}", slow=True)


CONDITIONS = {
    NATIVE: Condition(),
    "native, one core": Condition("taskset --cpu-list 0"),
    "native, other settings of the caller": Condition(
        variables={
            "OMP_NUM_THREADS": "7",
            "OPENBLAS_NUM_THREADS": "3",
            "OPENBLAS_CORETYPE": "SkylakeX",
            "OPENBLAS_L2_SIZE": "256",
            "NPY_DISABLE_CPU_FEATURES": "AVX2",
            "ONEDNN_MAX_CPU_ISA": "DEFAULT",
            "ONEDNN_DEFAULT_FPMATH_MODE": "BF16",
            "TF_ENABLE_ONEDNN_OPTS": "0",
            "TF_NUM_INTRAOP_THREADS": "5",
            "TF_XLA_FLAGS": "--tf_xla_auto_jit=2 --tf_xla_cpu_global_jit",
            "XLA_FLAGS": "--xla_cpu_max_isa=AVX512",
            "KERAS_BACKEND": "jax",
            "SKLEARN_WORKING_MEMORY": "1",
            "PYTHONHASHSEED": "123",
            "LC_ALL": "C",
            "TZ": "Asia/Tokyo",
        }
    ),
    "Intel Haswell, emulated": _emulated("Haswell"),
    "AMD EPYC-Rome, emulated": _emulated("EPYC-Rome"),
    "AMD EPYC-Naples, emulated": _emulated("EPYC-v1"),
}


# An emulator that crashes says nothing about a result: DVC goes on with the stage that crashed.
_ATTEMPTS = 5


class Outcome(NamedTuple):
    """What a run gave, compared with the native one.

    Attributes:
        minutes: it took.
        crashes: stages that had to be run again.
        outputs: there are.
        different: path of each output with other bytes, and how they differ if it is a table.
        same_lock: whether `dvc.lock` is the same to the byte.
    """

    minutes: float
    crashes: int
    outputs: int
    different: dict[str, str]
    same_lock: bool


def main(
    variants: Annotated[str, typer.Option(help="Some, by comma; all by default.")] = "",
    conditions: Annotated[str, typer.Option(help="Some, by semicolon; all by default.")] = "",
    jobs: Annotated[int, typer.Option(min=1, help="Runs side by side.")] = 1,
) -> None:
    """Run under every condition and compare with the native run."""
    wanted = {NATIVE, *filter(None, conditions.split(";"))} if conditions else set(CONDITIONS)
    if unknown := wanted - set(CONDITIONS):
        sys.exit(f"error: conditions: expected some of {list(CONDITIONS)}, received {unknown}")
    for command, package in {"qemu-x86_64": "qemu-user", "taskset": "util-linux"}.items():
        if not shutil.which(command):
            sys.exit(
                f"error: {command}: expected to be installed (Debian: {package}), received none"
            )
    changes: dict[str, Any] = dict(SHORTEST)
    if variants:
        known = load(PROJECT / "params.yaml")["variants"]
        changes["variants"] = {name: known[name] for name in variants.split(",")}
        changes["label_curve.variants"] = variants.split(",")[:1]
    folder = PROJECT / "build" / "processors"
    projects = {
        name: copy_without_results(
            PROJECT, folder / name.replace(", ", "-").replace(" ", "-"), changes
        )
        for name in CONDITIONS
        if name in wanted
    }
    with ThreadPoolExecutor(jobs) as pool:
        runs = {
            name: pool.submit(_run, project, CONDITIONS[name]) for name, project in projects.items()
        }
        outcomes, failed = {}, []
        for name, run in runs.items():
            try:
                outcomes[name] = outcome(projects[NATIVE], projects[name], *run.result())
                print(f"{name}: {said(outcomes[name])}", flush=True)
            except (OSError, RuntimeError) as error:
                failed.append(name)
                print(f"{name}: FAILED: {error}", flush=True)
    content = {
        "native": provenance.of_machine(),
        "outcomes": {name: found._asdict() for name, found in outcomes.items()},
        "failed": failed,
    }
    (PROJECT / "build" / "processors.json").write_text(json.dumps(content, indent=2) + "\n")
    sys.exit(0 if not failed and all(found.same_lock for found in outcomes.values()) else 1)


def _run(project: Path, condition: Condition) -> tuple[float, int]:
    """Run the pipeline from nothing; what it says goes to a file beside the folder.

    Returns:
        Minutes and crashes.

    Raises:
        RuntimeError: the pipeline failed, or ran elsewhere than asked for.
    """
    started = time.monotonic()
    bin_folder = wrapper(project / "build" / "bin", condition.command)
    with project.with_suffix(".log").open("w") as log, ExitStack() as servers:
        env = environment(bin_folder)
        if condition.slow:
            server = servers.enter_context(forking(bin_folder, [str(bin_folder / "python")]))
            env = server.env
        env |= condition.variables
        command = [sys.executable, "-m", "dvc", "repro"]
        crashes = 0
        while subprocess.run(command, cwd=project, env=env, stdout=log, stderr=log).returncode:
            crashes += 1
            crashed = Path(log.name).read_text().count(f"exited with {CRASHED}")
            if crashed < crashes or crashes == _ATTEMPTS:
                raise RuntimeError(f"expected dvc repro to succeed, received: see {log.name}")
        if condition.slow:
            ran_in = Path(f"/proc/{server.pid}/exe").resolve().name
            if not ran_in.startswith("qemu"):
                raise RuntimeError(f"expected stages to be emulated, received forks of {ran_in}")
    return (time.monotonic() - started) / 60, crashes


def outcome(native: Path, other: Path, minutes: float, crashes: int) -> Outcome:
    """Compare two runs.

    Args:
        native: project with results.
        other: the same pipeline, run elsewhere.
        minutes: that took.
        crashes: of the emulator.

    Returns:
        What differs.
    """
    before = read_lock(native)
    different = {
        path: compare(native / path, other / path)[1] if path.endswith((".csv", ".json")) else ""
        for path in changed_outputs(before, read_lock(other))
    }
    outputs = sum(len(stage.outs) for stage in before.values())
    locks = [(project / "dvc.lock").read_bytes() for project in (native, other)]
    return Outcome(minutes, crashes, outputs, different, locks[0] == locks[1])


def said(found: Outcome) -> str:
    """Say what a run gave.

    Args:
        found: of one condition.

    Returns:
        One line, and one for each output that differs.
    """
    same = found.outputs - len(found.different)
    lock = "the same dvc.lock" if found.same_lock else "ANOTHER dvc.lock"
    lines = [f"{same} of {found.outputs} outputs identical, {lock}, {found.minutes:.1f} minutes"]
    if found.crashes:
        lines[0] += f"; the emulator crashed in {found.crashes} stages, which ran again"
    lines += [f"  {path}: {note or 'other bytes'}" for path, note in found.different.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    typer.run(main)
