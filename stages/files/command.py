"""A stage as a command: typed arguments, one-line errors."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from stages.files.errors import InputError

Input = Annotated[Path, typer.Option(exists=True)]
Output = Annotated[Path, typer.Option()]
Name = Annotated[str, typer.Argument()]


def run(main: Callable[..., None]) -> None:
    """Run a stage's `main` with the command line's arguments.

    Args:
        main: takes paths (`Input`, `Output`) and names; its signature is the command line.

    Raises:
        SystemExit: with 1 and the message on stderr if the stage refuses its input or cannot read
            or write a file.
    """
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command(help=sys.modules["__main__"].__doc__)(main)
    try:
        app()
    except (InputError, OSError) as error:
        sys.exit("\n".join(f"error: {line}" for line in str(error).splitlines()))
