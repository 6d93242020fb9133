"""From a notebook to a page that opens without a network."""

import base64
import hashlib
import html
import logging
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import nbformat
import papermill
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.exceptions import TemplateError
from nbconvert.filters import markdown2html
from nbformat import NotebookNode

from stages.core.errors import InputError
from stages.ledger.texts import REGIMES
from stages.page import sentences
from stages.page.findings import Finding, findings
from stages.page.markup import framed
from stages.page.names import acronyms, listed, plural, title
from stages.page.reservations import reservations, same_layers
from stages.page.study import Study
from stages.page.tables import directed

# Tags of cells: neighbours that share one of these stand together.
_GROUPS = ("opening", "pair", "beside", "details")


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


def words(study: Study, **values: object) -> dict[str, object]:
    """What the notebook's texts and the template of `reports/README.md` may name.

    Args:
        study: all results.
        **values: further names.
    """
    against = reservations(study)

    def answers(ids: Sequence[str]) -> list[Finding]:
        """Answers to some of the primary questions."""
        return findings(study.primary, ids, against)

    def found(section: str) -> str:
        """Answers to the primary questions of a section."""
        said = answers([entry["id"] for entry in study.primary])
        return " ".join(finding.text for finding in said if finding.topic == section)

    return {
        "study": study,
        "sentences": sentences,
        "findings": answers,
        "same_layers": same_layers,
        "found": found,
        "regime": REGIMES.__getitem__,
        **values,
    }


def filled_in(notebook: NotebookNode, names: Mapping[str, object], where: Path) -> NotebookNode:
    """Fill in what stands in braces in a notebook's texts.

    Args:
        notebook: changed in place.
        names: that the texts use, from `words`.
        where: for messages.

    Raises:
        InputError: a text uses something else.
    """
    environment = _environment()
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            start = cell.source.strip().splitlines()[0]
            with _named(f"{where}: the text that starts with {start!r}"):
                cell.source = environment.from_string(cell.source).render(names).strip()
    return notebook


@contextmanager
def _named(subject: str) -> Iterator[None]:
    """Say which text could not be filled in."""
    try:
        yield
    except (TemplateError, LookupError, TypeError, ValueError) as error:
        raise InputError(
            f"{subject}: expected names and numbers that are known, received {error!r}"
        ) from error


def _environment(folder: Path | None = None) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(folder) if folder else None,
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html.j2"], default_for_string=False),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "plural": plural,
        "listed": listed,
        "title_of": title,
        "acronyms": acronyms,
        "directed": directed,
    }
    return environment


def fill(template: Path, **values: object) -> str:
    """Fill a Jinja template.

    Args:
        template: HTML is escaped, Markdown is not.
        **values: all that the template names.

    Returns:
        The text.

    Raises:
        InputError: the template names something else.
    """
    with _named(str(template)):
        return _environment(template.parent).get_template(template.name).render(**values)


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


class Part(NamedTuple):
    """What stands together on the page.

    Attributes:
        kind: `opening`, `pair`, `beside`, `details`, or nothing for a cell of its own.
        summary: of what opens when asked to, plain text.
        blocks: HTML of the cells.
    """

    kind: str
    summary: str
    blocks: Sequence[str]


def render(notebook: NotebookNode, page: Path, style: Path, script: Path) -> str:
    """Convert an executed notebook to a page that opens without a network.

    Args:
        notebook: from `read_executed`.
        page: Jinja template of the page.
        style: CSS that the page contains.
        script: JavaScript that the page contains.

    Returns:
        HTML, with a policy that lets the browser run and load nothing else.
    """
    found = parts(notebook)
    body = "".join(block for part in found for block in part.blocks)
    headings = re.findall(r'<h([12]) id="([^"]+)"[^>]*>(.*?)<a class="anchor-link"', body)
    titles = [(level, anchor, html.unescape(text)) for level, anchor, text in headings]
    css, javascript = ("\n" + file.read_text(encoding="utf-8") for file in (style, script))
    return fill(
        page,
        title=next((text for level, _, text in titles if level == "1"), "Report"),
        contents=[(anchor, text) for level, anchor, text in titles if level == "2"],
        parts=found,
        style=css,
        script=javascript,
        style_digest=_digest(css),
        script_digest=_digest(javascript),
    )


def _digest(text: str) -> str:
    """Write a digest as a content security policy has it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def parts(notebook: NotebookNode) -> list[Part]:
    """Put cells together that stand together on the page, without their code."""
    found: list[Part] = []
    shown = [(cell, block) for cell in notebook.cells if (block := _block(cell))]

    def group(pair: tuple[NotebookNode, str]) -> str:
        tags = pair[0].metadata.get("tags", [])
        return next((tag for tag in tags if tag in _GROUPS), "")

    for kind, members in groupby(shown, group):
        if not kind:
            found += [Part("", "", [block]) for _, block in members]
            continue
        blocks: list[str] = []
        summary = ""
        for cell, block in members:
            if kind == "details" and cell.cell_type == "markdown":
                if blocks:
                    found.append(Part(kind, summary, blocks))
                    blocks = []
                summary, _, text = cell.source.lstrip("# ").partition("\n")
                if text.strip():
                    blocks.append(markdown2html(text))
            else:
                blocks.append(block)
        if blocks:
            found.append(Part(kind, summary, blocks))
    return found


def _block(cell: NotebookNode) -> str:
    """Write a text, or what a code cell shows, as HTML; the code is left out."""
    if cell.cell_type == "markdown":
        return str(markdown2html(cell.source))
    shown = []
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if "image/svg+xml" in data:
            shown.append(framed(data["image/svg+xml"]))
        elif "text/html" in data:
            shown.append(data["text/html"])
        else:
            text = data.get("text/plain") or output.get("text") or output.get("evalue", "")
            shown.append(f"<pre>{html.escape(text)}</pre>")
    return "\n".join(shown)


def charts(notebook: NotebookNode) -> dict[str, str]:
    """Find the charts in an executed notebook.

    Returns:
        SVG by name.
    """
    return {
        match[1]: svg
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if (svg := output.get("data", {}).get("image/svg+xml"))
        and (match := re.search(r'id="chart-(\w+)"', svg))
    }
