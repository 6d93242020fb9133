"""Change one token of pure code at a time: do the unit tests notice? `make test-mutants`.

python -m tests.robustness.mutants --only stages.ledger     modules whose names begin so
python -m tests.robustness.mutants --sample 25 --seed 1     so many mutants of each module

What was found is kept below `build/mutants` and counts as long as neither the module nor its tests
change, so that an interrupted run goes on where it was. `equivalent_mutants.csv` lists mutants that
change nothing that matters, each with the reason; they do not count. Sources are never written:
each mutant is a fork that imports the changed code in place of the module's own.
"""

import ast
import csv
import gc
import importlib
import json
import random
import sys
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from tests.import_closure import imported_by, reached_from
from tests.robustness.one_token import Mutant, compiled, mutants
from tests.robustness.trial import Trial, tried

PROJECT = Path(__file__).parent.parent.parent
EQUIVALENT = Path(__file__).with_name("equivalent_mutants.csv")
AIM = 0.95  # share of each module's mutants that tests are to notice
# What computes, without TensorFlow's graphs, processes and networks: modules by package.
PURE: Mapping[str, str] = {
    "stages.ledger": "claims comparisons evidence front intervals printed schema summary verdicts",
    "stages.codes": "quality reconstruction schema separation",
    "stages.few_labels": (
        "baselines comparison linear_probe measurement propagation regimes schema self_training"
    ),
    "stages.samples": "controls fidelity generation schema",
    "stages.datasets": "arrays checksums idx npz schema sources subsets",
    "stages.core": "formats names numerics params rng",
    "stages.page": "findings markup names sentences study tables tuning",
    "stages.training": "objective schema",
    "tools": "lock_integrity schedule tolerance",
}
_HOUR = 3600.0  # of processor time: more than tests of a module take
# Imported once, before the forks; `stages` comes first, since it sets up the others.
_LIBRARIES = (
    *("stages", "numpy", "pandas", "pydantic", "ruamel.yaml", "typer", "scipy.stats"),
    *("sklearn.linear_model", "sklearn.neighbors", "sklearn.decomposition", "psutil", "requests"),
    *("hypothesis.strategies", "hypothesis.extra.numpy"),
)


class Score(NamedTuple):
    """What became of a module's mutants.

    Attributes:
        mutants: all of them.
        equivalent: those that change nothing.
        tried: of the others.
        survivors: of those that were tried.
    """

    mutants: int
    equivalent: int
    tried: int
    survivors: Sequence[Mutant]

    @property
    def noticed(self) -> int:
        """Those that a test noticed."""
        return self.tried - len(self.survivors)

    @property
    def share(self) -> float:
        """Of the mutants that were tried, those that were noticed."""
        return self.noticed / self.tried if self.tried else 1.0


def main(
    only: Annotated[str, typer.Option(help="Modules whose names begin so.")] = "",
    sample: Annotated[int | None, typer.Option(min=1, help="So many of each, drawn.")] = None,
    seed: Annotated[int, typer.Option(help="Of the drawing.")] = 0,
) -> None:
    """Try the mutants of each module, say which survive, and fail below the aim."""
    modules = [f"{folder}.{name}" for folder, names in PURE.items() for name in names.split()]
    scores = {}
    for module in filter(lambda name: name.startswith(only), modules):
        print(module, flush=True)
        scores[module] = examined(PROJECT, module, covering(module), equivalent(), sample, seed)
        for mutant in scores[module].survivors:
            print(f"  line {mutant.line}: {mutant.change}", flush=True)
    print("\n| module | mutants | equivalent | tried | noticed | share |")
    print("|---|--:|--:|--:|--:|--:|")
    for module, score in scores.items():
        print(
            f"| {module} | {score.mutants} | {score.equivalent} | {score.tried} | {score.noticed} "
            f"| {score.share:.3f} |"
        )
    sys.exit(any(score.share < AIM for score in scores.values()))


