"""Tables and names on the page."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from markupsafe import Markup

from stages.page import markup
from stages.page.markup import badge, collapsed, framed, show, show_chart, stacked, table
from stages.page.names import acronyms, listed, title


def test_text_is_escaped_and_markup_is_not() -> None:
    text = table([{"a": "1 < 2", "b": badge("not supported")}], "x & y")
    assert "1 &lt; 2" in text
    assert "x &amp; y" in text
    assert '<span class="verdict not-supported">not supported</span>' in text
    assert "&lt;b&gt;" in collapsed("<b>", "text")
    assert stacked(["a < b", "c"]) == Markup("a &lt; b<br>c")


def test_rows_can_be_found_by_variant_and_by_claim() -> None:
    text = table([{"Variant": "vae_unbalanced", "MSE": "0.1", "id": "claim-x.vae"}], "caption")
    (row,) = BeautifulSoup(text, "html.parser").select("tbody tr")
    assert row["data-variant"] == "vae_unbalanced"
    assert row["id"] == "claim-x.vae"
    assert [cell.get_text() for cell in row.find_all(["th", "td"])] == ["VAE unbalanced", "0.1"]


def test_columns_of_numbers_are_aligned() -> None:
    rows = [
        {"name": "a", "n": "1,000", "share": "5%", "mixed": "5"},
        {"name": "b", "n": "-0.5 ± 0.1", "share": "–", "mixed": "five"},
    ]
    found = BeautifulSoup(table(rows, "caption"), "html.parser").select("thead th")
    assert [("number" in cell.get("class", [])) for cell in found] == [False, True, True, False]


def test_an_empty_table_is_nothing() -> None:
    assert table([], "caption") == ""


def test_names_are_written_as_in_a_sentence() -> None:
    assert title("vae_unbalanced") == "VAE unbalanced"
    assert acronyms("The vae code, not evaes") == "The VAE code, not evaes"
    assert listed(["a"]) == "a"
    assert listed(["a", "b_c", "vae"]) == "a, b c and VAE"
    assert listed([]) == ""


def test_a_table_to_the_letter() -> None:
    rows = [{"id": "x", "a": "b", "n": 1}, {"id": "y", "a": "c", "n": "–"}]
    assert table(rows, "caption", "verdicts") == (
        '<div class="table verdicts" tabindex="0" role="group" aria-label="Table">'
        "<table><caption>caption</caption>\n"
        '<thead><tr><th scope="col">a</th><th scope="col" class="number">n</th></tr></thead>\n'
        "<tbody>\n"
        '<tr id="x"><th scope="row">b</th><td class="number" data-label="n">1</td></tr>\n'
        '<tr id="y"><th scope="row">c</th><td class="number" data-label="n">–</td></tr>\n'
        "</tbody></table></div>"
    )


def test_a_single_row_is_a_table_and_names_of_variants_are_no_numbers() -> None:
    text = table([{"Variant": "1", "n": "1"}], Markup("<b>x</b>"))
    assert "<caption><b>x</b></caption>" in text
    assert '<th scope="col">Variant</th><th scope="col" class="number">n</th>' in text
    assert '<tr data-variant="1"><th scope="row">1</th>' in text


def test_a_chart_has_its_title_and_description_above_it() -> None:
    svg = "<svg><title id='t'>What</title>\n<desc>How it looks</desc></svg>"
    frame = '<div class="chart" tabindex="0" role="group" aria-label="Chart">'
    assert framed(svg) == f'<p class="caption">What. How it looks</p>{frame}{svg}</div>'
    assert framed("<svg/>") == f"{frame}<svg/></div>"


def test_a_cell_shows_html_and_charts_with_a_text_in_place_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[tuple[Any, bool]] = []
    monkeypatch.setattr(markup, "display", lambda data, raw: shown.append((data, raw)))
    monkeypatch.setattr(markup, "to_svg", lambda figure, name, *texts: f"{figure} {name} {texts}")
    monkeypatch.setattr(markup, "DESCRIPTIONS", {"some": ("What", "How it looks")})
    show("<b>")
    show_chart("figure", "some")  # type: ignore[arg-type]
    assert shown == [
        ({"text/html": "<b>", "text/plain": "HTML"}, True),
        (
            {"image/svg+xml": "figure some ('What', 'How it looks')", "text/plain": "What"},
            True,
        ),
    ]
