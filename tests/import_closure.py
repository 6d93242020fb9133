"""Which files of the project a module reaches through its imports.

python -m tests.import_closure    writes them into the `deps` of `reference/*/dvc.yaml`

A project of DVC's inside another does not see the outer `.dvcignore` (treeverse/dvc #11044), so the
folders of `stages/` cannot be its dependencies: it names files, and this keeps the lists.
"""

import ast
import json
import os
import re
from pathlib import Path

PROJECT = Path(__file__).parent.parent


def main() -> None:
    """Write the lists of code anew; everything else in the files stays."""
    for pipeline in sorted(PROJECT.glob("reference/*/dvc.yaml")):
        pipeline.write_text(with_code_deps(pipeline.read_text(), pipeline.parent))


def with_code_deps(text: str, folder: Path) -> str:
    """Replace the lists of code in a pipeline.

    Args:
        text: of a `dvc.yaml` whose stages name their code in lines that follow one another.
        folder: where the file is.

    Returns:
        The text with the files that each command's imports reach.
    """
    lines: list[str] = []
    module = ""
    for line in text.splitlines():
        module = (re.findall(r"python -m (\S+)", line) or [module])[0]
        if not (found := re.match(r"( +- )\S+\.py$", line)):
            lines.append(line)
        elif not re.match(r" +- \S+\.py$", lines[-1]):
            lines += [
                found[1] + os.path.relpath(PROJECT / path, folder)
                for path in sorted(reached_from(module))
            ]
    return "\n".join(lines) + "\n"


def reached_from(module: str) -> set[str]:
    """Follow all imports of the project's own modules, packages' `__init__.py` included.

    Args:
        module: dotted name, `stages.train`.

    Returns:
        Paths relative to the project.
    """
    found: set[str] = set()
    waiting = [module]
    if module == "stages.report":  # which executes the notebook
        waiting += imported_by(_code_of(PROJECT / "reports" / "report.ipynb"))
    while waiting:
        name = waiting.pop()
        for path in _files(name):
            relative = path.relative_to(PROJECT).as_posix()
            if relative not in found:
                found.add(relative)
                waiting += imported_by(path.read_text())
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


def _code_of(notebook: Path) -> str:
    cells = json.loads(notebook.read_text())["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


def imported_by(code: str) -> list[str]:
    """List the names that code imports, wherever in it the import stands."""
    names = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


if __name__ == "__main__":
    main()
