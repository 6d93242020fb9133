"""Published results beside those of another revision."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tools.compare import compared, read


def entry(kind: str, verdict: str, measured: float, *, primary: bool = True) -> dict[str, Any]:
    return {
        "id": f"{kind}.vae",
        "claim": f"The vae does {kind}",
        "verdict": verdict,
        "primary": primary,
        "measurements": [
            {
                "quantity": "accuracy",
                "unit": "share of test images",
                "measured": measured,
                "interval": (measured - 0.01, measured + 0.01),
            }
        ],
    }


def publish(
    project: Path,
    params: str,
    ledger: list[dict[str, Any]],
    summary: dict[str, float],
    picture: str,
) -> None:
    """Write what a revision publishes, and commit it."""
    metrics, figures = project / "reports" / "metrics", project / "reports" / "charts"
    for folder in (metrics, figures):
        folder.mkdir(parents=True, exist_ok=True)
    (project / "params.yaml").write_text(params)
    (metrics / "claims.json").write_text(json.dumps(ledger))
    (metrics / "summary.json").write_text(json.dumps(summary))
    (figures / "same.svg").write_text("same")
    (figures / "other.svg").write_text(picture)
    for command in (
        ["add", "--all"],
        ["-c", "user.email=a@b.c", "-c", "user.name=A", "commit", "--quiet", "-m", "Publish"],
    ):
        subprocess.run(["git", *command], cwd=project, check=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Two revisions: the second has another weight, verdict, error and picture, and a new claim."""
    folder = tmp_path / "project"
    (folder / ".dvc").mkdir(parents=True)
    (folder / ".dvc" / "config").write_text("")
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    old = [entry("well", "inconclusive", 0.0), entry("same", "supported", 0.2)]
    new = [entry("well", "supported", 0.05), old[1], entry("aside", "supported", 1, primary=False)]
    publish(folder, "{a: {b: 1, c: [x]}, d: 2}", old, {"e": 0.5, "e_sd": 0.1, "f": 1.0}, "before")
    publish(folder, "{a: {b: 3, c: [x]}, g: 2}", new, {"e": 0.25, "e_sd": 0.2, "f": 1.0}, "after")
    return folder


def test_what_differs_is_said_and_nothing_else(project: Path, tmp_path: Path) -> None:
    old, new = read(project, "old", "HEAD~1"), read(project, "new", None)
    text = compared(old, new, tmp_path / "out")
    assert text == (
        "# new beside old\n"
        "\n"
        "## Parameters\n"
        "\n"
        "| parameter | old | new |\n"
        "| --- | --- | --- |\n"
        "| `a.b` | `1` | `3` |\n"
        "| `d` | `2` | – |\n"
        "| `g` | – | `2` |\n"
        "\n"
        "## Verdicts\n"
        "\n"
        "| question | old | new |\n"
        "| --- | --- | --- |\n"
        "| The vae does well | inconclusive (+0.0 points, -1.0 to 1.0) "
        "| supported (+5.0 points, 4.0 to 6.0) |\n"
        "\n"
        "## Headline numbers\n"
        "\n"
        "| number | old | new | difference |\n"
        "| --- | --- | --- | --- |\n"
        "| `e` | 0.5 ± 0.1 | 0.25 ± 0.2 | -0.25 |\n"
        "\n"
        "## Figures\n"
        "\n"
        "| old | new |\n"
        "| --- | --- |\n"
        "| ![other.svg, before](before/other.svg) | ![other.svg, after](after/other.svg) |\n"
    )
    assert (tmp_path / "out" / "before" / "other.svg").read_text() == "before"
    assert (tmp_path / "out" / "after" / "other.svg").read_text() == "after"
    assert not (tmp_path / "out" / "after" / "same.svg").exists()


def test_a_revision_is_the_same_as_itself(project: Path, tmp_path: Path) -> None:
    same = read(project, "one", "HEAD"), read(project, "other", None)
    assert compared(*same, tmp_path / "out").count("None differs.") == 4
    assert not (tmp_path / "out").exists()


def test_long_tables_are_cut_and_say_so(project: Path, tmp_path: Path) -> None:
    old, new = read(project, "old", "HEAD~1"), read(project, "new", None)
    many = {f"metric_{number}": float(number) for number in range(100)}
    assert "And 77 more." in compared(old, new._replace(summary=many), tmp_path)
