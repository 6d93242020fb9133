"""DVC stage report: tables, figures and the notebook -> one self-contained page, and its findings
as Markdown.
"""

import json
import logging
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import nbformat
import papermill
from bs4 import BeautifulSoup
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from nbconvert import HTMLExporter
from papermill.exceptions import PapermillExecutionError

from stages.files.command import Input, Output, run
from stages.files.errors import InputError
from stages.files.formats import write_text
from stages.files.leftovers import clear_leftovers
from stages.settings.report import Report
from stages.settings.section import load, read

# What the Markdown links to.
PICTURES = {
    "differences": "Differences of test accuracies with their intervals",
    "accuracy": "Test accuracy with few labels",
    "label_curve": "Accuracy against the number of labels",
    "trade_off": "Reconstruction against separation of the classes",
    "learning_curves": "Learning curves",
}


def main(
    params: Input,
    graph: Input,
    lock: Input,
    published: Input,
    reference: Input,
    notebook: Input,
    page: Input,
    findings: Input,
    metrics: Input,
    figures: Input,
    leftovers: Output,
    failed: Output,
    report: Output,
    markdown: Output,
) -> None:
    """Execute the notebook and convert it; the notebook computes nothing, it reads and shows.

    Args:
        params: `params.yaml`, which the notebook shows, whole.
        graph: PNG of the pipeline's graph.
        lock: versions of the packages.
        published: CSV of other people's numbers.
        reference: folder of what the reference experiment measured.
        notebook: the template, without outputs.
        page: Jinja template of the page around the notebook's output.
        findings: Jinja template of the Markdown.
        metrics: folder of tables.
        figures: folder of pictures.
        leftovers: folder that takes the figures of removed variants.
        failed: where the page goes if a cell fails, to see which.
        report: the page, HTML.
        markdown: ledger and headline table alone.
    """
    variants = load(params)["variants"]  # the page shows the whole file
    for folder in sorted(path for path in figures.iterdir() if path.is_dir()):
        clear_leftovers(folder, variants, leftovers)
    parameters = {
        **read(params, "report", Report).model_dump(),
        "params_file": str(params),
        "lock_file": str(lock),
        "published_file": str(published),
        "reference_folder": str(reference),
        "graph_file": str(graph),
        "metrics_folder": str(metrics),
        "figures_folder": str(figures),
    }
    with tempfile.TemporaryDirectory() as scratch:
        executed = Path(scratch) / notebook.name
        found = Path(scratch) / "findings.json"
        parameters["findings_file"] = str(found)
        refuse_unknown(parameters, notebook)
        leave_out_users_settings(Path(scratch))
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
        pictures = [(f"{name}.png", text) for name, text in PICTURES.items()]
        text = fill(findings, **json.loads(found.read_text()), figures=pictures)
        write_text(report, render(executed, page))
        write_text(markdown, text)


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


if __name__ == "__main__":
    run(main)
