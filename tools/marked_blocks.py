"""Generated blocks of README.md and docs/, between `<!-- name -->` and `<!-- end of name -->`."""

import re
from pathlib import Path

from stages.core.errors import InputError
from stages.core.formats import write_text


def fill(project: Path, name: str, content: str) -> None:
    """Put content, whole lines of Markdown, between the marks of a name wherever a page has them.

    Raises:
        InputError: a page has the first mark and not the second.
    """
    first, last = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    block = re.compile(f"^{re.escape(first)}.*?^{re.escape(last)}", re.DOTALL | re.MULTILINE)
    for page in (project / "README.md", *sorted(project.glob("docs/*.md"))):
        text = page.read_text(encoding="utf-8")
        filled, count = block.subn(lambda _: first + content + last, text)
        if count != len(re.findall(f"^{re.escape(first)}", text, re.MULTILINE)):
            raise InputError(f"{page}: expected {last.strip()} after {first.strip()}")
        if filled != text:
            write_text(page, filled)
