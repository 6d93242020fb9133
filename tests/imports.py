"""Which files of the project a module reaches through its imports."""

import ast
from pathlib import Path

PROJECT = Path(__file__).parent.parent


def reached_from(module: str) -> set[str]:
    """Follow all imports of the project's own modules, packages' `__init__.py` included.

    Args:
        module: dotted name, `stages.train`.

    Returns:
        Paths relative to the project.
    """
    found: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        for path in _files(name):
            relative = path.relative_to(PROJECT).as_posix()
            if relative not in found:
                found.add(relative)
                waiting += _imported(path)
    return found


def _files(name: str) -> list[Path]:
    """The module's own file and the `__init__.py` of every package above it."""
    parts = name.split(".")
    if parts[0] not in {"stages", "reference"}:
        return []
    packages = [
        PROJECT.joinpath(*parts[:depth], "__init__.py") for depth in range(1, len(parts) + 1)
    ]
    files = [path for path in packages if path.exists()]
    module = PROJECT.joinpath(*parts).with_suffix(".py")
    return [*files, module] if module.exists() else files


def _imported(path: Path) -> list[str]:
    """Names that a file imports, wherever in it the import stands."""
    names = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names
