"""The folder for whoever checks the study, and its `codecheck.yml`."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tools.bundle import write_bundle
from tools.study import Check

CHECK = Check("abc123", "2026-01-02T03:04:00+00:00", "Of 8 outputs, 8 are identical.")
MANIFEST = {
    "reports/report.html": "The report",
    "reports/charts/a.svg": "Write the report",  # what has no description has its stage's
    "reports/charts/b.svg": "Write the report",
    "reports/metrics/sizes.json": "Sizes, counted",
}


@pytest.fixture
def bundle(published: Path, certificates: list[Path]) -> Path:
    folder = published.parents[1] / "bundle"
    write_bundle(published, folder, certificates, CHECK)
    return folder


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def codecheck(folder: Path) -> dict[str, object]:
    content = YAML(typ="safe").load(folder / "codecheck.yml")
    assert isinstance(content, dict)
    return content


def test_the_folder_has_what_is_committed_and_what_describes_it(
    bundle: Path, published: Path
) -> None:
    committed = {name for name in files(published) if not name.startswith((".git/", "data/"))}
    assert files(bundle) == {
        *(name for name in committed if not name.startswith(".dvc/tmp/")),
        "codecheck/verification.json",
        "codecheck/verification.md",
        "codecheck.yml",
        "ro-crate-metadata.json",
    }
    for name in committed & files(bundle):
        assert (bundle / name).read_bytes() == (published / name).read_bytes()


def test_an_earlier_folder_is_replaced_as_a_whole(
    bundle: Path, published: Path, certificates: list[Path]
) -> None:
    (bundle / "stray").touch()
    before = files(bundle)
    write_bundle(published, bundle, certificates, CHECK)
    assert before - files(bundle) == {"stray"}


def test_codecheck_has_what_its_specification_demands_of_authors(bundle: Path) -> None:
    # https://codecheck.org.uk/spec/config/2.0/, and the rules of its register.
    assert "\n---\n" in "\n" + (bundle / "codecheck.yml").read_text(encoding="utf-8")
    content = codecheck(bundle)
    assert content["version"] == "https://codecheck.org.uk/spec/config/2.0/"
    manifest = content["manifest"]
    assert isinstance(manifest, list)
    assert {item["file"]: item["comment"] for item in manifest} == MANIFEST
    assert all((bundle / item["file"]).is_file() for item in manifest)
    assert content["paper"] == {
        "title": "A study: small",
        "authors": [{"name": "Its authors", "ORCID": None}],
        "reference": None,
    }


def test_codecheck_says_what_was_found_and_leaves_the_rest_to_the_checker(bundle: Path) -> None:
    content = codecheck(bundle)
    assert content["source"] == "Git commit abc123"
    assert content["check_time"] == "2026-01-02 03:04:00"
    assert content["summary"] == f"{CHECK.summary}\n"
    assert content["codechecker"] == [{"name": None, "ORCID": None}]
    assert {key for key, value in content.items() if value is None} == {
        "repository",
        "report",
        "certificate",
    }


def test_codecheck_gives_identifiers_that_the_citation_has(
    published: Path, certificates: list[Path]
) -> None:
    citation = published / "CITATION.cff"
    authors = "  - name: Its authors\n"
    person = (
        "  - {given-names: Ada, name-particle: von, family-names: Lovelace,"
        " orcid: 'https://orcid.org/0000-0002-1825-0097'}\n"
    )
    text = citation.read_text().replace(authors, person)
    citation.write_text(f"{text}doi: 10.5281/zenodo.1\nrepository-code: https://example.org/s\n")
    bundle = published.parents[1] / "bundle"
    write_bundle(published, bundle, certificates, CHECK)
    content = codecheck(bundle)
    paper = content["paper"]
    assert isinstance(paper, dict)
    assert paper["authors"] == [{"name": "Ada von Lovelace", "ORCID": "0000-0002-1825-0097"}]
    assert paper["reference"] == "https://doi.org/10.5281/zenodo.1"
    assert content["repository"] == "https://example.org/s"


def test_what_is_published_as_a_hash_alone_is_not_in_the_manifest(
    published: Path, certificates: list[Path]
) -> None:
    (published / "reports" / "report.html").unlink()  # as in the results on the digits
    bundle = published.parents[1] / "bundle"
    write_bundle(published, bundle, certificates, CHECK)
    manifest = codecheck(bundle)["manifest"]
    assert isinstance(manifest, list)
    assert "reports/report.html" not in {item["file"] for item in manifest}
