"""The pipeline's graph: derived from paths, drawn without overlaps."""

from collections.abc import Collection, Mapping
from graphlib import CycleError
from itertools import combinations
from pathlib import Path

import matplotlib
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch
from matplotlib.path import Path as Curve
from matplotlib.transforms import Bbox
from ruamel.yaml import YAML

from stages.figures.pipeline import edges, pipeline_graph
from stages.figures.style import save
from tests.conftest import PROJECT
from tools.graph import PICTURE, draw

PRESENT = edges(YAML(typ="safe").load(PROJECT / "dvc.yaml"))
# Long arrows past other stages, several stages in a column, a stage that nothing connects.
WIDE = {
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


def labels(figure: Figure) -> dict[str, Bbox]:
    """Where each text is, in pixels, by the text without its line breaks."""
    figure.draw_without_rendering()
    return {
        text.get_text().replace("\n", ""): text.get_window_extent() for text in figure.axes[0].texts
    }


def arrows(figure: Figure) -> list[FancyArrowPatch]:
    return [patch for patch in figure.axes[0].patches if isinstance(patch, FancyArrowPatch)]


def test_a_path_that_one_writes_and_another_reads_makes_an_edge() -> None:
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
            "do": {"deps": ["models/${item}"], "plots": ["${item}.png"]},
        },
        "best": {"deps": ["models/small", "fit.py"], "outs": ["best.txt"]},
        "sum_up": {"deps": ["scores", "best.txt"], "outs": ["models.txt"]},
    }
    assert edges({"stages": stages, "plots": ["tables/train.csv"]}) == {
        "clean": [],
        "fit@V": ["clean"],
        "draw@V": ["fit@V"],
        "best": ["fit@V"],
        "sum_up": ["fit@V", "best"],
    }


def test_the_present_pipeline_is_one_piece_with_the_report_at_its_end() -> None:
    assert [name for name, needs in PRESENT.items() if not needs] == ["check_params"]
    needed = {need for needs in PRESENT.values() for need in needs}
    assert set(PRESENT) - needed == {"report"}
    assert "split" in PRESENT["train@V"]
    assert "train@V" in PRESENT["extract_latents@V"]


@pytest.mark.parametrize("stages", [PRESENT, WIDE], ids=["present", "wide"])
def test_names_stand_apart_within_the_picture(stages: Mapping[str, Collection[str]]) -> None:
    figure = pipeline_graph(stages)
    found = labels(figure)
    assert set(stages) <= set(found)
    for one, other in combinations(found.values(), 2):
        assert not one.overlaps(other)
    assert all(figure.bbox.containsx(x) for box in found.values() for x in box.intervalx)
    assert all(figure.bbox.containsy(y) for box in found.values() for y in box.intervaly)


@pytest.mark.parametrize("stages", [PRESENT, WIDE], ids=["present", "wide"])
def test_no_arrow_passes_through_a_name(stages: Mapping[str, Collection[str]]) -> None:
    figure = pipeline_graph(stages)
    boxes = labels(figure).values()
    for arrow in arrows(figure):
        path = arrow.get_transform().transform_path(arrow.get_path())
        for line in path.to_polygons(closed_only=False):
            assert not [box for box in boxes if Curve(line).intersects_bbox(box, filled=False)]


@pytest.mark.parametrize("stages", [PRESENT, WIDE], ids=["present", "wide"])
def test_each_stage_is_right_of_what_it_needs(stages: Mapping[str, Collection[str]]) -> None:
    found = labels(pipeline_graph(stages))
    for name, needs in stages.items():
        assert all(found[need].x1 < found[name].x0 for need in needs)


def test_an_arrow_that_others_imply_is_left_out() -> None:
    figure = pipeline_graph({"a": [], "b": ["a"], "c": ["a", "b"], "d": ["a", "b", "c"]})
    assert len(arrows(figure)) == 3
    assert len(arrows(pipeline_graph(WIDE))) == 14


def test_the_picture_is_the_same_bytes_whatever_the_needs_order(tmp_path: Path) -> None:
    save(pipeline_graph(WIDE), tmp_path / "a.png")
    with matplotlib.rc_context({"font.size": 30, "font.family": "serif"}):
        turned = {name: needs[::-1] for name, needs in WIDE.items()}
        save(pipeline_graph(turned), tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_circle_is_refused() -> None:
    with pytest.raises(CycleError):
        pipeline_graph({"a": ["b"], "b": ["a"]})


def test_the_committed_picture_is_that_of_the_pipeline(tmp_path: Path) -> None:
    draw(tmp_path / "drawn.png")
    assert (tmp_path / "drawn.png").read_bytes() == PICTURE.read_bytes(), "python -m tools.graph"
