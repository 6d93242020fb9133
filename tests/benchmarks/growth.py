"""Rows about growth: time and memory of stages with more images, seeds, draws."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from stages.core.formats import read_arrays, write_arrays
from tests.benchmarks.measurement import Measurement
from tools.project import PROJECT, set_params
from tools.runner import environment

Cost = tuple[tuple[str, float], tuple[str, float]]

# Fast to train, so that the most images take minutes.
VARIANT = "sparse"
_PEAK = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""
SECONDS, BYTES, DATA = "seconds", "bytes of memory, at most", "bytes of images"
# What grows, as a measurement's row; its case is how many.
IMAGES, SEEDS, DRAWS = (f"growth in {what}" for what in ("images", "seeds", "draws"))


class Sizes(NamedTuple):
    """How much of everything stages are given, one after another.

    Attributes:
        images: to train on, from one seed; the real ones are repeated.
        seeds: to train from, on the second fewest images: on fewer, a start is all that takes time.
        draws: of labelled images, to compare encoders on.
    """

    images: Sequence[int] = (6_000, 60_000, 600_000)
    seeds: Sequence[int] = (1, 2, 4)
    draws: Sequence[int] = (5, 10, 20)


def measure(project: Path, sizes: Sizes, repetitions: int) -> Iterator[Measurement]:
    """Run stages on more and more.

    Args:
        project: in which the data have been made; its own files are left alone.
        sizes: how much.
        repetitions: of every run.

    Yields:
        Seconds and bytes of each run; bytes of the images.
    """
    folder = project / "build" / "growth"
    folder.mkdir(parents=True, exist_ok=True)
    (x,) = read_arrays(project / "data" / "images.npz", "x_train")
    for count in sizes.images:
        write_arrays(folder / f"{count}.npz", x_train=np.resize(x, (count, *x.shape[1:])))
        write_arrays(folder / f"{count}_held_out.npz", indices=np.arange(count // 10))
        yield Measurement(IMAGES, str(count), DATA, count * x[0].nbytes)
    draws, validation = read_arrays(project / "data" / "labels.npz", "train", "validation")
    for count in sizes.draws:
        more = np.resize(draws, (count, draws.shape[1]))
        write_arrays(folder / f"{count}_draws.npz", train=more, validation=validation)
    for repetition in range(repetitions):
        for count in sizes.images:
            for unit, value in _train(project, folder, count, 1):
                yield Measurement(IMAGES, str(count), unit, value, repetition)
        for count in sizes.seeds:
            for unit, value in _train(project, folder, sorted(sizes.images)[1], count):
                yield Measurement(SEEDS, str(count), unit, value, repetition)
        for count in sizes.draws:
            for unit, value in _compare(project, folder, count):
                yield Measurement(DRAWS, str(count), unit, value, repetition)


def _train(project: Path, folder: Path, images: int, seeds: int) -> Cost:
    """One epoch of training."""
    params = _params(project, folder, {"train.epochs": 1, "train.seeds": list(range(seeds))})
    arguments = {
        "params": params,
        "images": folder / f"{images}.npz",
        "validation": folder / f"{images}_held_out.npz",
        "models": folder / "models",
        "learning-curves": folder / "curves.csv",
    }
    return _stage(project, "train", arguments)


def _compare(project: Path, folder: Path, draws: int) -> Cost:
    """The comparison of one pretraining seed's encoder."""
    changes = {
        "train.seeds": [0],
        "semi_supervised.draws": draws,
        "semi_supervised.exploratory_draws": draws,
    }
    params = _params(project, folder, changes)
    arguments = {
        "params": params,
        "images": project / "data" / "images.npz",
        "labels": folder / f"{draws}_draws.npz",
        "models": folder / "models",
        "tuning": folder / "tuning.csv",
        "accuracies": folder / "accuracies.csv",
        "correct": folder / "correct.npz",
    }
    return _stage(project, "semi_supervised", arguments)


def _params(project: Path, folder: Path, changes: dict[str, Any]) -> Path:
    """Copy the parameters and change some."""
    params = folder / "params.yaml"
    params.write_bytes((project / "params.yaml").read_bytes())
    set_params(params, changes)
    return params


def _stage(project: Path, stage: str, arguments: dict[str, Path]) -> Cost:
    """Run a stage and ask the operating system what it took."""
    options = [part for name, path in arguments.items() for part in (f"--{name}", str(path))]
    # A process starts with the peak of the one that starts it: a small one in between.
    command = [sys.executable, "-c", _PEAK, sys.executable, "-m", f"stages.{stage}", VARIANT]
    with (project / "build" / "growth" / "stage.log").open("w") as said:
        started = time.perf_counter()
        done = subprocess.run(
            [*command, *options],
            cwd=PROJECT,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        )
        seconds = time.perf_counter() - started
    if done.returncode:
        raise RuntimeError(f"{stage}: expected success, received: see {said.name}")
    return (SECONDS, seconds), (BYTES, int(done.stdout.split()[-1]) * 1024)
