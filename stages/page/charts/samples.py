"""How real samples look, by the two measures that decide."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator, StrMethodFormatter

from stages.page.charts.style import GREY, grid, looks, mark, name_points, new_chart
from stages.page.names import title

_TICKS = (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999)


def coverage_and_telling_apart(
    scores: Mapping[str, Mapping[str, float]],
    controls: pd.DataFrame,
    names: Mapping[str, str],
    images: int,
) -> Figure:
    """Draw sets of images by coverage and by how well they are told from real images.

    Args:
        scores: by variant, in the order of the legend, `coverage` and `two_sample_accuracy` of
            samples from N(0, I).
        controls: `control`, `coverage`, `two_sample_accuracy`.
        names: short names of controls.
        images: in each set.

    Returns:
        The figure; real images are up and to the left. Both axes are logistic; shares of 0 and 1
        stand where half an image would.
    """

    def inside(share: float) -> float:
        return min(max(share, 1 / (2 * images)), 1 - 1 / (2 * images))

    figure = new_chart(740, 380)
    axes = figure.subplots()
    places = [
        (inside(accuracy), inside(coverage))
        for accuracy, coverage in zip(
            controls["two_sample_accuracy"], controls["coverage"], strict=True
        )
    ]
    for place in places:
        axes.plot(*place, marker="+", color=GREY, markersize=8, mew=1.5)
    look_of = looks(list(scores))
    marks = []
    for name, of_variant in scores.items():
        color, marker = look_of[name]
        marks.append((inside(of_variant["two_sample_accuracy"]), inside(of_variant["coverage"])))
        point = axes.scatter(
            *marks[-1], s=45, color=color, marker=marker, label=title(name), zorder=3
        )
        mark(name, point)
    for scale, axis in ((axes.set_xscale, axes.xaxis), (axes.set_yscale, axes.yaxis)):
        scale("logit")
        axis.set_major_locator(FixedLocator(_TICKS))
        axis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axis.set_minor_locator(NullLocator())
        axis.set_minor_formatter(NullFormatter())
    axes.margins(0.1)
    axes.set_xlabel("Accuracy of telling the set from real images (left is better)")
    axes.set_ylabel("Coverage of real images (up is better)")
    grid(axes)
    figure.legend(loc="outside right center", title="Codes from N(0, I)")
    name_points(axes, [names[name] for name in controls["control"]], places, marks)
    return figure
