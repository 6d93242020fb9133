"""What is published agrees: results with each other, pages with results, in a fresh clone."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from stages.core.params import load
from stages.page.tuning import distinct, reach
from tests.support import PARAMS, PROJECT
from tools.numbers import of_findings, of_likelihood, of_printed, of_results, of_schedule

REFERENCE = Path("reference") / "gaussian_prior_vae"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of this checkout: committed results."""
    clone = tmp_path_factory.mktemp("published") / "clone"
    subprocess.run(["git", "clone", "--quiet", PROJECT, clone], check=True)
    return clone


@pytest.fixture(scope="module")
def likelihood(published: Path) -> dict[str, Any]:
    """What the reference experiment found."""
    content: dict[str, Any] = json.loads(
        (published / REFERENCE / "metrics/summary.json").read_text()
    )
    return content


def test_the_readme_has_the_findings_and_docs_have_the_numbers(published: Path) -> None:
    assert of_results(published) in (published / "docs" / "verify.md").read_text()
    assert of_findings(published) in (published / "README.md").read_text()
    assert of_schedule(published) in (published / "docs" / "scale.md").read_text()


def test_the_page_of_the_references_has_their_numbers(published: Path) -> None:
    page = (published / "docs" / "reference.md").read_text()
    assert of_printed(published) in page
    assert of_likelihood(published) in page


def test_the_report_is_small(published: Path) -> None:
    for name in ("report.html", "report.executed.ipynb"):
        assert (published / "reports" / name).stat().st_size < 4_000_000


def test_few_choices_lie_where_a_better_setting_may_lie_beyond(published: Path) -> None:
    found = reach(distinct(pd.read_csv(published / "reports" / "metrics" / "tuning.csv")))
    assert found.beyond <= 0.2 * found.choices


def test_the_winner_of_the_exercise_is_a_variant(published: Path) -> None:
    params = load(published / "params.yaml")
    sweep = pd.read_csv(published / "reports" / "metrics" / "exercise.csv")
    (winner,) = sweep.loc[sweep["winner"], "setting"]
    assert params["variants"]["exercise_winner"] == params["exercise"]["settings"][winner]


def test_the_likelihood_is_that_of_the_seeds(published: Path, likelihood: dict[str, Any]) -> None:
    seeds = pd.read_csv(published / REFERENCE / "metrics" / "seeds.csv")
    values = seeds[f"test_log_likelihood_{likelihood['samples']}"]
    assert likelihood["test_log_likelihood"] == pytest.approx(values.mean(), abs=1e-9)
    assert likelihood["test_log_likelihood_sd"] == pytest.approx(values.std(), abs=1e-9)
    assert likelihood["difference"] == pytest.approx(values.mean() + 228.70, abs=1e-9)
    assert likelihood["test_bits_per_pixel"] == pytest.approx(-values.mean() / 0.6931472 / 784)


def test_the_report_has_the_likelihood(published: Path, likelihood: dict[str, Any]) -> None:
    report = (published / "reports" / "report.html").read_text()
    assert f"<strong>{likelihood['test_log_likelihood']:.2f}</strong> nats on average" in report


@pytest.mark.parametrize(
    "file", sorted(PROJECT.glob("reference/*/params.yaml")), ids=lambda file: file.parent.name
)
def test_the_data_set_of_an_experiment_is_described_as_in_the_study(file: Path) -> None:
    study, params = load(PARAMS), load(file)
    assert params["datasets"][params["dataset"]] == study["datasets"][params["dataset"]]
