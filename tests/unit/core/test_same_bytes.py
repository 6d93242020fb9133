"""Files have the same bytes with every version of Python: their hashes are pinned."""

import hashlib
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from stages.core.formats import write_arrays, write_json, write_table
from stages.page.charts.style import new_figure, save
from stages.page.charts.svg import to_svg
from stages.page.rendering import read_executed, render

ARRAYS = {
    "layer/kernel": np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4),
    "labels": np.arange(5, dtype=np.uint8),
    "scalar": np.array(3),
    "columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
}
TABLE = pd.DataFrame(
    {"name": ["a", "b"], "share": [1 / 3, 1e-17], "gap": [np.nan, 2.5], "chosen": [True, False]}
)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_arrays(tmp_path: Path) -> None:
    write_arrays(tmp_path / "a.npz", **ARRAYS)
    assert sha256(tmp_path / "a.npz") == NPZ
    np.savez(tmp_path / "b.npz", **ARRAYS)
    assert np.load(tmp_path / "b.npz").files == np.load(tmp_path / "a.npz").files


def test_tables(tmp_path: Path) -> None:
    write_table(tmp_path / "a.csv", TABLE)
    assert sha256(tmp_path / "a.csv") == CSV


def test_json(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"share": 1 / 3, "mean": 0.1 + 0.2, "none": None, "é": [1e22]})
    assert sha256(tmp_path / "a.json") == JSON


def drawing() -> Figure:
    figure = new_figure(3, 2)
    axes = figure.subplots()
    axes.plot([0, 1, 3], [2, 0, 1], marker="o", label="one of two")
    axes.set_title("A title")
    axes.legend()
    return figure


def test_pictures(tmp_path: Path) -> None:
    save(drawing(), tmp_path / "a.png")
    assert sha256(tmp_path / "a.png") == PNG


def test_charts() -> None:
    svg = to_svg(drawing(), "name", "Title", "Text.")
    assert hashlib.sha256(svg.encode()).hexdigest() == SVG


def test_executed_notebooks_and_pages(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# A title\n\nText with *emphasis*.", id="title"),
            nbformat.v4.new_code_cell(
                "1 / 3", id="code", outputs=[nbformat.v4.new_output("stream", text="0.333\n")]
            ),
        ]
    )
    nbformat.write(notebook, tmp_path / "a.ipynb")
    page = "{% for part in parts %}{{ part.blocks | join }}{% endfor %}{{ style_digest }}"
    texts = {"page.html.j2": page, "page.css": "p { margin: 0; }", "page.js": "let a = 1;"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    executed = read_executed(tmp_path / "a.ipynb")
    assert hashlib.sha256(nbformat.writes(executed).encode()).hexdigest() == NOTEBOOK
    page = render(executed, *(tmp_path / name for name in texts))
    assert hashlib.sha256(page.encode()).hexdigest() == HTML


NPZ = "498373b37ac886e98060403c9d12139ddf28a307eb1feff722ccff14b263a6af"
CSV = "ec120561718d96443ffac0b3a97674017c83c7baeaaca81b5f333ba62e2121aa"
JSON = "fbe6970d8946b985478b8470e168d9325dfa41d97b811fd5f9e4217c1ab49795"
PNG = "6c6d755b644c68749be666382416d44e04161915d52f69d0e1e71b67087d91e3"
SVG = "df41ac7894190c3e680b0a30f74f5ab5fdbaa100589ae1270a98a4f441e080f4"
NOTEBOOK = "6ea031048fb9755f1b5fff2182bf4398571069d6af0dd37dbcdfe308f32b9263"
HTML = "2236aab1063067646237060ecf944e4c4f11d664c9372e75ac3a69c73006d87b"
