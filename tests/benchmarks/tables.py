"""Measurements as Markdown tables of medians, ranges and ratios."""

from collections.abc import Callable, Iterator, Sequence

import pandas as pd

from tests.benchmarks.growth import BYTES, DATA, DRAWS, IMAGES, SECONDS, SEEDS
from tests.benchmarks.jobs import CASES, SIDE_BY_SIDE, STAGES
from tests.benchmarks.measurement import spread, values
from tests.benchmarks.pipeline import (
    ALL_STAGES,
    DVC,
    EMPTY,
    NOTHING,
    UNTIL_REPORT,
    UP_TO_DATE,
    WALL,
)
from tests.benchmarks.stopwatch import KINDS
from tests.benchmarks.training import (
    EPOCHS_OF_KERAS,
    NATIVE_STUDY,
    PYTORCH,
    STUDY,
    TUTORIAL,
)

Numbers = Callable[[str, str, str], "pd.Series[float]"]


def tables(table: pd.DataFrame, only: str | None = None) -> str:
    """Write what was measured.

    Args:
        table: columns as a `Measurement`'s fields.
        only: the row that is wanted; all by default.

    Returns:
        Markdown, a table for each row that there are measurements of.
    """

    def of(row: str, case: str, contender: str) -> "pd.Series[float]":
        return values(table, row, case, contender)

    cases = table.groupby("row", sort=False)["case"].unique()
    parts = [
        write(of, list(cases[row]))
        for row, write in _TABLES.items()
        if row in cases and only in (None, row)
    ]
    return "\n".join("\n".join(part) + "\n" for part in parts)


