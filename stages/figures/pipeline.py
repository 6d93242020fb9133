"""The pipeline's graph: which stage needs which, and a picture of it."""

from collections.abc import Collection, Mapping, Sequence
from fnmatch import fnmatchcase
from graphlib import TopologicalSorter
from itertools import combinations, pairwise
from statistics import fmean
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path as Curve
from matplotlib.textpath import TextPath
from sklearn.isotonic import isotonic_regression

from stages.figures.style import COLORS, new_figure

_FONT = 9  # points
_LINE, _PAD, _GAP, _ROW = 0.15, 0.09, 0.34, 0.62  # inches
_STACK = 0.045  # inches between the boxes that stand for many
_LONG_NAME = 10  # characters on a line, if there is an underscore to break at
_TRIES, _SWEEPS = 30, 40


class _Bend(NamedTuple):
    """Where an arrow passes a column on its way.

    Attributes:
        start: the stage it comes from.
        end: the stage it leads to.
        column: number of the column.
    """

    start: str
    end: str
    column: int


class _Span(NamedTuple):
    """Where a place is, in inches.

    Attributes:
        left: of its column.
        right: of its column.
        height: of its middle.
    """

    left: float
    right: float
    height: float


_Place = str | _Bend  # what has a height in a column


def edges(pipeline: Mapping[str, Any]) -> dict[str, list[str]]:
    """Derive which stage needs which from their paths.

    Args:
        pipeline: content of a `dvc.yaml`. Paths with `${key}` stand for any name there.

    Returns:
        For each stage those that write what it reads, all in the file's order; a foreach stage is
        one, `train@V`.
    """
    reads: dict[str, list[str]] = {}
    writes: dict[str, list[str]] = {}
    for name, entry in pipeline["stages"].items():
        shown = f"{name}@V" if "foreach" in entry else name
        stage = entry.get("do", entry)
        reads[shown] = _paths(stage, "deps")
        writes[shown] = _paths(stage, "outs", "metrics", "plots")
    return {
        name: [
            other
            for other in writes
            if other != name
            and any(_overlap(read, written) for read in reads[name] for written in writes[other])
        ]
        for name in reads
    }


def _paths(stage: Mapping[str, Any], *kinds: str) -> list[str]:
    """A stage's entries of some kinds; one with settings is a mapping with one key."""
    entries = [entry for kind in kinds for entry in stage.get(kind, [])]
    return [entry if isinstance(entry, str) else next(iter(entry)) for entry in entries]


def _overlap(one: str, other: str) -> bool:
    """Whether two paths are the same or one lies in the other."""
    # The shorter one decides how many parts are compared.
    return all(
        fnmatchcase(a, b) or fnmatchcase(b, a)
        for a, b in zip(_parts(one), _parts(other), strict=False)
    )


def _parts(path: str) -> list[str]:
    return path.replace("${key}", "*").replace("${item}", "*").rstrip("/").split("/")


def pipeline_graph(stages: Mapping[str, Collection[str]]) -> Figure:
    """Draw stages from left to right, each right of all that it needs.

    An arrow is left out where other arrows lead the same way. Stages with an `@` in their names
    are drawn as stacks.

    Args:
        stages: for each stage those that it needs, as `edges` gives them.

    Returns:
        The figure.

    Raises:
        graphlib.CycleError: a stage needs itself, directly or not.
    """
    needs = _without_shortcuts(stages)
    chains = _chains(needs)
    columns = _ordered(_columns(needs, chains), chains)
    heights = _heights(columns, chains)

    figure = new_figure(1, 1)  # its settings decide how wide texts are
    figure.set_layout_engine("none")
    widths = [
        max(_text_width(place) for place in column if isinstance(place, str)) + 2 * _PAD
        for column in columns
    ]
    lefts = [_PAD + sum(widths[:number]) + number * _GAP for number in range(len(widths))]
    bottom = _ROW * (0.75 if any("@" in name for name in needs) else 0.5)
    width = lefts[-1] + widths[-1] + _PAD + _STACK
    height = bottom + _ROW * (max(heights.values()) + 0.5)
    figure.set_size_inches(width, height)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(0, height))
    axes.set_axis_off()

    spans = {
        place: _Span(left, left + width, bottom + _ROW * heights[place])
        for column, left, width in zip(columns, lefts, widths, strict=True)
        for place in column
    }
    for chain in chains:
        _draw_arrow(axes, [spans[place] for place in chain])
    for name in needs:
        _draw_stage(axes, name, spans[name])
    if any("@" in name for name in needs):
        note = "Stacked boxes: once for each variant V"
        axes.text(_PAD, _ROW / 5, note, fontsize=_FONT - 1, va="center")
    return figure


def _without_shortcuts(stages: Mapping[str, Collection[str]]) -> dict[str, list[str]]:
    """What each stage needs and no other of its needs implies; the stages as they could run."""
    # Sorted, since a set's order differs from process to process.
    graph = {name: sorted(stages[name]) for name in stages}
    implied: dict[str, set[str]] = {}
    for name in TopologicalSorter(graph).static_order():
        needs = graph.setdefault(name, [])
        implied[name] = set().union(*(implied[need] | {need} for need in needs))
    return {
        name: [need for need in graph[name] if not any(need in implied[n] for n in graph[name])]
        for name in implied
    }


