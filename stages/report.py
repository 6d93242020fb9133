"""DVC stage report: tables, figures and the notebook -> one self-contained page."""

import logging
import tempfile
from collections.abc import Mapping
from pathlib import Path

import nbformat
import papermill
from bs4 import BeautifulSoup
from jinja2 import Environment, StrictUndefined
from nbconvert import HTMLExporter
from papermill.exceptions import PapermillExecutionError

from stages.files.command import Input, Output, run
from stages.files.errors import InputError
from stages.files.formats import write_text
from stages.files.leftovers import clear_leftovers
from stages.settings.report import Report
from stages.settings.section import read


def main(
    params: Input,
    notebook: Input,
    page: Input,
    metrics: Input,
    figures: Input,
    leftovers: Output,
    failed: Output,
    report: Output,
) -> None:
    """Execute the notebook and convert it; the notebook computes nothing, it reads and shows.

    Args:
        params: `params.yaml`, which the notebook shows; reads `report` and the variants' names.
        notebook: the template, without outputs.
        page: Jinja template of the page around the notebook's output.
        metrics: folder of tables.
        figures: folder of pictures.
        leftovers: folder that takes the figures of removed variants.
        failed: where the page goes if a cell fails, to see which.
        report: the page, HTML.
    """
    variants = read(params, "variants", dict)
    for folder in sorted(path for path in figures.iterdir() if path.is_dir()):
        clear_leftovers(folder, variants, leftovers)
    parameters = {
        **read(params, "report", Report).model_dump(),
        "params_file": str(params),
        "metrics_folder": str(metrics),
        "figures_folder": str(figures),
    }
    refuse_unknown(parameters, notebook)
    with tempfile.TemporaryDirectory() as scratch:
        executed = Path(scratch) / notebook.name
        try:
            papermill.execute_notebook(
                notebook, executed, parameters, progress_bar=False, log_output=False
            )
        except PapermillExecutionError as error:
            write_text(failed, render(executed, page))
            raise InputError(
                f"{notebook}: expected every cell to run, received {error.ename}: {error.evalue}; "
                f"the page up to there is {failed}"
            ) from error
        write_text(report, render(executed, page))


def refuse_unknown(parameters: Mapping[str, object], notebook: Path) -> None:
    """Refuse parameters that the notebook does not have; papermill itself would only warn.

    Args:
        parameters: names and values to be handed over.
        notebook: has a cell tagged `parameters`.

    Raises:
        InputError: a name is not among the notebook's.
    """
    logging.getLogger("papermill").setLevel(logging.ERROR)
    known = papermill.inspect_notebook(notebook)
    unknown = sorted(set(parameters) - set(known))
    if unknown:
        raise InputError(
            f"report: expected parameters of {notebook} ({', '.join(sorted(known))}), "
            f"received {', '.join(unknown)}"
        )


def render(executed: Path, page: Path) -> str:
    """Convert an executed notebook to a page that opens without a network.

    Args:
        executed: notebook with outputs.
        page: Jinja template with `title`, `contents` and `body`.

    Returns:
        HTML; the same for the same outputs, whenever and wherever the notebook ran.
    """
    notebook = nbformat.read(executed, as_version=4)
    for cell in notebook.cells:
        # Papermill gives the cell that it adds another id every time.
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.id = "injected-parameters"
    # The template `basic` gives the cells alone; the others load scripts from elsewhere.
    body, _ = HTMLExporter(
        template_name="basic", exclude_input=True, exclude_output_prompt=True, embed_images=True
    ).from_notebook_node(notebook)
    headings = BeautifulSoup(body, "html.parser").find_all(["h1", "h2"])
    titles = [(heading.get("id"), heading.get_text().rstrip("¶")) for heading in headings]
    template = Environment(undefined=StrictUndefined, autoescape=True).from_string(
        page.read_text("utf-8")
    )
    return template.render(title=titles[0][1], contents=titles[1:], body=body) + "\n"


if __name__ == "__main__":
    run(main)
