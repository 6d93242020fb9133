"""README, docs and the other pages: their commands exist, and their links lead somewhere.

None is run here: each program's own parser reads what it would be given. `make test-docs` types
them in a small study.
"""

import re
import shlex
import subprocess
from collections.abc import Iterator
from functools import reduce
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import typer
from dvc.cli import parse_args
from ruamel.yaml import YAML

from stages.core.params import load, validate
from stages.models.schema import Variant
from tests.pages import FENCED, PAGES, blocks, commands
from tests.support import PARAMS, PROJECT

# Their words are not looked at.
OTHERS = {"cp", "source"}


def read(page: Path) -> Iterator[list[str]]:
    """The words of each command: of blocks, and of `make …`, `dvc …` and so on in the text."""
    yield from commands(page, "sh", "sh cluster")
    prose = FENCED.sub("", page.read_text())
    for span in re.findall(r"`((?:make|dvc|git|python -m) [^`]+)`", prose):
        yield shlex.split(span, comments=True)


COMMANDS = [
    pytest.param(words, id=f"{page.name}: {' '.join(words)}")
    for page in PAGES
    for words in read(page)
]


def dry_make(words: list[str]) -> subprocess.CompletedProcess[str]:
    """What make would run, the installation too."""
    command = ["make", "--dry-run", "--always-make", *words]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)


def check_make(words: list[str]) -> None:
    asked = dry_make(words)
    assert asked.returncode == 0, asked.stderr
    for variable in (word for word in words if "=" in word):
        without = dry_make([word for word in words if word != variable])
        assert without.stdout != asked.stdout, f"{variable} changes nothing"


def check_python(flag: str, module: str, *arguments: str) -> None:
    assert flag == "-m"
    assert find_spec(module), f"no module {module}"
    if arguments and (PROJECT / module.split(".")[0]).is_dir():
        package = find_spec(module).submodule_search_locations
        main = import_module(f"{module}.__main__" if package else module).main
        app = typer.Typer()
        app.command()(main)
        typer.main.get_command(app).make_context(module, list(arguments))  # a wrong one raises


def check_dvc(words: list[str]) -> None:
    parsed = parse_args(words)  # exits if DVC has no such command or option, or lacks an argument
    for setting in getattr(parsed, "set_param", None) or []:
        key, _, value = setting.partition("=")
        assert value
        reduce(lambda section, part: section[part], key.split("."), load(PARAMS))
    for pattern in [*(getattr(parsed, "keep", None) or []), *(getattr(parsed, "drop", None) or [])]:
        re.compile(pattern)


def check_git(command: str, *words: str) -> None:
    usage = subprocess.run(["git", command, "-h"], capture_output=True, text=True)
    options = set(re.findall(r"(?<![\w-])--?[A-Za-z][\w-]*", usage.stdout + usage.stderr))
    assert options, f"git has no command {command}"
    for word in words:
        assert not word.startswith("-") or word in options, f"git {command} has no {word}"
    if command in {"add", "diff", "restore"}:
        for path in words:
            assert path.startswith("-") or (PROJECT / path).exists(), path


def test_there_are_commands() -> None:
    assert len(COMMANDS) > 30


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_exists_with_its_options(words: list[str]) -> None:
    while re.fullmatch(r"[A-Z_]+=.*", words[0]):  # a variable for the command
        words = words[1:]
    program, *rest = words
    match program.removeprefix(".venv/bin/"):
        case "make":
            check_make(rest)
        case "python":
            check_python(*rest)
        case "dvc":
            check_dvc(rest)
        case "git":
            check_git(*rest)
        case other:
            assert other in OTHERS


def anchors(page: Path) -> set[str]:
    """What `#…` can name in a page, made of its headings as the places that show Markdown do."""
    headings = re.findall(r"^#+ (.*)$", FENCED.sub("", page.read_text()), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_the_project_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", FENCED.sub("", page.read_text())):
        if re.match(r"https?://|mailto:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        file = page.parent / path if path else page
        assert file.exists(), target
        assert file.resolve().is_relative_to(PROJECT.resolve()), target
        assert not anchor or anchor in anchors(file), target


def test_the_example_of_a_new_variant_is_one() -> None:
    (block,) = blocks(PROJECT / "docs" / "vary.md", "yaml")
    variants: dict[str, Any] = YAML(typ="safe").load(block)
    for name, variant in variants.items():
        assert validate(variant, Variant, name)