def _chains(needs: Mapping[str, Sequence[str]]) -> list[list[_Place]]:
    """What each arrow passes: its start, a bend in every column between, its end."""
    depth: dict[str, int] = {}
    for name in needs:
        depth[name] = 1 + max((depth[need] for need in needs[name]), default=-1)
    return [
        [need, *(_Bend(need, name, column) for column in range(depth[need] + 1, depth[name])), name]
        for name in needs
        for need in needs[name]
    ]


def _columns(
    needs: Mapping[str, Sequence[str]], chains: Sequence[Sequence[_Place]]
) -> list[list[_Place]]:
    """The places by column, from left to right."""
    column: dict[_Place, int] = dict.fromkeys(needs, 0)
    for chain in chains:  # in the stages' order: where a chain starts is known
        for step, place in enumerate(chain):
            column[place] = column[chain[0]] + step
    count = max(column.values()) + 1
    return [[place for place in column if column[place] == number] for number in range(count)]


def _ordered(
    columns: Sequence[Sequence[_Place]], chains: Sequence[Sequence[_Place]]
) -> list[list[_Place]]:
    """The columns' places from bottom to top such that few arrows cross."""
    beside = _neighbours(chains)
    random = np.random.default_rng(0)
    tries = []
    for _ in range(_TRIES):
        order = [sorted(column, key=lambda _: random.random()) for column in columns]
        # To and fro, each place goes where its neighbours in the column before are.
        for sweep in range(_SWEEPS):
            for before, column in pairwise(order[:: -1 if sweep % 2 else 1]):
                rows = {place: float(row) for row, place in enumerate(before)}
                wish = {
                    place: fmean(
                        [rows[near] for near in beside.get(place, []) if near in rows] or [0.0]
                    )
                    for place in column
                }
                column.sort(key=wish.__getitem__)
        tries.append(order)
    return min(tries, key=lambda order: _crossings(order, chains))


def _crossings(columns: Sequence[Sequence[_Place]], chains: Sequence[Sequence[_Place]]) -> int:
    """Count the crossings of arrows."""
    row = {place: number for column in columns for number, place in enumerate(column)}
    steps = [step for chain in chains for step in pairwise(chain)]
    return sum(
        (row[a] - row[c]) * (row[b] - row[d]) < 0
        for column in columns
        for (a, b), (c, d) in combinations([step for step in steps if step[0] in column], 2)
    )


def _neighbours(chains: Sequence[Sequence[_Place]]) -> dict[_Place, list[_Place]]:
    """The places that arrows connect with each place."""
    found: dict[_Place, list[_Place]] = {}
    for one, other in (step for chain in chains for step in pairwise(chain)):
        found.setdefault(one, []).append(other)
        found.setdefault(other, []).append(one)
    return found


def _heights(
    columns: Sequence[Sequence[_Place]], chains: Sequence[Sequence[_Place]]
) -> dict[_Place, float]:
    """Heights in rows from 0, in the columns' order, such that arrows are nearly level."""
    beside = _neighbours(chains)
    heights = {place: float(row) for column in columns for row, place in enumerate(column)}
    for sweep in range(_SWEEPS):
        for column in columns[:: -1 if sweep % 2 else 1]:
            wish = [
                fmean([heights[near] for near in beside.get(place, [place])]) for place in column
            ]
            # With the distances taken off, heights that keep them are numbers that do not fall.
            room = [1.0 if isinstance(place, str) else 0.5 for place in column]
            least = np.cumsum([0.0, *((one + other) / 2 for one, other in pairwise(room))])
            heights.update(zip(column, isotonic_regression(wish - least) + least, strict=True))
    lowest = min(heights.values())
    return {place: float(height - lowest) for place, height in heights.items()}


def _lines(name: str) -> list[str]:
    """A stage's name as it is written into its box."""
    head, mark, tail = name.rpartition("_")
    return [head + mark, tail] if head and len(name) > _LONG_NAME else [name]


def _text_width(name: str) -> float:
    """Inches that a stage's name takes."""
    return max(
        float(TextPath((0, 0), line, size=_FONT).get_extents().x1) / 72 for line in _lines(name)
    )


def _draw_arrow(axes: Axes, spans: Sequence[_Span]) -> None:
    """Draw an arrow from the first place's right side to the last one's left side."""
    points = [(spans[0].right, spans[0].height)]
    codes = [Curve.MOVETO]
    for before, span in pairwise(spans):
        middle = (before.right + span.left) / 2
        points += [(middle, before.height), (middle, span.height), (span.left, span.height)]
        codes += [Curve.CURVE4] * 3
        if span is not spans[-1]:
            points.append((span.right, span.height))
            codes.append(Curve.LINETO)
    axes.add_patch(
        FancyArrowPatch(
            path=Curve(points, codes), arrowstyle="-|>", mutation_scale=8, color="#444444", lw=0.9
        )
    )


def _draw_stage(axes: Axes, name: str, span: _Span) -> None:
    """Draw a stage's box, or the boxes of a foreach stage, with its name."""
    lines = _lines(name)
    height = _LINE * 2 + _PAD
    many = "@" in name
    for shift in (_STACK, 0) if many else (0,):
        axes.add_patch(
            FancyBboxPatch(
                (span.left + shift, span.height - height / 2 - shift),
                span.right - span.left,
                height,
                boxstyle="round,pad=0,rounding_size=0.05",
                facecolor="#E3EFF7" if many else "#F3F4F5",
                edgecolor=COLORS[0] if many else "#444444",
                linewidth=0.9,
            )
        )
    axes.text(
        (span.left + span.right) / 2,
        span.height,
        "\n".join(lines),
        fontsize=_FONT,
        ha="center",
        va="center",
        linespacing=1.1,
    )
