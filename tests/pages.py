"""README, docs and the other pages, and the commands in their blocks.

Commands stand in blocks of the language `sh`. Those of the language `sh cluster` need what a test
does not have: another machine, the network, files of the reader's, or hours.
"""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from tools.project import PROJECT

PAGES = [*sorted(PROJECT.glob("*.md")), *sorted(PROJECT.glob("docs/*.md"))]
FENCED = re.compile(r"^```(.*)\n((?:.*\n)*?)```$", re.MULTILINE)


def blocks(page: Path, *kinds: str) -> list[str]:
    """The contents of fenced blocks whose first line says exactly one of these kinds."""
    return [content for found, content in FENCED.findall(page.read_text()) if found in kinds]


def commands(page: Path, *kinds: str) -> Iterator[list[str]]:
    """The words of each command in blocks of these kinds."""
    for block in blocks(page, *kinds):
        for line in block.replace("\\\n", " ").splitlines():
            if words := shlex.split(line, comments=True):
                yield words