def covering(module: str) -> list[str]:
    """Find a module's tests in the folder that mirrors its own.

    Args:
        module: dotted name.

    Returns:
        Paths of the files that import it, or, where none does, of those from which imports reach
        it; relative to the project.
    """
    path = module.replace(".", "/") + ".py"
    imports = {
        file.relative_to(PROJECT).as_posix(): imported_by(file.read_text(encoding="utf-8"))
        for file in sorted((PROJECT / "tests" / "unit" / module.split(".")[-2]).rglob("test_*.py"))
    }
    own = [file for file, names in imports.items() if module in names]
    return own or [
        file for file, names in imports.items() if any(path in reached_from(name) for name in names)
    ]


def equivalent() -> set[tuple[str, str, str]]:
    """Read which mutants change nothing: module, text of the line, change."""
    with EQUIVALENT.open(encoding="utf-8", newline="") as file:
        return {(row["module"], row["line"], row["change"]) for row in csv.DictReader(file)}


def examined(
    project: Path,
    module: str,
    files: Sequence[str],
    without: Iterable[tuple[str, str, str]] = (),
    sample: int | None = None,
    seed: int = 0,
) -> Score:
    """Try a module's mutants on its tests.

    Args:
        project: folder that modules are imported from, and of `build/mutants`.
        module: dotted name.
        files: of tests, relative to the project.
        without: mutants that do not count: module, text of the line, change.
        sample: how many mutants are drawn; None for all.
        seed: of the drawing.

    Raises:
        SystemExit: a test fails without any change.
    """
    path = project.joinpath(*module.split(".")).with_suffix(".py")
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    every = list(mutants(source, tree))
    known = set(without)
    real = [mutant for mutant in every if (module, mutant.text, mutant.change) not in known]
    draw = random.Random(f"{seed} {module}")  # noqa: S311  no secret
    # A larger sample contains a smaller one, whose results are then there.
    drawn = set(draw.sample(range(len(real)), len(real))[:sample])
    chosen = [mutant for number, mutant in enumerate(real) if number in drawn]

    file = project / "build" / "mutants" / f"{module}.json"
    output = file.with_name("output.txt")
    digest = _digest([path, *(project / name for name in files)])
    record = json.loads(file.read_text()) if file.exists() else {"digest": None, "found": {}}
    # What tests found before they or the module were changed says which test to run first.
    before = record["found"]
    found = before if record["digest"] == digest else {}
    waiting = [mutant for mutant in chosen if _key(mutant) not in found]
    usual = _unchanged(project, files, output) if waiting else Trial(None, {}, 0.0)
    for mutant in waiting:
        code = {module: compiled(mutant, tree, str(path))}
        order = [before.get(_key(mutant)) or "", *_quickest(usual)]
        found[_key(mutant)] = tried(project, files, code, order, usual.processor, output).failed
        part = file.with_suffix(".part")
        part.write_text(json.dumps({"digest": digest, "found": found}, indent=1))
        part.replace(file)
    survivors = [mutant for mutant in chosen if found[_key(mutant)] is None]
    return Score(len(every), len(every) - len(real), len(chosen), survivors)


def _key(mutant: Mutant) -> str:
    return f"{mutant.line}:{mutant.column} {mutant.change}"


def _digest(files: Iterable[Path]) -> str:
    return sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def _unchanged(project: Path, files: Sequence[str], output: Path) -> Trial:
    """See that all tests pass, in the order of the files and with the quickest first."""
    output.parent.mkdir(parents=True, exist_ok=True)
    _load_libraries(project, files)
    usual = Trial(None, {}, _HOUR)
    for _ in range(2):
        usual = tried(project, files, {}, _quickest(usual), usual.processor, output)
        if usual.failed:
            sys.exit(f"error: {usual.failed}: expected to pass unchanged, failed: see {output}")
    return usual


def _quickest(usual: Trial) -> list[str]:
    return sorted(usual.seconds, key=lambda test: usual.seconds[test])


def _load_libraries(project: Path, files: Iterable[str]) -> None:
    """Import what all forks would import otherwise."""
    names = {name for file in files for name in imported_by((project / file).read_text())}
    reached = {path for name in names for path in reached_from(name)}
    code = [(PROJECT / path).read_text(encoding="utf-8") for path in reached]
    imported = names.union(*map(imported_by, code))
    for name in (*_LIBRARIES, *sorted({"tensorflow", "keras", "matplotlib.figure"} & imported)):
        importlib.import_module(name)
    gc.freeze()  # forks need not look for garbage among them


if __name__ == "__main__":
    typer.run(main)
