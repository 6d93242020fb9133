"""The weight of the KL, and the settings of the tutorial's exercise."""

import pandas as pd
from matplotlib.figure import Figure

from stages.page.charts.style import (
    GREY,
    grid,
    logarithmic,
    look,
    name_points,
    new_chart,
)
from stages.page.names import title


def rate_distortion(curve: pd.DataFrame) -> Figure:
    """Draw what each weight of the KL gives: rate and distortion, active units, quality of images.

    Args:
        curve: `beta`, `test_kl`, `test_squared_error_of_sampled_code`, `latent_dim`,
            `active_units`, `normal_frechet_classifier` and `reconstructions_frechet_classifier`,
            one row for each weight and pretraining seed.

    Returns:
        The figure; lines are means over seeds, small marks are seeds.
    """
    names = list(dict.fromkeys(curve["beta"].astype(str)))
    place = curve["beta"].astype(str).map(names.index)
    means = curve.drop(columns="beta").groupby(place).mean()
    figure = new_chart(1080, 290)
    plane, units, quality = figure.subplots(1, 3)

    rate, distortion = means["test_kl"], means["test_squared_error_of_sampled_code"]
    color, marker = look(0)
    plane.plot(rate, distortion, color=color, marker=marker)
    for number, name in enumerate(names):
        plane.annotate(
            _weight(name).replace("\n", " "),
            (rate[number], distortion[number]),
            xytext=(5, 4),
            textcoords="offset points",
        )
    logarithmic(plane.yaxis, plain=True)
    plane.margins(x=0.12, y=0.12)
    plane.set_xlabel("Rate: KL in nats per image")
    plane.set_ylabel("Distortion: squared error per image")
    plane.set_title("Rate and distortion, by the KL's weight")

    lines = (
        (units, "active_units", "Active units"),
        (quality, "normal_frechet_classifier", "Decoded N(0, I)"),
        (quality, "reconstructions_frechet_classifier", "Reconstructions"),
    )
    for number, (axes, column, label) in enumerate(lines):
        color, marker = look(number)
        axes.plot(means.index, means[column], color=color, marker=marker, label=label)
        axes.scatter(place, curve[column], color=color, marker=marker, s=9, alpha=0.5)
    units.axhline(curve["latent_dim"].max(), color=GREY, lw=0.8, ls="--", label="All units")
    units.set_ylim(bottom=0)
    units.set_title("Active units of the code")
    logarithmic(quality.yaxis, plain=True)
    quality.set_title("Fréchet distance to real images")
    for axes in (units, quality):
        axes.set_xticks(range(len(names)), [_weight(name) for name in names])
        axes.set_xlabel("Weight of the KL")
        axes.legend()
    for axes in (plane, units, quality):
        grid(axes)
    return figure


def _weight(name: str) -> str:
    """Write a weight of the KL; the tutorial's has a name in place of a number."""
    return name.replace("pixels_times_batch_size", "pixels ×\nbatch size")


def exercise_front(settings: pd.DataFrame) -> Figure:
    """Draw error against separation of each setting, with the front and the winner.

    Args:
        settings: as `judged` gives them, with `setting`, `latent_dim`, `latent_activation`,
            `sparsity_weight` and `noise_stddev`.

    Returns:
        The figure; good is up and to the left. The number beside a mark is the code's width, open
        marks had noise on their input, the line is the front, the ring is around the winner.
    """
    figure = new_chart(550, 350)
    axes = figure.subplots()
    kinds = settings.groupby(["latent_activation", "sparsity_weight"], sort=True)
    for number, ((activation, weight), rows) in enumerate(kinds):
        color, marker = look(number)
        axes.scatter([], [], color=color, marker=marker, label=f"{activation}, sparsity {weight:g}")
        noisy = rows["noise_stddev"] > 0
        for some, face in ((rows[~noisy], color), (rows[noisy], "none")):
            axes.scatter(
                some["validation_mse"],
                some["validation_knn_accuracy"],
                marker=marker,
                facecolors=face,
                edgecolors=color,
                s=42,
                zorder=3,
            )
    axes.scatter([], [], marker="o", fc="none", ec=GREY, label="open: noisy input")
    front = settings[settings["on_front"]].sort_values("validation_mse")
    axes.step(
        front["validation_mse"],
        front["validation_knn_accuracy"],
        where="post",
        color=GREY,
        lw=1,
        ls="--",
        label="front",
    )
    best = settings[settings["winner"]]
    axes.scatter(
        best["validation_mse"],
        best["validation_knn_accuracy"],
        s=190,
        facecolors="none",
        edgecolors="black",
        label="\n".join(f"winner: {title(name)}" for name in best["setting"]),
    )
    if settings["validation_mse"].max() > 10 * settings["validation_mse"].min():
        logarithmic(axes.xaxis)
    axes.set_xlabel("Validation MSE per pixel (left is better)")
    axes.set_ylabel("Nearest-neighbour accuracy (up is better)")
    grid(axes)
    figure.legend(loc="outside right center")
    points = [
        (float(error), float(accuracy))
        for error, accuracy in zip(
            settings["validation_mse"], settings["validation_knn_accuracy"], strict=True
        )
    ]
    name_points(axes, [str(width) for width in settings["latent_dim"]], points)
    return figure
