"""The published results beside those of another revision, as Markdown for a pull request.

python -m tools.compare main           a branch, a tag or a commit
python -m tools.compare stark-gnat     an experiment of `dvc exp run`

Everything is read from Git or DVC's cache; nothing is computed.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from dvc.api import DVCFileSystem
from dvc.exceptions import DvcException
from dvc.scm import SCMError
from dvc.utils.flatten import flatten
from ruamel.yaml import YAML

from stages.core.formats import write_text
from stages.page.findings import amount
from tools.project import PROJECT

# Tables in a pull request stay readable.
_MOST = 25
_CHARTS = "reports/charts"


class Results(NamedTuple):
    """What a revision has published.

    Attributes:
        name: of the revision.
        params: by dotted key.
        summary: headline numbers by name.
        ledger: entries of `claims.json` by id.
        figures: charts by path below the project.
    """

    name: str
    params: dict[str, Any]
    summary: dict[str, float]
    ledger: dict[str, dict[str, Any]]
    figures: dict[str, bytes]


def read(project: Path, name: str, revision: str | None) -> Results:
    """Read a revision's results; those of the working tree without one."""
    files = DVCFileSystem(str(project), rev=revision)
    metrics = "reports/metrics"
    ledger = json.loads(files.read_text(f"{metrics}/claims.json"))
    return Results(
        name,
        flatten(YAML(typ="safe").load(files.read_text("params.yaml"))),
        json.loads(files.read_text(f"{metrics}/summary.json")),
        {entry["id"]: entry for entry in ledger},
        {path: files.read_bytes(path) for path in sorted(files.glob(f"{_CHARTS}/*.svg"))},
    )


def compared(before: Results, after: Results, folder: Path) -> str:
    """Say what differs between two revisions' results.

    Args:
        before: the other revision.
        after: this one.
        folder: gets the pictures that differ, in `before/` and `after/`.
    """
    parts = [
        f"# {after.name} beside {before.name}\n",
        _table("Parameters", ("parameter", before.name, after.name), _params(before, after)),
        _table("Verdicts", ("question", before.name, after.name), _verdicts(before, after)),
        _table(
            "Headline numbers",
            ("number", before.name, after.name, "difference"),
            _numbers(before.summary, after.summary),
        ),
        _pictures(before, after, folder),
    ]
    return "\n".join(parts)


def _params(before: Results, after: Results) -> list[tuple[str, ...]]:
    keys = dict.fromkeys([*before.params, *after.params])
    return [
        (f"`{key}`", *(_code(each.params, key) for each in (before, after)))
        for key in keys
        if before.params.get(key) != after.params.get(key)
    ]


def _code(params: Mapping[str, Any], key: str) -> str:
    return f"`{json.dumps(params[key])}`" if key in params else "–"


def _verdicts(before: Results, after: Results) -> list[tuple[str, ...]]:
    """Primary questions whose verdicts or numbers differ."""
    rows = []
    for key in dict.fromkeys([*after.ledger, *before.ledger]):
        both = [each.ledger.get(key) for each in (before, after)]
        if not any(entry and entry.get("primary") for entry in both):
            continue
        said = [_said(entry) for entry in both]
        if said[0] != said[1]:
            rows.append((str(next(entry for entry in both[::-1] if entry)["claim"]), *said))
    return rows


def _said(entry: Mapping[str, Any] | None) -> str:
    if entry is None:
        return "–"
    # Before there were primary questions, entries had no list of measurements.
    numbers = "; ".join(map(amount, entry.get("measurements", [])))
    return f"{entry['verdict']} ({numbers})" if numbers else str(entry["verdict"])


def _numbers(before: Mapping[str, float], after: Mapping[str, float]) -> list[tuple[str, ...]]:
    rows = []
    for key in dict.fromkeys([*after, *before]):
        if key.endswith("_sd") or before.get(key) == after.get(key):
            continue
        ends = [
            f"{each[key]:.4g}" + (f" ± {each[f'{key}_sd']:.2g}" if f"{key}_sd" in each else "")
            if key in each
            else "–"
            for each in (before, after)
        ]
        change = f"{after[key] - before[key]:+.2g}" if key in before and key in after else "–"
        rows.append((f"`{key}`", *ends, change))
    return rows


def _table(title: str, heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return f"## {title}\n\nNone differs.\n"
    lines = [heading, ["---"] * len(heading), *rows[:_MOST]]
    text = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    more = f"\nAnd {len(rows) - _MOST} more.\n" if len(rows) > _MOST else ""
    return f"## {title}\n\n{text}{more}"


def _pictures(before: Results, after: Results, folder: Path) -> str:
    rows = []
    for path in dict.fromkeys([*after.figures, *before.figures]):
        both = {"before": before.figures.get(path), "after": after.figures.get(path)}
        if both["before"] == both["after"]:
            continue
        name, cells = Path(path).name, []
        for side, content in both.items():
            if content is not None:
                (folder / side).mkdir(parents=True, exist_ok=True)
                (folder / side / name).write_bytes(content)
            cells.append("–" if content is None else f"![{name}, {side}]({side}/{name})")
        rows.append(cells)
    return _table("Figures", (before.name, after.name), rows)


def main(
    revision: Annotated[str, typer.Argument(help="Git revision or DVC experiment.")],
    folder: Annotated[Path, typer.Option(help="Gets comparison.md and the figures.")] = (
        PROJECT / "build" / "compare"
    ),
) -> None:
    """Compare the working tree's published results with those of another revision."""
    try:
        text = compared(
            read(PROJECT, revision, revision), read(PROJECT, "these results", None), folder
        )
    except (DvcException, SCMError, OSError) as error:
        sys.exit(f"error: {revision}: expected a revision with published results: {error}")
    write_text(folder / "comparison.md", text)
    print(text)
    print(f"With the figures: {folder / 'comparison.md'}", file=sys.stderr)


if __name__ == "__main__":
    typer.run(main)
