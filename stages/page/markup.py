"""HTML tables, verdict badges, and what a notebook's cell shows."""

import html
import re
from collections.abc import Mapping, Sequence

from IPython.display import display
from markupsafe import Markup
from matplotlib.figure import Figure

from stages.page.charts.descriptions import DESCRIPTIONS
from stages.page.charts.svg import to_svg
from stages.page.names import title

Rows = Sequence[Mapping[str, object]]
# What stands at the right of its column.
_NUMBER = re.compile(r"[<>≥≤+−-]?\s?[\d.,]+(e[+-]?\d+)?( ?%|°)?( ± [\d.e-]+)?( points)?|–|")


def table(rows: Rows, caption: str, kind: str = "") -> str:
    """Write a table that scrolls in a frame of its own where it is too wide.

    Args:
        rows: a mapping for each, with the same headings. `Variant` holds names of variants, as in
            `params.yaml`. A row may have an `id` to link to. Text is escaped, `Markup` is not.
        caption: what the table shows; may be `Markup`.
        kind: further class of the table: `verdicts` can be sorted and filtered.
    """
    if not rows:
        return ""
    headings = [heading for heading in rows[0] if heading != "id"]
    numeric = {
        heading
        for heading in headings
        if heading != "Variant" and all(_NUMBER.fullmatch(str(row[heading])) for row in rows)
    }
    looks = {heading: ' class="number"' if heading in numeric else "" for heading in headings}
    first = headings[0]

    def cell(row: Mapping[str, object], heading: str) -> str:
        text = title(str(row[heading])) if heading == "Variant" else row[heading]
        text = text if isinstance(text, Markup) else html.escape(str(text))
        look = looks[heading]
        label = f' data-label="{html.escape(heading)}"'
        if heading == first:
            return f'<th scope="row"{look}>{text}</th>'
        return f"<td{look}{label}>{text}</td>"

    def line(row: Mapping[str, object]) -> str:
        named = f' data-variant="{html.escape(str(row["Variant"]))}"' if "Variant" in row else ""
        anchor = f' id="{html.escape(str(row["id"]))}"' if "id" in row else ""
        return f"<tr{anchor}{named}>{''.join(cell(row, heading) for heading in headings)}</tr>"

    head = "".join(
        f'<th scope="col"{look}>{html.escape(heading)}</th>' for heading, look in looks.items()
    )
    text = caption if isinstance(caption, Markup) else html.escape(caption)
    body = "\n".join(map(line, rows))
    return (
        f'<div class="table {kind}" tabindex="0" role="group" aria-label="Table">'
        f"<table><caption>{text}</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody></table></div>"
    )


def badge(verdict: str) -> Markup:
    """Write a verdict so that it stands out."""
    return Markup('<span class="verdict {}">{}</span>').format(verdict.replace(" ", "-"), verdict)


def stacked(texts: Sequence[str]) -> Markup:
    """Write texts below one another in a cell."""
    return Markup("<br>").join(texts)


def collapsed(summary: str, text: str) -> str:
    """Write a long text that opens when asked to."""
    words = html.escape(summary), html.escape(text)
    return "<details><summary>{}</summary><pre>{}</pre></details>".format(*words)


def framed(svg: str) -> str:
    """Put a chart into a frame that scrolls where the page is too narrow, with its title."""
    said = re.search(r"<title[^>]*>(.*?)</title>\s*<desc[^>]*>(.*?)</desc>", svg, re.DOTALL)
    caption = f'<p class="caption">{said[1]}. {said[2]}</p>' if said else ""
    frame = '<div class="chart" tabindex="0" role="group" aria-label="Chart">'
    return f"{caption}{frame}{svg}</div>"


def show(text: str) -> None:
    """Show HTML as the result of a notebook's cell."""
    _display({"text/html": text, "text/plain": "HTML"})


def show_chart(figure: Figure, name: str) -> None:
    """Show a chart as the result of a notebook's cell.

    Args:
        figure: from `stages.page.charts`.
        name: of the chart's file in `reports/charts`, which has a description.
    """
    svg = to_svg(figure, name, *DESCRIPTIONS[name])
    _display({"image/svg+xml": svg, "text/plain": DESCRIPTIONS[name][0]})


def _display(data: Mapping[str, str]) -> None:
    display(data, raw=True)  # type: ignore[no-untyped-call]
