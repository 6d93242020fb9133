"""The pipeline's graph: derived from paths, drawn without overlaps, always the same bytes."""

import os
import subprocess
import sys
from collections.abc import Mapping
from itertools import combinations
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path as Curve
from matplotlib.transforms import Bbox

from stages.core.params import load
from tests.support import PROJECT
from tools.graph import PICTURE, mermaid, needs, picture, svg

PRESENT = load(PROJECT / "dvc.yaml")["stages"]
# Long arrows past other stages, several stages in a row, a stage that nothing connects.
WIDE_NEEDS = {
    "get": [],
    "split": ["get"],
    "train@V": ["get", "split"],
    "few_labels@V": ["split", "train@V"],
    "label_curve@V": ["split", "train@V"],
    "extract_latents@V": ["get", "train@V"],
    "sample@V": ["extract_latents@V", "classifier"],
    "classifier": ["split"],
    "baselines": ["split"],
    "claims": ["few_labels@V", "label_curve@V", "sample@V", "baselines", "classifier"],
    "report": ["claims", "get", "baselines"],
    "lint": [],
}


def invented(needed: Mapping[str, list[str]]) -> dict[str, Any]:
    """Stages of a dvc.yaml that need one another so."""
    stages: dict[str, Any] = {}
    for name, others in needed.items():
        entry = {"deps": [f"out/{other}" for other in others], "outs": [f"out/{name}"]}
        foreach = {"foreach": "${variants}", "do": entry}
        stages[name.removesuffix("@V")] = foreach if "@" in name else entry
    return stages


WIDE = invented(WIDE_NEEDS)
both = pytest.mark.parametrize("stages", [PRESENT, WIDE], ids=["present", "wide"])


def drawn(figure: Figure) -> tuple[dict[str, Bbox], list[Bbox], list[FancyArrowPatch]]:
    """Where each name and each box is, in pixels, and the arrows."""
    figure.draw_without_rendering()
    axes = figure.axes[0]
    names = {text.get_text(): text.get_window_extent() for text in axes.texts}
    boxes = [patch.get_window_extent() for patch in axes.patches if type(patch) is FancyBboxPatch]
    return names, boxes, [patch for patch in axes.patches if isinstance(patch, FancyArrowPatch)]


def test_a_path_that_one_writes_and_another_reads_makes_an_arrow() -> None:
    stages = {
        "clean": {"deps": ["raw/a.csv"], "outs": [{"tables": {"cache": False}}]},
        "fit": {
            "foreach": "${variants}",
            "do": {
                "deps": ["tables/train.csv", "fit.py"],
                "outs": ["models/${key}"],
                "metrics": [{"scores/${key}.json": {"cache": False}}],
            },
        },
        "draw": {
            "foreach": ["a", "b"],
            "do": {"deps": ["models/${item}", "stages"], "plots": ["${item}.png"]},
        },
        "best": {"deps": ["models/small", "fit.py"], "params": ["best"], "outs": ["best.txt"]},
        "sum_up": {"deps": ["scores", "stages"], "outs": ["models.txt"]},
    }
    graph = needs(stages)
    assert list(graph) == ["clean", "fit@V", "draw@V", "best", "sum_up"]
    assert list(graph.edges) == [
        ("clean", "fit@V"),
        ("fit@V", "draw@V"),
        ("fit@V", "best"),
        ("fit@V", "sum_up"),
    ]


def test_the_arrows_are_those_that_no_way_over_other_stages_implies() -> None:
    def over(start: str, end: str) -> bool:
        """Whether a chain of two or more needs leads from the end back to the start."""
        between = WIDE_NEEDS[end]
        return any(start in WIDE_NEEDS[name] or over(start, name) for name in between)

    wanted = {(one, other) for other, ones in WIDE_NEEDS.items() for one in ones}
    assert set(needs(WIDE).edges) == {pair for pair in wanted if not over(*pair)}


def test_the_present_pipeline_is_one_piece_with_the_report_at_its_end() -> None:
    graph = needs(PRESENT)
    assert [name for name, count in graph.in_degree if not count] == ["check_params"]
    assert [name for name, count in graph.out_degree if not count] == ["report"]
    assert ("split", "train@V") in graph.edges
    assert ("train@V", "extract_latents@V") in graph.edges


def test_the_flow_chart_names_stages_and_draws_the_same_arrows() -> None:
    stages = invented(
        {"get": [], "count": ["get"], "fit_all@V": ["get"], "report": ["count", "fit_all@V"]}
    )
    assert mermaid(stages) == (
        "```mermaid\n"
        "flowchart LR\n"
        '    fit_all[["fit_all@V"]]\n'
        "    get --> count & fit_all\n"
        "    count & fit_all --> report\n"
        "```\n"
    )


@both
def test_names_are_within_boxes_that_stand_apart(stages: Mapping[str, Any]) -> None:
    figure = picture(stages)
    names, boxes, _ = drawn(figure)
    assert list(names) == list(needs(stages))
    assert len(boxes) == sum(2 if "@" in name else 1 for name in names)  # stacks have two
    own = {
        name: [box for box in boxes if box.count_contains(text.corners()) == 4]
        for name, text in names.items()
    }
    assert all(own.values())
    for one, other in combinations(own, 2):
        assert not any(a.overlaps(b) for a in own[one] for b in own[other])
    assert all(figure.bbox.count_contains(box.corners()) == 4 for box in boxes)


@both
def test_no_arrow_touches_a_box_that_it_does_not_connect(stages: Mapping[str, Any]) -> None:
    _, boxes, arrows = drawn(picture(stages))
    for arrow in arrows:
        path = arrow.get_transform().transform_path(arrow.get_path())
        line = Curve(path.vertices[:5], path.codes[:5])  # the other points are the arrow's head
        start = np.mean(line.vertices[:2], axis=0)  # hidden by the box that the arrow leaves
        for box in boxes:
            # What ends at a box's edge does not reach inside.
            assert box.contains(*start) or not line.intersects_bbox(box.padded(-2), filled=False)


@both
def test_each_stage_is_below_all_that_it_needs(stages: Mapping[str, Any]) -> None:
    names, _, _ = drawn(picture(stages))
    for one, other in needs(stages).edges:
        assert names[one].y0 > names[other].y1


def test_the_users_settings_of_matplotlib_change_no_byte() -> None:
    before = svg(WIDE)
    with matplotlib.rc_context({"font.size": 30, "font.family": "serif"}):
        assert svg(WIDE) == before


@pytest.mark.parametrize("seed", ["1", "2"])  # decides the order of sets
def test_the_committed_picture_and_flow_chart_are_those_of_dvc_yaml(seed: str) -> None:
    code = (
        "from tools import graph\n"
        "stages = graph.load(graph.PROJECT / 'dvc.yaml')['stages']\n"
        "print(graph.svg(stages), graph.mermaid(stages), sep='', end='')"
    )
    said = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    committed = PICTURE.read_text()
    assert said.startswith(committed), "python -m tools.graph"
    block = f"<!-- graph -->\n{said.removeprefix(committed)}<!-- end of graph -->\n"
    assert block in (PROJECT / "README.md").read_text(), "python -m tools.graph"
