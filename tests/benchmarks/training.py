"""Rows about training: throughput of each contender, and what a step's time goes into."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from stages.models.schema import Dense
from tests.benchmarks.case import Case
from tests.benchmarks.measurement import Measurement
from tests.benchmarks.workers import working

STUDY = "study"
NATIVE_STUDY = "study, native settings"
KERAS = {
    "Keras fit": "steps",
    "Keras fit, operation by operation": "operations",
    "Keras fit, epoch by epoch": "epochs",
}
PYTORCH = "PyTorch"
*TUTORIAL, EPOCHS_OF_KERAS = KERAS


def measure(
    project: Path, variants: Sequence[str], images: int, repetitions: int
) -> Iterator[Measurement]:
    """Let contenders train in turn, and the study's also do parts of a step.

    Args:
        project: in which the data have been made.
        variants: names.
        images: of an epoch.
        repetitions: that count; one before them compiles.

    Yields:
        Images per second; seconds of a step's parts, operations per second at most.
    """
    given = Case(str(project), str(images))
    with ExitStack() as stack:

        def start(module: str, native: bool = True) -> Any:
            return stack.enter_context(
                working(f"tests.benchmarks.{module}", project, images, native)
            )

        study, native, keras = start("project", native=False), start("project"), start("keras_way")
        pytorch = start("pytorch") if find_spec("torch") else None
        for repetition in range(-1, repetitions):
            for variant in variants:
                speed = study("train", variant=variant)
                measured = [
                    ("limit", STUDY, study("large_product")),
                    ("limit", NATIVE_STUDY, native("large_product")),
                    ("training", STUDY, speed),
                    ("busy", STUDY, study("busy", variant=variant)),
                    ("operations", STUDY, study("operations", variant=variant)),
                    ("step", "whole", given.train.batch_size / speed),
                    ("training", NATIVE_STUDY, native("train", variant=variant)),
                ]
                dense = isinstance(given.variant(variant).architecture, Dense)
                for part in ("data", "gradient", *(["products"] if dense else [])):
                    measured.append(("step", part, study("part", name=part, variant=variant)))
                for name, way in KERAS.items():
                    measured.append(("training", name, keras("train", variant=variant, way=way)))
                if pytorch:
                    measured.append(("training", PYTORCH, pytorch("train", variant=variant)))
                if repetition >= 0:
                    for row, contender, value in measured:
                        yield Measurement(row, variant, contender, value, repetition)


def compare(project: Path, variant: str, repetitions: int) -> Iterator[Measurement]:
    """Let the study and Keras' `fit` compare a variant's encoders in turn.

    Args:
        project: in which the data have been made.
        variant: name.
        repetitions: all of them count: compiling is part of the work.

    Yields:
        Seconds.
    """
    with (
        working("tests.benchmarks.project", project, 0) as study,
        working("tests.benchmarks.keras_way", project, 0, native=True) as keras,
    ):
        for repetition in range(repetitions):
            seconds = study("compare", variant=variant)
            yield Measurement("comparison", variant, STUDY, seconds, repetition)
            for name in TUTORIAL:
                seconds = keras("compare", variant=variant, way=KERAS[name])
                yield Measurement("comparison", variant, name, seconds, repetition)
