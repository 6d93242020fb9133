"""Learning curves and likelihoods of a model that is compared with a published one."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from reference.gaussian_prior_vae.schema import Published
from stages.page.charts.style import look, new_figure


def likelihood(
    curves: pd.DataFrame, estimates: pd.DataFrame, samples: Sequence[int], published: Published
) -> Figure:
    """Draw the validation bound after each epoch, and the test estimate by each number of codes.

    Args:
        curves: `model_seed`, `epoch` and `validation_loss`, nats per image.
        estimates: index `model_seed`; `best_epoch`, `test_bound`, and for each number of codes
            `test_log_likelihood_<codes>` and its deviation `..._sd`.
        samples: numbers of codes, rising.
        published: the number to compare with.
    """
    figure = new_figure(9.4, 3.6)
    training, test = figure.subplots(1, 2)
    # The steep beginning would flatten all that follows.
    start = curves["epoch"].max() / 10
    for number, (seed, rows) in enumerate(curves.groupby("model_seed")):
        color, marker = look(number)
        late = rows[rows["epoch"] > start]
        training.plot(late["epoch"], -late["validation_loss"], color=color, lw=0.8)
        of_seed = estimates.loc[seed]
        at_best = rows[rows["epoch"] == of_seed["best_epoch"]]
        training.plot(
            at_best["epoch"], -at_best["validation_loss"], marker, color=color, markersize=7
        )
        # Bound and estimates; moved apart sideways, since seeds differ less than markers are wide.
        keys = [f"test_log_likelihood_{count}" for count in samples]
        places = [count * 1.08 ** (number - 1) for count in (1, *samples)]
        values = of_seed[["test_bound", *keys]].to_numpy(dtype=float)
        test.plot(places, values, marker, color=color, label=f"seed {seed}")
        test.errorbar(
            places[1:],
            values[1:],
            of_seed[[f"{key}_sd" for key in keys]].to_numpy(dtype=float),
            color=color,
            lw=0,
            elinewidth=1,
            capsize=3,
        )
    training.set_xlabel("Epoch")
    training.set_ylabel("Bound, nats per validation image")
    training.set_title("Training; the marks are the weights that are kept")
    middle, error = published.log_likelihood, published.error
    # Beside the estimates from most codes, since it is an estimate and no bound.
    most = samples[-1]
    test.errorbar(
        most * 1.7, middle, error, color="black", marker="_", capsize=4, label="published"
    )
    test.set_xscale("log")
    test.set_xticks([1, *samples], ["bound", *map(str, samples)])
    test.xaxis.set_minor_formatter(NullFormatter())
    test.minorticks_off()
    test.set_xlabel("Codes for each test image")
    test.set_ylabel("log p(x), nats per test image")
    test.set_title("Estimates; bars: deviation with other codes")
    for axes in (training, test):
        axes.grid(alpha=0.3)
    figure.legend(*test.get_legend_handles_labels(), loc="outside right center")
    return figure
