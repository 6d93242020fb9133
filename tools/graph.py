"""Draw dvc.yaml's graph in reports/pipeline.svg and in README.md: `python -m tools.graph`."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from itertools import permutations
from statistics import fmean
from typing import Any

import networkx as nx
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path as Curve

from stages.core.formats import write_text
from stages.core.params import load
from stages.page.charts.style import COLORS, new_figure
from stages.page.charts.svg import PAPER, to_svg
from tools.marked_blocks import fill
from tools.project import PROJECT

# Committed, and not made by a stage, since DVC allows none to depend on dvc.yaml.
PICTURE = PROJECT / "reports" / "pipeline.svg"
_LETTER, _HEIGHT, _GAP, _STACK = 0.086, 0.34, (0.15, 0.3), 0.05  # inches
_ROUND, _BLACK = "round,pad=0,rounding_size=0.05", "#000000"


def needs(stages: Mapping[str, Any]) -> nx.DiGraph:
    """Lead arrows to each stage from those that write what it reads; foreach gives a `train@V`."""
    entries = {f"{name}@V" if "do" in it else name: it.get("do", it) for name, it in stages.items()}
    reads = {name: _paths(entry, "deps") for name, entry in entries.items()}
    writes = {name: _paths(entry, "outs", "metrics", "plots") for name, entry in entries.items()}
    graph = nx.DiGraph()
    graph.add_nodes_from(entries)
    graph.add_edges_from(
        (one, other)
        for one, other in permutations(entries, 2)
        if any(_overlap(written, read) for written in writes[one] for read in reads[other])
    )
    # Without arrows that others imply; the reduction's own have another order in every process.
    graph.remove_edges_from(graph.edges - nx.transitive_reduction(graph).edges)
    return graph


def _paths(entry: Mapping[str, Any], *kinds: str) -> list[list[str]]:
    """The parts of a stage's paths, `*` for a variant; a path with settings is a mapping."""
    listed = [path for kind in kinds for path in entry.get(kind, [])]
    names = [path if isinstance(path, str) else next(iter(path)) for path in listed]
    return [name.replace("${key}", "*").replace("${item}", "*").split("/") for name in names]


def _overlap(one: list[str], other: list[str]) -> bool:
    """Whether two paths are the same or one lies in the other."""
    return all(fnmatchcase(a, b) or fnmatchcase(b, a) for a, b in zip(one, other, strict=False))


def mermaid(stages: Mapping[str, Any]) -> str:
    """Write the graph as a Mermaid flow chart in a fenced block of Markdown."""
    graph = needs(stages)
    ids = {name: name.removesuffix("@V") for name in graph}
    # What has no shape of its own is named by its arrows.
    boxes = [f'{ids[name]}[["{name}"]]' for name in graph if "@" in name]
    # One line for all stages that lead to the same ones.
    users = {name: " & ".join(ids[user] for user in graph[name]) for name in graph}
    sources: dict[str, list[str]] = {}
    for name, text in users.items():
        sources.setdefault(text, []).append(ids[name])
    arrows = [f"{' & '.join(names)} --> {text}" for text, names in sources.items() if text]
    return "\n    ".join(["```mermaid\nflowchart LR", *boxes, *arrows]) + "\n```\n"


def picture(stages: Mapping[str, Any]) -> Figure:
    """Draw each stage below all that it needs, foreach stages as stacks."""
    graph = needs(stages)
    routes = nx.create_empty_copy(graph)
    rows: dict[int, list[Any]] = dict(enumerate(map(list, nx.topological_generations(graph))))
    row_of = {name: number for number, row in rows.items() for name in row}
    for one, other in graph.edges:
        # An arrow has a place of its own in each row that it passes, so that it meets no box there.
        passed = [(number, one, other) for number in range(row_of[one] + 1, row_of[other])]
        nx.add_path(routes, [one, *passed, other])
        for place in passed:
            rows[place[0]].append(place)
    for related, order in [(nx.ancestors, 1), (nx.descendants, -1)] * 2:
        # Down and up, a place moves to the middle of those above or below it: few arrows cross.
        for number in [*rows][::order]:
            at = nx.multipartite_layout(routes, rows, align="horizontal")
            rows[number].sort(key=lambda p: fmean(at[o][0] for o in related(routes, p) or [p]))
    at = nx.multipartite_layout(routes, rows, align="horizontal")

    box = np.array([_LETTER * max(map(len, graph)), _HEIGHT])
    unit = np.ptp([y for _, y in at.values()]) / (len(rows) - 1)  # between neighbours
    at = {place: xy / unit * (box + _GAP) for place, xy in at.items()}
    low = np.min([*at.values()], axis=0) - (box + _GAP) / 2
    high = np.max([*at.values()], axis=0) + (box + _GAP) / 2
    figure = new_figure(*(high - low))
    axes = figure.add_subplot(xlim=(low[0], high[0]), ylim=(high[1], low[1]))
    axes.set_axis_off()
    half = box * (0, 0.5)
    for one, other in routes.edges:  # from the top of a place; a box hides what lies behind it
        (a, b), (c, d) = at[one] + half, at[other] - half
        points = [at[one] - half, (a, b), (a, (b + d) / 2), (c, (b + d) / 2), (c, d)]
        curve = Curve(points, [Curve.MOVETO, Curve.LINETO, *[Curve.CURVE4] * 3])
        head = "-|>" if other in graph else "-"
        axes.add_patch(FancyArrowPatch(path=curve, arrowstyle=head, mutation_scale=8, color=_BLACK))
    for name in graph:
        edge = COLORS[0] if "@" in name else _BLACK
        for shift in (_STACK, 0) if "@" in name else (0,):
            corner = at[name] - box / 2 + shift
            axes.add_patch(FancyBboxPatch(corner, box[0], _HEIGHT, _ROUND, fc=PAPER, ec=edge))
        axes.text(at[name][0], at[name][1], name, ha="center", va="center")
    return figure


def svg(stages: Mapping[str, Any]) -> str:
    """Write the picture as SVG, with a line end."""
    text = "Each stage below those whose outputs it reads; stacks run for each variant or setting."
    return to_svg(picture(stages), "pipeline", "The pipeline", text) + "\n"


if __name__ == "__main__":
    stages = load(PROJECT / "dvc.yaml")["stages"]
    write_text(PICTURE, svg(stages))
    fill(PROJECT, "graph", mermaid(stages))
