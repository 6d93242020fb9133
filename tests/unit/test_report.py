"""The report's notebook and its parameters."""

from pathlib import Path

import nbformat
import pytest

from stages.core.errors import InputError
from stages.page.rendering import read_executed
from stages.report import refuse_unknown
from tests.support import PROJECT


def test_the_notebook_refuses_a_parameter_that_it_does_not_have() -> None:
    with pytest.raises(InputError, match=r"report: expected parameters .*, received decimal$"):
        refuse_unknown({"decimals": 3, "decimal": 2}, PROJECT / "reports" / "report.ipynb")


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
