"""What DVC shows of the published results: charts with marks, numbers that fit a terminal."""

import math
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import vl_convert
from dvc.render.match import match_defs_renderers
from dvc.repo import Repo
from dvc_render import ImageRenderer, VegaRenderer
from ruamel.yaml import YAML

from tests.support import PROJECT
from tools.plots import PAGE, VEGA_LITE

# The oldest that is here; the page that DVC makes loads 5.2.
OLDEST = vl_convert.get_vegalite_versions()[0]
ENTRIES = YAML(typ="safe").load(PROJECT / "dvc.yaml")
CHARTS = {name: chart for entry in ENTRIES["plots"] for name, chart in entry.items()}


def renderers() -> Iterator[VegaRenderer | ImageRenderer]:
    """What `dvc plots show` draws."""
    with Repo(str(PROJECT)) as repo:
        shown = match_defs_renderers(repo.plots.show(), templates_dir=repo.plots.templates_dir)
    for renderer, *errors in shown:
        assert not any(errors), renderer.name
        yield renderer


@pytest.fixture(scope="module")
def specs() -> dict[str, dict[str, Any]]:
    """Each chart's specification for Vega-Lite, with its data."""
    return {
        renderer.name: renderer.get_filled_template()
        for renderer in renderers()
        if isinstance(renderer, VegaRenderer)
    }


def channels(spec: object) -> Iterator[dict[str, Any]]:
    """What a specification encodes, wherever it says so: a field and its type."""
    if isinstance(spec, dict):
        if "field" in spec:
            yield spec
        spec = list(spec.values())
    if isinstance(spec, list):
        for part in spec:
            yield from channels(part)


def test_the_page_shows_the_charts_of_all_variants_and_folds_away_the_others() -> None:
    assert len(CHARTS) == len(ENTRIES["plots"])
    expected = {str(path.relative_to(PROJECT)) for path in PROJECT.glob("reports/charts/*.svg")}
    names = [renderer.name for renderer in renderers()]
    assert len(names) == len(set(names))
    folded = {name for name in names if name.startswith(("reports/metrics/", "reports/figures/"))}
    assert folded
    assert set(names) - folded == expected | set(CHARTS)
    page = PAGE.read_text()
    assert re.findall(r"\[id\^=(\w+)\]", page) == ["reports_metrics_", "reports_figures_"]
    assert f'getElementById("{next(iter(CHARTS))}")' in page


def test_numbers_are_on_quantitative_axes_and_text_is_not(specs: dict[str, dict[str, Any]]) -> None:
    for name, spec in specs.items():
        rows = spec["data"]["values"]
        assert rows, name
        found = list(channels({**spec, "data": None}))
        assert found, name
        for channel in found:
            field, kind = channel["field"], channel.get("type", "nominal")
            values = [row[field] for row in rows if row[field] != ""]
            assert values, (name, field)
            if kind == "quantitative":
                assert all(math.isfinite(float(value)) for value in values), (name, field)
            else:
                assert kind == "nominal", (name, field)


def marks(spec: dict[str, Any], version: str) -> int:
    """The number of points, ticks and lines in a chart."""
    svg = vl_convert.vegalite_to_svg(spec, vl_version=version)
    assert "NaN" not in svg
    return len(re.findall(r'aria-roledescription="(point|tick|line mark)"', svg))


@pytest.mark.parametrize("version", [OLDEST, VEGA_LITE])
@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_has_marks_for_its_data(
    name: str, version: str, specs: dict[str, dict[str, Any]]
) -> None:
    rows = specs[name]["data"]["values"]
    groups = {(row.get("variant"), row.get("regime"), row.get("labels")) for row in rows}
    assert marks(specs[name], version) >= len(groups)


@pytest.mark.long
def test_every_table_of_a_stage_has_marks(specs: dict[str, dict[str, Any]]) -> None:
    tables = {name: spec for name, spec in specs.items() if name not in CHARTS}
    assert len(tables) > 20
    assert {name for name, spec in tables.items() if not marks(spec, VEGA_LITE)} == set()


def test_every_template_is_used() -> None:
    templates = {path.stem for path in PAGE.parent.glob("*.json")}
    used = set(re.findall(r"template: (\w+)", (PROJECT / "dvc.yaml").read_text()))
    assert used == templates | {"scatter"}


def test_the_headline_numbers_fit_a_terminal() -> None:
    command = ["metrics", "diff", "--all", "--no-path"]
    shown = subprocess.run(
        [sys.executable, "-m", "dvc", *command],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = shown.stdout.splitlines()
    assert any(line.startswith("vae.test_mse") for line in lines)
    assert max(map(len, lines)) <= 100