def _markdown(title: str, heads: Sequence[str], rows: Iterator[Sequence[str]]) -> list[str]:
    return [
        f"**{title}**",
        "",
        f"| {' | '.join(heads)} |",
        "|---" * len(heads) + "|",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def tutorial(of: Numbers, row: str, case: str) -> "pd.Series[float]":
    """Tell what the tutorial's way reaches, compiled or not, whichever is better.

    Args:
        of: the measurements.
        row: `training` or `comparison`.
        case: a variant.

    Returns:
        By repetition.
    """
    both = pd.DataFrame({name: of(row, case, name) for name in TUTORIAL})
    return both.max(axis=1) if row == "training" else both.min(axis=1)


def _training(of: Numbers, variants: list[str]) -> list[str]:
    def rows() -> Iterator[Sequence[str]]:
        for name in variants:
            study = of("training", name, STUDY)
            yield (
                f"`{name}`",
                spread(study, 0),
                spread(study / tutorial(of, "training", name)),
                spread(study / of("training", name, EPOCHS_OF_KERAS)),
                spread(study / of("training", name, PYTORCH)),
                spread(of("training", name, NATIVE_STUDY) / study),
            )

    heads = [
        "variant",
        "study, images/s",
        "/ the tutorial's way",
        "/ Keras, epoch by epoch",
        "/ PyTorch",
    ]
    return _markdown("Training", [*heads, "native settings / study"], rows())


def _step(of: Numbers, variants: list[str]) -> list[str]:
    def rows() -> Iterator[Sequence[str]]:
        for name in variants:
            operations, limit = of("operations", name, STUDY), of("limit", name, STUDY)
            whole, gradient, data = (of("step", name, it) for it in ("whole", "gradient", "data"))
            products = of("step", name, "products") - data  # those loops gather, too
            yield (
                f"`{name}`",
                spread(limit / 1e9, 0),
                spread(limit / of("limit", name, NATIVE_STUDY)),
                spread(operations / whole / limit),
                spread(operations / products / limit),
                *(
                    f"{share.median():.0%}" if share.notna().any() else "–"
                    for share in (
                        data / whole,
                        products / whole,
                        (gradient - data - products) / whole,
                        (whole - gradient) / whole,
                        of("busy", name, STUDY),
                    )
                ),
            )

    heads = ["variant", "large product, GFLOP/s", "/ with native settings"]
    heads += ["step / large product", "its products alone / large product", "data", "products"]
    heads += ["between products", "Adam and the rest", "processor time / (threads × time)"]
    return _markdown("What a training step's time goes into", heads, rows())


def _comparison(of: Numbers, variants: list[str]) -> list[str]:
    def rows() -> Iterator[Sequence[str]]:
        for name in variants:
            study, keras = of("comparison", name, STUDY), tutorial(of, "comparison", name)
            yield f"`{name}`", spread(study, 1), spread(keras, 1), spread(keras / study)

    heads = ["variant", "study, s", "plain Keras, s", "plain Keras / study"]
    return _markdown("Comparing encoders: all regimes and draws, one seed", heads, rows())


def _pipeline(of: Numbers, _: list[str]) -> list[str]:
    wall = of("pipeline", ALL_STAGES, WALL)

    spent = {kind: of("pipeline", ALL_STAGES, kind) for kind in (*KINDS, DVC)}
    in_all = pd.concat(spent.values()).groupby(level="repetition").sum()

    def rows() -> Iterator[Sequence[str]]:
        for kind, seconds in spent.items():
            yield kind, spread(seconds, 0), spread(100 * seconds / in_all, 1)
        yield "in all, of the stages side by side", spread(in_all, 0), ""
        yield WALL, spread(wall, 0), ""

    return _markdown("The whole pipeline", ["what", "seconds", "%"], rows())


def _changes(of: Numbers, names: list[str]) -> list[str]:
    wall = of("pipeline", ALL_STAGES, WALL)
    nothing, empty = (of("change", NOTHING, name) for name in (UP_TO_DATE, EMPTY))

    def rows() -> Iterator[Sequence[str]]:
        yield "nothing", spread(nothing, 1), f"{spread(nothing / empty)} × as many empty stages"
        for name in names:
            if name != NOTHING:
                seconds = of("change", name, UNTIL_REPORT)
                share = f"{spread(100 * seconds / wall, 1)} % of all stages"
                alone = wall.isna().all()  # all stages were measured at another time
                yield name, spread(seconds, 1), "" if alone else share

    return _markdown("Until `dvc repro` is done", ["changed", "seconds", "that is"], rows())


def _side_by_side(of: Numbers, _: list[str]) -> list[str]:
    def rows() -> Iterator[Sequence[str]]:
        for jobs, seconds in reversed(CASES):
            found = of(SIDE_BY_SIDE, str(jobs), str(seconds))
            share = STAGES * seconds / jobs / found
            yield str(jobs), str(seconds), spread(found, 1), spread(share)

    title = f"{STAGES} stages that sleep, side by side"
    heads = ["jobs", "seconds of a stage", "seconds in all", "share of the ideal"]
    return _markdown(title, heads, rows())


def _growth(row: str, title: str) -> Callable[[Numbers, list[str]], list[str]]:
    """Table of one thing that grows; where the line is straight, each more costs the same."""

    def write(of: Numbers, cases: list[str]) -> list[str]:
        def more(unit: str, fewer: str, case: str) -> "pd.Series[float]":
            return (of(row, case, unit) - of(row, fewer, unit)) / (int(case) - int(fewer))

        def rows() -> Iterator[Sequence[str]]:
            for fewer, case in zip([None, *cases], cases, strict=False):
                each = spread(1000 * more(SECONDS, fewer, case), 3) if fewer else ""
                memory = spread(of(row, case, BYTES) / 2**20, 0)
                yield f"{int(case):,}", spread(of(row, case, SECONDS), 1), each, memory

        what = row.split()[-1]
        heads = [what, "seconds", f"ms for each more of the {what}", "MiB of memory"]
        lines = _markdown(title, heads, rows())
        if not of(row, cases[-1], DATA).empty and len(cases) > 1:
            *_, fewer, case = cases
            share = more(BYTES, fewer, case).median() / more(DATA, fewer, case).median()
            data = of(row, fewer, DATA).median()
            rest = of(row, fewer, BYTES).median() - share * data
            size = f"{rest / 2**20:,.0f} MiB and {share:.2f} times the images' own bytes"
            lines += ["", f"By the two largest, the memory is {size}."]
        return lines

    return write


_TABLES = {
    "training": _training,
    "step": _step,
    "comparison": _comparison,
    "pipeline": _pipeline,
    "change": _changes,
    IMAGES: _growth(IMAGES, "Training on more images: one epoch from one seed, the whole stage"),
    SEEDS: _growth(SEEDS, "Training from more seeds, on the second fewest images"),
    SIDE_BY_SIDE: _side_by_side,
    DRAWS: _growth(DRAWS, "Comparing encoders on more draws of the labels, the whole stage"),
}
