"""DVC stage report: tables, pictures and the notebook -> one self-contained page, the executed
notebook, charts, and the findings as Markdown.
"""

import tempfile
from pathlib import Path

import nbformat
import papermill
from papermill.exceptions import PapermillExecutionError

from stages.core.cli import Input, Output, run
from stages.core.errors import InputError
from stages.core.formats import replacing, write_text
from stages.core.params import read
from stages.core.stale_outputs import clear_stale_outputs
from stages.page import tables
from stages.page.charts.svg import standalone
from stages.page.rendering import (
    charts,
    fill,
    filled_in,
    leave_out_users_settings,
    read_executed,
    refuse_unknown,
    render,
    words,
)
from stages.page.schema import Report
from stages.page.study import Study


def main(
    params: Input,
    graph: Input,
    lock: Input,
    published: Input,
    reference: Input,
    printed: Input,
    notebook: Input,
    template: Input,
    style: Input,
    script: Input,
    findings: Input,
    metrics: Input,
    figures: Input,
    set_aside: Output,
    failed: Output,
    report: Output,
    executed: Output,
    markdown: Output,
    pictures: Output,
) -> None:
    """Execute the notebook and convert it; the notebook computes nothing, it reads and shows.

    Args:
        params: `params.yaml`, which the notebook shows, whole.
        graph: SVG of the pipeline's graph.
        lock: versions of the packages.
        published: CSV of other people's numbers.
        reference: folder of what was measured for a published likelihood.
        printed: PNG of random codes, decoded by the tutorial's models as it prints them.
        notebook: without outputs; its texts name results in braces.
        template: Jinja template of the page.
        style: CSS of the page.
        script: JavaScript of the page.
        findings: Jinja template of the Markdown.
        metrics: folder of tables.
        figures: folder of pictures.
        set_aside: folder that takes what removed variants left.
        failed: where the page goes if a cell fails, to see which.
        report: the page, HTML.
        executed: the notebook with its outputs.
        markdown: findings, verdicts and the headline table alone.
        pictures: folder; gets the charts as SVG.
    """
    study = Study(params, metrics, figures, published, reference, printed, lock)
    of_variants = [metrics / "points", metrics / "units", *sorted(figures.iterdir())]
    for folder in filter(Path.is_dir, of_variants):
        clear_stale_outputs(folder, study.variants, set_aside)
    settings = read(params, "report", Report).model_dump(mode="json")
    parameters = {
        **settings,
        "params_file": str(params),
        "lock_file": str(lock),
        "published_file": str(published),
        "reference_folder": str(reference),
        "printed_file": str(printed),
        "graph_file": str(graph),
        "metrics_folder": str(metrics),
        "figures_folder": str(figures),
    }
    refuse_unknown(parameters, notebook)
    names = words(study, tables=tables, **settings)
    with tempfile.TemporaryDirectory() as scratch:
        leave_out_users_settings(Path(scratch))
        texts, ran = Path(scratch) / notebook.name, Path(scratch) / "executed.ipynb"
        nbformat.write(filled_in(nbformat.read(notebook, as_version=4), names, notebook), texts)
        try:
            papermill.execute_notebook(texts, ran, parameters, progress_bar=False, log_output=False)
        except PapermillExecutionError as error:
            write_text(failed, render(read_executed(ran), template, style, script))
            raise InputError(
                f"{notebook}: expected every cell to run, received {error.ename}: {error.evalue}; "
                f"the page up to there is {failed}"
            ) from error
        outcome = read_executed(ran)
    text, whole = fill(findings, **names), render(outcome, template, style, script)
    drawn = {name: standalone(svg) for name, svg in charts(outcome).items()}
    write_text(report, whole)
    write_text(executed, nbformat.writes(outcome) + "\n")
    write_text(markdown, text)
    with replacing(pictures) as folder:
        folder.mkdir()
        for name, svg in drawn.items():
            (folder / f"{name}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    run(main)
