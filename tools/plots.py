"""The charts of `dvc plots` in a page that opens without a network, build/plots/index.html.

python -m tools.plots                 those of the working tree
python -m tools.plots main            beside those of another revision or experiment

The page of `dvc plots show` fetches the programs that draw the charts. This one contains them.
"""

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer
import vl_convert
from dvc.cli import main as dvc

from stages.core.formats import write_text
from tools.project import PROJECT

PAGE = PROJECT / ".dvc" / "plots" / "page.html"
# The first number is that of the templates beside the page.
VEGA_LITE = "5.21"


def page() -> str:
    """The page that DVC fills with charts, with the programs that draw them."""
    # In a function, so that no name of theirs meets one of DVC's scripts.
    bundle = vl_convert.javascript_bundle(vl_version=VEGA_LITE)  # type: ignore[call-arg]
    programs = f"(() => {{{bundle}\n}})();"
    return PAGE.read_text(encoding="utf-8").replace("{scripts}", f"<script>{programs}</script>")


def main(
    revision: Annotated[str | None, typer.Argument(help="Git revision or experiment.")] = None,
    folder: Annotated[Path, typer.Option(help="Gets index.html, and pictures.")] = (
        PROJECT / "build" / "plots"
    ),
) -> None:
    """Draw DVC's charts, those of another revision beside them if one is named."""
    folder = folder.resolve()
    shutil.rmtree(folder, ignore_errors=True)
    template = folder / "template.html"
    write_text(template, page())
    command = ["diff", revision] if revision else ["show"]
    options = ["--out", str(folder), "--html-template", str(template)]
    code = dvc(["--cd", str(PROJECT), "plots", *command, *options])  # says where the page is
    template.unlink()
    if code:
        sys.exit(f"error: {revision or PROJECT}: expected results with charts, DVC received none")


if __name__ == "__main__":
    typer.run(main)
