"""DVC stage report: tables, figures and the notebook -> one self-contained page, the executed
notebook, and the findings as Markdown.
"""

import json
import tempfile
from pathlib import Path

import nbformat
import papermill
from papermill.exceptions import PapermillExecutionError

from stages.core.cli import Input, Output, run
from stages.core.errors import InputError
from stages.core.formats import write_text
from stages.core.params import load, read
from stages.core.stale_outputs import clear_stale_outputs
from stages.page.rendering import (
    fill,
    leave_out_users_settings,
    read_executed,
    refuse_unknown,
    render,
)
from stages.page.schema import Report

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
    printed: Input,
    notebook: Input,
    page: Input,
    findings: Input,
    metrics: Input,
    figures: Input,
    set_aside: Output,
    failed: Output,
    report: Output,
    executed: Output,
    markdown: Output,
) -> None:
    """Execute the notebook and convert it; the notebook computes nothing, it reads and shows.

    Args:
        params: `params.yaml`, which the notebook shows, whole.
        graph: PNG of the pipeline's graph.
        lock: versions of the packages.
        published: CSV of other people's numbers.
        reference: folder of what was measured for a published likelihood.
        printed: PNG of random codes, decoded by the tutorial's models as it prints them.
        notebook: the template, without outputs.
        page: Jinja template of the page around the notebook's output.
        findings: Jinja template of the Markdown.
        metrics: folder of tables.
        figures: folder of pictures.
        set_aside: folder that takes the figures of removed variants.
        failed: where the page goes if a cell fails, to see which.
        report: the page, HTML.
        executed: the notebook with its outputs.
        markdown: ledger and headline table alone.
    """
    variants = load(params)["variants"]  # the page shows the whole file
    for folder in sorted(path for path in figures.iterdir() if path.is_dir()):
        clear_stale_outputs(folder, variants, set_aside)
    parameters = {
        **read(params, "report", Report).model_dump(),
        "params_file": str(params),
        "lock_file": str(lock),
        "published_file": str(published),
        "reference_folder": str(reference),
        "printed_file": str(printed),
        "graph_file": str(graph),
        "metrics_folder": str(metrics),
        "figures_folder": str(figures),
    }
    with tempfile.TemporaryDirectory() as scratch:
        ran = Path(scratch) / notebook.name
        found = Path(scratch) / "findings.json"
        parameters["findings_file"] = str(found)
        refuse_unknown(parameters, notebook)
        leave_out_users_settings(Path(scratch))
        try:
            papermill.execute_notebook(
                notebook, ran, parameters, progress_bar=False, log_output=False
            )
        except PapermillExecutionError as error:
            write_text(failed, render(read_executed(ran), page))
            raise InputError(
                f"{notebook}: expected every cell to run, received {error.ename}: {error.evalue}; "
                f"the page up to there is {failed}"
            ) from error
        pictures = [(f"{name}.png", text) for name, text in PICTURES.items()]
        text = fill(findings, **json.loads(found.read_text()), figures=pictures)
        outcome = read_executed(ran)
        write_text(report, render(outcome, page))
        write_text(executed, nbformat.writes(outcome) + "\n")
        write_text(markdown, text)


if __name__ == "__main__":
    run(main)
