"""A stage as a command: typed arguments, one-line errors, locked packages, no edits meanwhile."""

import sys
from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from stages.files.environment import refuse_other_packages
from stages.files.errors import InputError
from stages.settings.section import refuse_edits

Input = Annotated[Path, typer.Option(exists=True)]
Output = Annotated[Path, typer.Option()]
Name = Annotated[str, typer.Argument()]

_PACKAGE = Path(__file__).parent.parent
_LOCK = _PACKAGE.with_name("requirements.lock")


def run(main: Callable[..., None]) -> None:
    """Run a stage's `main` with the command line's arguments.

    DVC looks at dependencies again after a command and would call a file that was edited
    meanwhile the producer of what the old one gave (treeverse/dvc #11058). So a stage refuses to
    end well if its code or a file of its inputs is another than at its start, or a section of
    `params.yaml` has another value; an edit of other sections does no harm. A folder that the
    stage itself writes to is not watched.

    Args:
        main: takes paths (`Input`, `Output`) and names; its signature is the command line.

    Raises:
        SystemExit: with 1 and the message on stderr if the stage refuses its input or the
            installed packages, or cannot read or write a file.
    """
    kinds = {key: kind for key, kind in main.__annotations__.items() if kind in (Input, Output)}
    kinds.pop("params", None)  # its sections count, not the file

    @wraps(main)
    def guarded(**arguments: Any) -> None:
        refuse_other_packages(_LOCK)
        made = {arguments[key] for key, kind in kinds.items() if kind is Output}
        given = {arguments[key] for key, kind in kinds.items() if kind is Input} - made
        watched = [_LOCK, *_code(), *given]
        before = _fingerprints(watched)
        main(**arguments)
        refuse_edits()
        after = _fingerprints(watched)
        for path in sorted({*before, *after}):
            # Out of a folder stages themselves move what a removed variant left behind.
            moved = path not in after and path not in watched
            if after.get(path) != before.get(path) and not moved:
                raise InputError(
                    f"{path}: expected the file with which this stage started, received another: "
                    "edited while it ran; run it again"
                )

    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command(help=sys.modules["__main__"].__doc__)(guarded)
    try:
        app()
    except (InputError, OSError) as error:
        sys.exit("\n".join(f"error: {line}" for line in str(error).splitlines()))


def _code() -> list[Path]:
    """Files of the project that were imported."""
    names = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    files = [Path(name) for name in names if name]
    return sorted(path for path in files if path.is_relative_to(_PACKAGE))


def _fingerprints(paths: Iterable[Path]) -> dict[Path, tuple[int, int, int]]:
    """Tell files apart without reading them; of folders, all files inside."""
    found = {}
    for path in paths:
        for file in path.rglob("*") if path.is_dir() else [path]:
            if file.is_file():
                status = file.stat()
                found[file] = (status.st_mtime_ns, status.st_size, status.st_ino)
    return found
