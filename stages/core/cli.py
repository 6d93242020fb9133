"""Running a stage as a command: typed arguments, one-line errors, checks before and after."""

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from stages.core.change_guard import LOCK, fingerprints, refuse_edited_code, refuse_edited_inputs
from stages.core.environment import refuse_other_mathematics, refuse_other_packages
from stages.core.errors import InputError
from stages.core.input_integrity import refuse_damaged_inputs
from stages.core.params import refuse_edited_params

Input = Annotated[Path, typer.Option(exists=True)]
Output = Annotated[Path, typer.Option()]
Name = Annotated[str, typer.Argument()]


def run(main: Callable[..., None]) -> None:
    """Run a stage's `main` with the command line's arguments.

    Args:
        main: takes paths (`Input`, `Output`) and names; its signature is the command line.

    Raises:
        SystemExit: with 1 and the message on stderr if the stage refuses its input, an input is
            damaged, the installed packages are not the locked ones, something was edited
            meanwhile, or a file cannot be read or written.
    """
    kinds = {key: kind for key, kind in main.__annotations__.items() if kind in (Input, Output)}
    kinds.pop("params", None)  # only the sections that were read may not change

    @wraps(main)
    def guarded(**arguments: Any) -> None:
        refuse_other_packages(LOCK)
        refuse_other_mathematics()
        inputs, made = (
            [arguments[key] for key, kind in kinds.items() if kind is wanted]
            for wanted in (Input, Output)
        )
        before = fingerprints(inputs)
        refuse_damaged_inputs()
        main(**arguments)
        refuse_edited_params()
        refuse_edited_code()
        refuse_edited_inputs(inputs, before, made)

    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command(help=sys.modules["__main__"].__doc__)(guarded)
    try:
        app()
    except (InputError, OSError) as error:
        sys.exit("\n".join(f"error: {line}" for line in str(error).splitlines()))
