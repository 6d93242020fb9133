"""Tables and names on the page."""

from bs4 import BeautifulSoup
from markupsafe import Markup

from stages.page.markup import badge, collapsed, stacked, table
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
