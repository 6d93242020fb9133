"""From an executed notebook to a page that opens without a network."""

import logging
import os
from collections.abc import Mapping
from pathlib import Path

import nbformat
import papermill
from bs4 import BeautifulSoup
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from nbconvert import HTMLExporter
from nbformat import NotebookNode

from stages.core.errors import InputError


def leave_out_users_settings(empty: Path) -> None:
    """Run and convert the notebook as if nobody had ever set up IPython or Jupyter.

    Args:
        empty: folder to look for settings, start-up scripts, kernels and templates in.
    """
    for name in ("JUPYTER_PATH", "JUPYTER_CONFIG_PATH", "PYTHONSTARTUP"):
        os.environ.pop(name, None)
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"):
        os.environ[name] = str(empty)


def refuse_unknown(parameters: Mapping[str, object], notebook: Path) -> None:
    """Refuse parameters that the notebook does not have; papermill itself would only warn.

    Args:
        parameters: names and values that the notebook is to get.
        notebook: has a cell tagged `parameters`.

    Raises:
        InputError: names the parameters that the notebook does not have.
    """
    logging.getLogger("papermill").setLevel(logging.ERROR)
    known = papermill.inspect_notebook(notebook)
    unknown = sorted(set(parameters) - set(known))
    if unknown:
        raise InputError(
            f"report: expected parameters of {notebook} ({', '.join(sorted(known))}), "
            f"received {', '.join(unknown)}"
        )


def read_executed(path: Path) -> NotebookNode:
    """Read an executed notebook without what varies from run to run: times, paths, versions.

    Args:
        path: notebook with outputs, as papermill wrote it.

    Returns:
        The notebook; the same for the same outputs, whenever and wherever it ran.
    """
    notebook = nbformat.read(path, as_version=4)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": kernel, "language_info": {"name": "python"}}
    )
    # The cell that papermill adds repeats parameters, folders of this machine among them.
    notebook.cells = [
        cell
        for cell in notebook.cells
        if "injected-parameters" not in cell.metadata.get("tags", [])
    ]
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({"tags": cell.metadata.get("tags", [])})
    return notebook


def render(notebook: NotebookNode, page: Path) -> str:
    """Convert an executed notebook to a page that opens without a network.

    Args:
        notebook: from `read_executed`.
        page: Jinja template with `title`, `contents` and `body`.

    Returns:
        HTML.
    """
    # The template `basic` gives the cells alone; the others load scripts from elsewhere.
    body, _ = HTMLExporter(
        template_name="basic", exclude_input=True, exclude_output_prompt=True, embed_images=True
    ).from_notebook_node(notebook)
    headings = BeautifulSoup(body, "html.parser").find_all(["h1", "h2"])
    titles = [(heading.get("id"), heading.get_text().rstrip("¶")) for heading in headings]
    return fill(page, title=titles[0][1], contents=titles[1:], body=body) + "\n"


def fill(template: Path, **values: object) -> str:
    """Fill a Jinja template.

    Args:
        template: HTML is escaped, Markdown is not.
        **values: all that the template names.

    Returns:
        The text.
    """
    environment = Environment(
        loader=FileSystemLoader(template.parent),
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html.j2"]),
    )
    return environment.get_template(template.name).render(**values)
