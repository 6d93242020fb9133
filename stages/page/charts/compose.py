"""The report's charts: a study in, a figure out."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from stages.page.charts import reconstruction, sweeps
from stages.page.charts.accuracy import accuracy_by_regime
from stages.page.charts.codes import projections
from stages.page.charts.differences import differences as differences_by_comparison
from stages.page.charts.kl import kl_of_latents as by_latent
from stages.page.charts.label_curve import label_curve as by_labels
from stages.page.charts.learning_curves import learning_curves as by_epoch
from stages.page.charts.pictures import Row, picture_grid
from stages.page.charts.samples import coverage_and_telling_apart as by_both_measures
from stages.page.names import title
from stages.page.study import Study
from stages.page.tables import SHORT_CONTROLS

# The variants that the tutorial's own program has, in the order of its picture.
_PRINTED = ("trivial", "compression", "vae_unbalanced")
# Images of each kind in a row.
_FEW, _SOME, _MANY = 4, 6, 10


def overview(study: Study, names: Sequence[str], decimals: int) -> Figure:
    """Reconstructions and samples of some variants, with the numbers that matter.

    Args:
        study: all results.
        names: of variants; those that the study does not have are left out.
        decimals: of errors.
    """
    shown = study.known(names)
    test, nothing = study.tiles("reconstructions", study.variants[0])[0], study.no_tiles
    rows = [Row("test images", (test[:_FEW], nothing), variant=False)]
    for name in shown:
        accuracy = study.summary[f"{name}.{study.main_regime}.test_accuracy"]
        rows.append(
            Row(
                name,
                (
                    study.tiles("reconstructions", name)[1][:_FEW],
                    study.tiles("samples", name)[0][: _FEW + 1],
                ),
                (
                    f"{study.means[name]['test_mse']:.{decimals}f}",
                    f"{accuracy:.1%}",
                    f"{study.scores[name]['normal']['coverage']:.1%}",
                ),
            )
        )
    columns = ("test\nMSE", "accu-\nracy", "cover-\nage")
    return picture_grid(rows, ("Reconstructions", "From N(0, I)"), 42, 116, columns, 52)


def reconstructions(study: Study) -> Figure:
    """What every variant makes of clean and of noisy test images."""
    tiles = {name: study.tiles("reconstructions", name) for name in study.variants}
    first = tiles[study.variants[0]]
    rows = [Row("input", (first[0][:_SOME], first[2][:_FEW]), variant=False)]
    rows += [Row(name, (of[1][:_SOME], of[3][:_FEW])) for name, of in tiles.items()]
    return picture_grid(rows, ("Clean", "Noisy"), 33, 130)


def error_by_live_units(study: Study) -> Figure:
    """Test error against live units."""
    components = {
        int(key.split(".")[0].removeprefix("pca_")): float(value)
        for key, value in study.pixels.items()
        if key.startswith("pca_") and key.endswith(".test_mse")
    }
    return reconstruction.error_by_live_units(study.latents, components, study.variants)


def codes(study: Study, names: Sequence[str]) -> Figure:
    """Test images on two principal components of pixels and of some variants' codes."""
    shown = study.known(names) or study.variants[:1]
    points = {name: study.points(name) for name in shown}
    columns = {f"code_{which}": which for which in ("first", "second")}
    pixels = points[shown[0]][["class", "pixels_first", "pixels_second"]]
    panels = {"pixels": pixels.set_axis(["class", "first", "second"], axis=1)}
    for name, table in points.items():
        panels[f"{title(name)} ({study.variance_on_two(name)})"] = table.rename(columns=columns)
    return projections(panels, study.dataset["classes"])


def trade_off(study: Study) -> Figure:
    """Separation of the classes against test error."""
    return reconstruction.trade_off(
        study.latents, study.pixels["pixels.knn_accuracy"], study.front, study.variants
    )


def exercise(study: Study) -> Figure:
    """The exercise's settings."""
    return sweeps.exercise_front(study.exercise)


def differences(study: Study) -> Figure:
    """Differences of accuracies with few labels."""
    return differences_by_comparison(study.comparisons, study.variants)


def accuracy(study: Study) -> Figure:
    """Accuracies with few labels."""
    return accuracy_by_regime(study.accuracy, study.variants)


def label_curve(study: Study) -> Figure:
    """Accuracy against the number of labels."""
    variants = sorted(study.params["label_curve"]["variants"])
    return by_labels(study.label_curve, variants, study.sizes["labelled_images"])


def coverage_and_telling_apart(study: Study) -> Figure:
    """Samples from N(0, I) and sets of known quality by both measures."""
    return by_both_measures(
        {name: study.scores[name]["normal"] for name in study.variants},
        study.ladder,
        SHORT_CONTROLS,
        int(study.ladder["images"].iloc[0]),
    )


def samples(study: Study) -> Figure:
    """What every variant decodes from random codes."""
    rows = []
    for name in (*study.variational, *study.plain):
        normal, _, gaussian, mixture = study.tiles("samples", name)
        rows.append(Row(name, (normal[:_MANY], gaussian[:_SOME], mixture[:_SOME])))
    return picture_grid(rows, ("N(0, I)", "Gaussian", "Mixture"), 27, 124)


def interpolations(study: Study, names: Sequence[str]) -> Figure:
    """Decoded codes between two test images, the same pair for some variants."""
    rows = []
    for name in study.known(names) or study.variants[:1]:
        pair = study.tiles("interpolations", name)[0]
        rows.append(Row(name, (pair[:1], pair[1:-1], pair[-1:])))
    return picture_grid(rows, ("from", "decoded codes", "to"), 40, 130)


def traversals(study: Study) -> Figure:
    """One test image's code with one latent moved, for the two latents that vary most."""
    rows = []
    for name in study.variants:
        for number, line in enumerate(study.tiles("traversals", name)[:2]):
            rows.append(Row(name if number == 0 else "", (line,), variant=number == 0))
    return picture_grid(rows, ("1st to 99th percentile",), 34, 130)


def rate_distortion(study: Study) -> Figure:
    """What each weight of the KL gives."""
    return sweeps.rate_distortion(study.beta_curve)


def kl_of_latents(study: Study) -> Figure:
    """KL of each latent."""
    shown = study.variational
    return by_latent(study.units(shown), shown, study.variants)


def learning_curves(study: Study) -> Figure:
    """Learning curves."""
    return by_epoch(study.learning_curves, study.variants, study.pixels_of_image)


def printed(study: Study) -> Figure:
    """Random codes decoded by the tutorial's models as printed and by this study's."""
    rows = []
    for name, tiles in zip(_PRINTED, study.printed_tiles, strict=True):
        of_study = study.tiles("samples", name)[0] if study.has(name) else study.no_tiles
        rows.append(Row(name, (tiles[:_SOME], of_study[:_SOME])))
    if study.has("vae"):
        rows.append(Row("vae", (study.no_tiles, study.tiles("samples", "vae")[0][:_SOME])))
    return picture_grid(rows, ("As printed", "In this study"), 38, 130)
