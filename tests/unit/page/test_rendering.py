"""From the notebook to the page."""

import base64
import hashlib
import re
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup

from stages.core.errors import InputError
from stages.page.rendering import charts, filled_in, parts, read_executed, refuse_unknown, render
from tests.support import PROJECT

NOTEBOOK = PROJECT / "reports" / "report.ipynb"


def test_the_notebook_refuses_a_parameter_that_it_does_not_have() -> None:
    with pytest.raises(InputError, match=r"report: expected parameters .*, received decimal$"):
        refuse_unknown({"decimals": 3, "decimal": 2}, NOTEBOOK)


def test_the_notebook_is_prose_with_little_code() -> None:
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert sum(len(cell.source.splitlines()) for cell in code) <= 300
    assert not any(cell.outputs or cell.execution_count for cell in code)
    # Sentences stand in texts, where others can read and change them.
    assert not any("said(" in cell.source or "Markdown(" in cell.source for cell in code)


def text(source: str, *tags: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_markdown_cell(source, metadata={"tags": [*tags]})


def shown(*tags: str, **data: str) -> nbformat.NotebookNode:
    types = {"html": "text/html", "svg": "image/svg+xml"}
    data = {types[kind]: content for kind, content in data.items()}
    output = nbformat.v4.new_output("display_data", data=data)
    return nbformat.v4.new_code_cell("code()", outputs=[output], metadata={"tags": [*tags]})


def notebook(*cells: nbformat.NotebookNode) -> nbformat.NotebookNode:
    return nbformat.v4.new_notebook(cells=[*cells])


def test_numbers_are_filled_into_texts_and_unknown_names_are_refused(tmp_path: Path) -> None:
    made = notebook(text("It is {{ '{:.2f}'.format(value) }}."), shown(html="{{ value }}"))
    filled = filled_in(made, {"value": 0.123}, tmp_path)
    assert filled.cells[0].source == "It is 0.12."
    assert filled.cells[1].outputs[0].data["text/html"] == "{{ value }}"
    with pytest.raises(InputError, match="starts with 'It is': .*'other' is undefined"):
        filled_in(notebook(text("It is\n{{ other }}.")), {"value": 1}, tmp_path)


def test_cells_with_the_same_tag_stand_together() -> None:
    made = notebook(
        text("# Title", "opening"),
        shown("opening", svg="<svg></svg>"),
        text("## Section"),
        nbformat.v4.new_code_cell("nothing = 1"),
        text("### More", "details"),
        shown("details", html="<p>one</p>"),
        text("### Still more\n\nWith words.", "details"),
        shown("details", html="<p>two</p>"),
    )
    found = parts(made)
    assert [(part.kind, part.summary, len(part.blocks)) for part in found] == [
        ("opening", "", 2),
        ("", "", 1),
        ("details", "More", 1),
        ("details", "Still more", 2),
    ]


def test_the_page_allows_its_own_style_and_script_alone(tmp_path: Path) -> None:
    made = notebook(text("# A < B", "opening"), text("## Section"), shown(html="<p>shown</p>"))
    reports = PROJECT / "reports"
    page = render(made, *(reports / name for name in ("page.html.j2", "page.css", "page.js")))
    found = BeautifulSoup(page, "html.parser")
    assert found.title is not None
    assert found.title.get_text() == "A < B"
    assert [link["href"] for link in found.select("nav a")] == ["#Section"]
    assert "code()" not in page
    policy = str(found.select_one("meta[http-equiv]")["content"])
    for tag in ("style", "script"):
        (content,) = (element.string for element in found.find_all(tag))
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert not re.search(r"\son\w+=", page)


def test_the_script_is_small() -> None:
    assert (PROJECT / "reports" / "page.js").stat().st_size <= 15_000


def test_charts_are_found_by_name() -> None:
    made = notebook(shown(svg='<svg id="chart-one"></svg>'), shown(html="<p></p>"))
    assert charts(made) == {"one": '<svg id="chart-one"></svg>'}


def test_an_executed_notebook_keeps_nothing_of_the_run(tmp_path: Path) -> None:
    ran = nbformat.v4.new_notebook(
        metadata={
            "papermill": {"start_time": "now"},
            "language_info": {"name": "python", "version": "3.11.2"},
        },
        cells=[
            nbformat.v4.new_code_cell("a = 1", id="one", metadata={"tags": ["parameters"]}),
            nbformat.v4.new_code_cell(
                "a = '/tmp/x'", id="random", metadata={"tags": ["injected-parameters"]}
            ),
            nbformat.v4.new_code_cell(
                "a",
                id="two",
                metadata={"papermill": {"duration": 0.1}},
                outputs=[nbformat.v4.new_output("stream", text="1\n")],
            ),
        ],
    )
    nbformat.write(ran, tmp_path / "ran.ipynb")
    kept = read_executed(tmp_path / "ran.ipynb")
    nbformat.validate(kept)
    text = nbformat.writes(kept)
    for other in ("papermill", "3.11.2", "/tmp/x", "random"):
        assert other not in text
    assert [cell.id for cell in kept.cells] == ["one", "two"]
    assert kept.cells[1].outputs[0].text == "1\n"
