"""Charts as SVG that stands in a page: text as text, neutral lines in the page's own colour."""

import base64
import io
import re
from xml.etree import ElementTree

import matplotlib
from matplotlib.figure import Figure
from PIL import Image

# A colour that becomes that of the page's background.
PAPER = "#fffffe"

_SVG, _LINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
# To this share a chart shrinks with its frame, so that text stays legible; then the frame scrolls.
_SMALLEST = 0.8
_REFERENCE = re.compile(r"url\(#([^)]+)\)|^#(.+)$")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_NUMBER = re.compile(r"-?\d+\.\d{3,}")


def to_svg(figure: Figure, name: str, title: str, description: str) -> str:
    """Write a figure as an SVG element; the same bytes every time.

    Args:
        figure: what a function of this folder drew. Black becomes the colour of the text around it.
        name: of the chart, letters and underscores; no two charts of a page may share one.
        title: of the chart, for readers who do not see it.
        description: what it shows, for the same readers.

    Returns:
        One `<svg>` element. Parts that `mark` gave to a variant have `data-variant`.
    """
    drawn = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "study"}):
        figure.savefig(drawn, format="svg", metadata={"Date": None}, transparent=True)
    for prefix, space in (("", _SVG), ("xlink", _LINK)):
        ElementTree.register_namespace(prefix, space)
    root = ElementTree.fromstring(drawn.getvalue())  # noqa: S314 - matplotlib's own
    for parent in [*root.iter()]:
        for child in [*parent]:
            # Matplotlib's version, and a rule for all of the page.
            if child.tag in (f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"):
                parent.remove(child)
    used = {
        identifier
        for element in root.iter()
        for value in element.attrib.values()
        for identifier in map("".join, _REFERENCE.findall(value))
    }
    for element in root.iter():
        _rename(element, name, used)
        _compress(element)
        for key, value in element.attrib.items():
            if key != "id":
                element.set(key, _plainer(value, name))
    width, height = (float(str(root.get(side)).removesuffix("pt")) for side in ("width", "height"))
    pixels = width * 96 / 72
    for side in ("width", "height", "version"):
        root.attrib.pop(side, None)
    root.attrib |= {
        "id": f"chart-{name}",
        "role": "img",
        "aria-labelledby": f"{name}-title {name}-text",
        "viewBox": f"0 0 {width:g} {height:g}",
        "style": f"width:100%;max-width:{pixels:.0f}px;min-width:{_SMALLEST * pixels:.0f}px",
    }
    for tag, identifier, text in (("desc", "text", description), ("title", "title", title)):
        element = ElementTree.Element(f"{{{_SVG}}}{tag}", {"id": f"{name}-{identifier}"})
        element.text = text
        root.insert(0, element)
    return ElementTree.tostring(root, encoding="unicode")


def _rename(element: ElementTree.Element, name: str, used: set[str]) -> None:
    """Keep identifiers that are referred to, unique in the page; turn marks into `data-variant`."""
    identifier = element.attrib.pop("id", "")
    if identifier.startswith("variant:"):
        element.set("data-variant", identifier.removeprefix("variant:"))
    elif identifier in used:
        element.set("id", f"{name}-{identifier}")


def _compress(element: ElementTree.Element) -> None:
    """Store a picture in fewer bytes, with the same pixels."""
    link = f"{{{_LINK}}}href"
    head, _, data = element.get(link, "").partition(";base64,")
    if not data:
        return
    kept = io.BytesIO()
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
        red, green, blue, alpha = picture.convert("RGBA").split()
        if red.tobytes() == green.tobytes() == blue.tobytes():
            grey = Image.merge("LA", (red, alpha)) if alpha.getextrema() != (255, 255) else red
            grey.save(kept, format="PNG", optimize=True)
        else:
            picture.save(kept, format="PNG", optimize=True)
    element.set(link, f"{head};base64,{base64.b64encode(kept.getvalue()).decode()}")


def _plainer(value: str, name: str) -> str:
    """Shorten numbers, point to renamed identifiers, and take neutral colours from the page."""
    if value.startswith("data:"):
        return value
    value = value.replace("url(#", f"url(#{name}-")
    if value.startswith("#") and not _COLOR.fullmatch(value):
        return f"#{name}-{value[1:]}"
    value = value.replace("#000000", "currentColor").replace(PAPER, "var(--paper, #fff)")
    return _NUMBER.sub(lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), value)


def standalone(svg: str) -> str:
    """Make a file of a chart: of its own size, black on white, whatever the page around it is."""
    width, height = re.findall(r' viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)[0]
    look = f' width="{width}pt" height="{height}pt" style="background:#fff;color:#000"'
    return re.sub(r' style="width:[^"]*"', look, svg, count=1) + "\n"
