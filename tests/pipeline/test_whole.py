"""The whole pipeline on real digits."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from stages.core.params import load
from stages.ledger.texts import CLAIMS
from stages.page.names import acronyms, title
from tests.support import PROJECT, change, dvc
from tools.digits import put_in_place
from tools.lock_integrity import read_lock
from tools.recomputation import compare_outputs
from tools.tolerance import Status


@pytest.fixture(scope="module")
def page(whole_run: Path) -> BeautifulSoup:
    found = BeautifulSoup((whole_run / "reports" / "report.html").read_text(), "html.parser")
    assert found.main is not None
    return found


def variants(project: Path) -> list[str]:
    return list(load(project / "params.yaml")["variants"])


def test_every_variant_has_an_error_and_accuracies(whole_run: Path) -> None:
    summary = load(whole_run / "reports" / "metrics" / "summary.json")
    for name in variants(whole_run):
        assert 0 < summary[f"{name}.test_mse"] < 1
        assert 0 < summary[f"{name}.scratch.test_accuracy"] <= 1


def test_accuracies_have_a_row_for_each_classifier(whole_run: Path) -> None:
    params = load(whole_run / "params.yaml")
    for name in variants(whole_run):
        table = pd.read_csv(whole_run / "reports" / "metrics" / "semi_supervised" / f"{name}.csv")
        assert list(table) == [
            "variant",
            "regime",
            "label_fraction",
            "model_seed",
            "label_draw",
            "test_accuracy",
        ]
        assert set(table["regime"]) == set(params["semi_supervised"]["regimes"])
        runs = len(params["train"]["seeds"]) * params["semi_supervised"]["draws"]
        assert len(table) == runs * table["regime"].nunique()


def test_equal_architectures_are_equal_from_scratch(whole_run: Path) -> None:
    # The same fresh weights, labels and orders: only pretraining tells the two variants apart.
    def scratch(name: str) -> list[float]:
        table = pd.read_csv(whole_run / "reports" / "metrics" / "semi_supervised" / f"{name}.csv")
        return table.loc[table["regime"] == "scratch", "test_accuracy"].tolist()

    assert scratch("compression") == scratch("denoising")


def test_too_few_labels_are_raised_to_one_of_each_class_and_said(
    whole_run: Path, page: BeautifulSoup, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(whole_run, tmp_path / "copy", symlinks=True))
    change(copy / "params.yaml", ("semi_supervised.label_fraction", 0.001))
    done = dvc(copy, "repro", "--single-item", "split")
    assert "classes raised to one image: 10; labels in all: 10" in done.stderr
    said = " ".join(page.text.split())
    assert "10 labelled images (0.70% of the training images): 2 draws" in said


def test_the_digits_come_out_as_published(whole_run: Path, tmp_path: Path) -> None:
    # On most machines to the byte; on a processor that nobody tried, within tolerance.
    published = tmp_path / "published"
    subprocess.run(["git", "clone", "--quiet", PROJECT, published], check=True)
    put_in_place(published)
    results = compare_outputs(published, whole_run)
    made = {path for stage in read_lock(whole_run).values() for path in stage.outs}
    assert {found.path for found in results} == made
    assert [found for found in results if found.status == Status.DIFFERENT] == []


def test_the_first_line_names_the_data_set(page: BeautifulSoup) -> None:
    assert page.h1 is not None
    assert "scikit-learn's digits" in page.h1.text
    assert page.title is not None
    assert "scikit-learn's digits" in page.title.text


def test_the_page_asks_no_other_host_for_anything(page: BeautifulSoup) -> None:
    assert not page.find_all(["link", "iframe", "img", "object", "embed"])
    assert [script.get("src") for script in page.find_all("script")] == [None]
    pictures = [str(image["xlink:href"]) for image in page.find_all("image")]
    assert pictures
    assert all(picture.startswith("data:image/png;base64,") for picture in pictures)
    assert "@import" not in str(page)
    assert not re.search(r"url\(", str(page.style))


def test_every_chart_is_on_the_page_described_and_a_file(
    whole_run: Path, page: BeautifulSoup
) -> None:
    charts = page.find_all("svg")
    files = {path.stem for path in (whole_run / "reports" / "charts").iterdir()}
    assert {str(chart["id"]) for chart in charts} == {f"chart-{name}" for name in files} | {
        "chart-pipeline"
    }
    for chart in charts:
        assert chart["role"] == "img"
        said = [page.find(id=name) for name in str(chart["aria-labelledby"]).split()]
        assert all(element is not None and len(element.text) > 10 for element in said)


def test_the_executed_notebook_is_valid_and_comes_out_again(
    whole_run: Path, tmp_path: Path
) -> None:
    # Other tests read the page meanwhile.
    copy = Path(shutil.copytree(whole_run, tmp_path / "copy", symlinks=True))
    path = copy / "reports" / "report.executed.ipynb"
    before = path.read_bytes()
    notebook = nbformat.reads(before.decode(), as_version=4)
    nbformat.validate(notebook)
    assert len(before) < 4_000_000
    assert "{{" not in "".join(cell.source for cell in notebook.cells)
    dvc(copy, "repro", "--single-item", "--force", "report")
    assert path.read_bytes() == before


def test_every_variant_has_its_pictures(whole_run: Path) -> None:
    found = {path.stem for path in (whole_run / "reports" / "figures").rglob("*.png")}
    assert found == set(variants(whole_run))
    assert len([*(whole_run / "reports" / "figures").rglob("*.png")]) == 4 * len(found)


def test_the_page_has_no_code_and_its_contents_lead_somewhere(page: BeautifulSoup) -> None:
    assert "import pandas" not in page.text
    assert page.nav is not None
    links = [link["href"].removeprefix("#") for link in page.nav.find_all("a")]
    assert len(links) >= 8
    assert all(page.find(id=link) for link in links)


def test_the_report_shows_the_measured_numbers(whole_run: Path, page: BeautifulSoup) -> None:
    summary = load(whole_run / "reports" / "metrics" / "summary.json")
    for name in variants(whole_run):
        assert f"{summary[f'{name}.test_mse']:.4f}" in page.text


CLAIM = {
    "id",
    "claim",
    "source",
    "primary",
    "measured",
    "interval",
    "criterion",
    "verdict",
    "chance",
    "evidence",
    "section",
    "measurements",
}
VERDICTS = ("supported", "not supported", "equivalent", "inconclusive")


def test_every_claim_is_in_the_report_and_leads_to_its_section(
    whole_run: Path, page: BeautifulSoup
) -> None:
    claims = json.loads((whole_run / "reports" / "metrics" / "claims.json").read_text())
    for entry in claims:
        assert set(entry) == CLAIM
        row = page.find(id=f"claim-{entry['id']}")
        assert row is not None
        assert acronyms(entry["claim"]) in row.text
        if entry["primary"]:
            assert page.find(id=row.find("a")["href"].removeprefix("#"))
        assert entry["verdict"] in VERDICTS
    kinds = {entry["id"].split(".")[0] for entry in claims}
    assert kinds == set(CLAIMS), "each kind of claim has a variant that it is made of"
    primary = [entry for entry in claims if entry["primary"]]
    for verdict in VERDICTS:
        count = sum(entry["verdict"] == verdict for entry in primary)
        assert len(page.find_all("span", class_=verdict.replace(" ", "-"))) == count
    assert f"Of {len(primary)} primary questions" in " ".join(page.text.split())


def test_the_findings_are_readable_as_markdown(whole_run: Path) -> None:
    text = (whole_run / "reports" / "README.md").read_text()
    assert text.startswith("# Autoencoders on scikit-learn's digits\n")
    assert "| With few labels, pretraining as compression linear helps |" in text
    for name in variants(whole_run):
        assert f"| {title(name)} |" in text
    links = re.findall(r"\]\((charts/[^)]+)\)", text)
    assert len(links) > 5
    assert all((whole_run / "reports" / link).exists() for link in links)


def test_settings_are_chosen_on_as_many_validation_labels_at_most(whole_run: Path) -> None:
    metrics = whole_run / "reports" / "metrics"
    for path in [*metrics.glob("*tuning/*.csv"), metrics / "baselines_tuning.csv"]:
        tried = pd.read_csv(path)
        assert (tried["validation_labels"] <= tried["labels"]).all()
        of = [key for key in ("variant", "regime", "features", "classifier") if key in tried]
        budget = tried.groupby([*of, "labels"])
        assert (budget["chosen"].sum() == 1).all()
        assert (budget.size() <= 12).all()


def test_the_number_of_labels_grows_along_the_curve(whole_run: Path) -> None:
    for name in load(whole_run / "params.yaml")["label_curve"]["variants"]:
        table = pd.read_csv(whole_run / "reports" / "metrics" / "label_curve" / f"{name}.csv")
        draws = table.groupby("labels")["label_draw"].nunique()
        assert draws.index.is_monotonic_increasing
        assert draws.iloc[-1] == 1
        assert len(draws) > 2


def test_the_models_load_by_the_code_of_the_docs(whole_run: Path) -> None:
    page = (PROJECT / "docs" / "vary.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    # The study's first seed is 3, that of the run on the digits 0.
    code = code.replace("seed_3", "seed_0")
    code += "print(model(numpy.zeros((1, *model.input_shape[1:]))).shape)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=whole_run, capture_output=True, text=True, check=True
    )
    assert done.stdout == "(1, 8, 8, 1)\n"


def test_everything_is_up_to_date_afterwards(whole_run: Path) -> None:
    assert "up to date" in dvc(whole_run, "status").stdout


def test_sizes_stay_modest(whole_run: Path) -> None:
    for name in ("report.html", "report.executed.ipynb"):
        assert (whole_run / "reports" / name).stat().st_size < 4_000_000
