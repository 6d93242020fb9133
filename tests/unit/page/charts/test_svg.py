"""Charts as SVG: accessible, without what varies, and safe to stand side by side in a page."""

import re
from xml.etree import ElementTree

from matplotlib.figure import Figure

from stages.page.charts.style import mark, new_chart
from stages.page.charts.svg import PAPER, standalone, to_svg


def chart() -> Figure:
    figure = new_chart(300, 200)
    axes = figure.subplots()
    mark("sparse", axes.plot([1, 2], [3, 4], marker="o", label="sparse"))
    axes.bar([1], [2], color=PAPER)
    axes.set_title("A <title> & more")
    return figure


SVG = to_svg(chart(), "one", "A chart", "Two < three.")


def test_it_says_what_it_is() -> None:
    root = ElementTree.fromstring(SVG)  # noqa: S314 - our own
    assert root.get("role") == "img"
    names = {element.get("id"): element.text for element in root if element.get("id")}
    said = [names[key] for key in str(root.get("aria-labelledby")).split()]
    assert said == ["A chart", "Two < three."]


def test_text_is_text_in_the_pages_own_colours() -> None:
    assert "A &lt;title&gt; &amp; more</text>" in SVG
    assert "#000000" not in SVG
    assert "currentColor" in SVG
    assert "var(--paper, #fff)" in SVG


def test_nothing_of_the_library_or_the_day_is_left() -> None:
    for word in ("<?xml", "<!DOCTYPE", "metadata", "Matplotlib", "<style"):
        assert word not in SVG


def test_two_charts_share_no_identifier_and_every_reference_leads_somewhere() -> None:
    def identifiers(text: str) -> set[str]:
        found = re.findall(r' id="([^"]+)"', text)
        assert len(found) == len(set(found))
        return set(found)

    other = to_svg(chart(), "other", "A chart", "Two.")
    assert not identifiers(SVG) & identifiers(other)
    for text in (SVG, other):
        used = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', text)
        assert used
        assert {"".join(pair) for pair in used} <= identifiers(text)


def test_parts_of_a_variant_are_marked() -> None:
    assert 'data-variant="sparse"' in SVG


def test_alone_it_is_black_on_white() -> None:
    text = standalone(SVG)
    assert 'width="225pt" height="150pt" style="background:#fff;color:#000"' in text
    assert text.endswith("</svg>\n")
