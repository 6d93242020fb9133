"""Mutants: which there are, and which of an invented module its tests notice."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.robustness.mutants import PROJECT, PURE, covering, equivalent
from tests.robustness.one_token import compiled, mutants

MODULE = """def inside(value, low, high):
    return low <= value and value < high

def halvings(value):
    done = 0
    while value != 1:
        value //= 2
        done += 1
    return done
"""
TESTS = """import invented

def test_inside():
    assert invented.inside(2, 1, 3)
    assert not invented.inside(0, 1, 3)
    assert not invented.inside(3, 1, 3)

def test_halvings():
    assert invented.halvings(5) == 2
"""
# In a process of its own: pytest cannot be forked out of pytest.
SCRIPT = """import json
import sys
from pathlib import Path
from tests.robustness import mutants, trial
trial._SECONDS = 5
without = [("invented", "done += 1", "1 -> 2")]
score = mutants.examined(Path(sys.argv[1]), "invented", ["test_invented.py"], without)
changes = [mutant.change for mutant in score.survivors]
print(json.dumps([score.mutants, score.equivalent, score.tried, changes]))
"""


def examine(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", SCRIPT, str(folder)]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a < b", ["a < b -> a <= b", "a < b -> a >= b"]),
        ("a == b", ["a == b -> a != b"]),
        ("a is not None", ["a is not None -> a is None"]),
        ("a - b", ["a - b -> a + b"]),
        ("a -= b", ["a -= b -> a += b"]),
        ("a and b", ["a and b -> a or b"]),
        ("not a", ["not a -> a"]),
        ("-a", ["-a -> a"]),
        ("True", ["True -> False"]),
        ("3", ["3 -> 4"]),
        ("0.25", ["0.25 -> 0.5"]),
        ("0.0", ["0.0 -> 1.0"]),
        ("a[b:c]", ["b:c -> :c", "b:c -> b:"]),
        ("f(a, b=c)", ["f(a, b=c) -> f(a)"]),
        ("min(a)", ["min -> max"]),
        ("def f(a=None): pass", ["a=None -> a=0"]),
        ("'text'", []),
        ("def f(a: int | None) -> int | None: pass", []),
        ("zip(a, strict=True)", []),
        ("open(a, encoding='utf-8')", []),
        ("if __name__ == '__main__':\n    f(1)", []),
    ],
)
def test_each_token_has_its_changes(source: str, expected: list[str]) -> None:
    assert [mutant.change for mutant in mutants(source, ast.parse(source))] == expected


def test_a_mutant_computes_with_the_change_and_leaves_the_tree_as_it_was() -> None:
    source = "value = 7 - 2"
    tree = ast.parse(source)
    found = []
    for mutant in mutants(source, tree):
        names: dict[str, int] = {}
        exec(compiled(mutant, tree, "invented.py"), names)  # noqa: S102  invented above
        found.append(names["value"])
    assert found == [9, 6, 4]
    assert ast.unparse(tree) == source


@pytest.mark.long  # it starts Python with the libraries, and waits for a loop that does not end
def test_what_no_test_notices_is_found_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "invented.py").write_text(MODULE)
    tests = tmp_path / "test_invented.py"
    tests.write_text(TESTS)
    done = examine(tmp_path)
    assert json.loads(done.stdout) == [12, 1, 11, ["low <= value -> low < value"]], done.stderr
    # One more test, and it is noticed.
    tests.write_text(TESTS + "    assert invented.inside(1, 1, 3)\n")
    assert json.loads(examine(tmp_path).stdout) == [12, 1, 11, []]
    assert (tmp_path / "invented.py").read_text() == MODULE
    # Where tests fail without any change, nothing is said.
    tests.write_text(TESTS + "    assert False\n")
    done = examine(tmp_path)
    assert done.returncode
    assert "error: test_invented.py::test_halvings: expected to pass unchanged" in done.stderr


def test_every_module_has_tests() -> None:
    modules = [f"{package}.{name}" for package, names in PURE.items() for name in names.split()]
    assert [module for module in modules if not covering(module)] == []


def test_what_is_listed_as_equivalent_is_a_mutant() -> None:
    for module in {module for module, _, _ in equivalent()}:
        source = PROJECT.joinpath(*module.split(".")).with_suffix(".py").read_text()
        every = {(module, m.text, m.change) for m in mutants(source, ast.parse(source))}
        assert {entry for entry in equivalent() if entry[0] == module} - every == set()
