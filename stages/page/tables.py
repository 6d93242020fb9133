"""The report's tables: a study in, rows out."""

import re
from collections import Counter
from typing import Any

import pandas as pd
from markupsafe import Markup

from stages.core.names import spoken
from stages.ledger.texts import CLAIMS, REGIMES
from stages.page.findings import amount, chance, direction, interval
from stages.page.markup import Rows, badge, stacked
from stages.page.names import acronyms, plural, title
from stages.page.study import Study, records

CONTROLS = {
    "real": "other real images",
    "pca": "real images through principal components",
    "pca_mixture": "principal components, mixture",
    "blurred": "blurred real images",
    "pca_gaussian": "principal components, Gaussian",
    "dimmed": "real images at a tenth of their brightness",
    "class_means": "the mean of each class",
    "mean": "the mean of all images",
    "noise": "uniform noise",
}
# In a chart, beside a mark.
SHORT_CONTROLS = {
    "real": "other real images",
    "pca": "real, through PCA",
    "pca_mixture": "PCA, mixture",
    "blurred": "real, blurred",
    "pca_gaussian": "PCA, Gaussian",
    "dimmed": "real, dimmed",
    "class_means": "class means",
    "mean": "mean",
    "noise": "noise",
}
_BASELINES = {
    "logistic": "logistic regression",
    "knn": "nearest neighbours",
    "propagated": "Laplace learning",
    "propagated_inductive": "Laplace learning, inductive,",
    "self_training": "self-trained logistic regression",
}


def _activation(form: dict[str, Any]) -> str:
    name = str(form["latent_activation"])
    return "ReLU" if name == "relu" else name


def autoencoders(study: Study) -> Rows:
    """What each variant is."""
    rows = []
    for name in study.variants:
        block, form = study.params["variants"][name], study.architecture(name)
        terms = ["squared error"]
        if block.get("sparsity"):
            terms.append(
                f"{block['sparsity']['weight']:g} × KL to a mean activation of "
                f"{block['sparsity']['target']:g}"
            )
        if name in study.variational:
            beta = block["beta"]
            terms.append(
                "KL, decoder variance of largest likelihood"
                if beta == "calibrated"
                else f"{_weight(study.weight_of_kl(name))} × KL to N(0, I)"
            )
        hidden = form["hidden"] if form["kind"] == "dense" else form["filters"]
        rows.append(
            {
                "Variant": name,
                "Kind": form["kind"],
                "Hidden layers": ", ".join(map(str, hidden)) or "none",
                "Code": f"{form['latent_dim']}, {_activation(form)}",
                "Noise on the input": f"{block['noise']['stddev']:g}"
                if block.get("noise")
                else "–",
                "Minimises": " + ".join(terms),
            }
        )
    return rows


def spread(values: "pd.Series[float]", digits: int) -> str:
    """Write a mean, and ± the standard deviation if there are several values.

    Small values get two digits that are not zeros.
    """
    mean, deviation = values.mean(), values.std()
    if 0 < abs(mean) < 10.0**-digits:
        return f"{mean:.1e}" + (f" ± {deviation:.1e}" if len(values) > 1 else "")
    return f"{mean:.{digits}f}" + (f" ± {deviation:.{digits}f}" if len(values) > 1 else "")


def headline(study: Study, decimals: int) -> Rows:
    """Units of the code and those alive, test error, accuracy with few labels by every regime."""
    rows = []
    for name in study.variants:
        errors = study.latents.loc[study.latents["variant"] == name, "test_mse"]
        row: dict[str, object] = {
            "Variant": name,
            "Code": study.width(name),
            "Alive": f"{study.means[name]['live_units']:.1f}",
            "Test MSE": spread(errors, decimals),
        }
        runs = study.accuracy[study.accuracy["variant"] == name]
        for regime in study.regimes:
            values = runs.loc[runs["regime"] == regime, "test_accuracy"]
            row[REGIMES[regime].name] = spread(values, 3)
        rows.append(row)
    return rows


def verdicts(study: Study) -> Rows:
    """The primary questions, one row each."""
    return [
        {
            "id": f"claim-{entry['id']}",
            "Question": Markup('<a href="#{}">{}</a>').format(
                section(entry), acronyms(entry["claim"])
            ),
            "Verdict": badge(entry["verdict"]),
            "Measured": stacked([directed(row) for row in entry["measurements"]]),
            "Criterion": stacked([criterion(row) for row in entry["measurements"]]),
            "p, corrected": chance(entry["chance"]),
        }
        for entry in study.primary
    ]


def section(entry: dict[str, Any]) -> str:
    """Identifier of the section that shows a claim's evidence."""
    return str(entry["section"]).replace(" ", "-")


def directed(measurement: dict[str, Any]) -> str:
    """What was measured, with its interval and, of a difference, its direction."""
    return ", ".join(filter(None, [amount(measurement), direction(measurement)]))


def criterion(measurement: dict[str, Any]) -> str:
    """What a quantity was held against."""
    quantity = str(measurement["quantity"]).replace("accuracy of telling apart of", "telling apart")
    return f"{quantity} {measurement['criterion']}"


def exploratory(study: Study) -> list[tuple[str, Rows]]:
    """The other comparisons, a captioned table for each kind of claim."""
    found: list[tuple[str, Rows]] = []
    often = Counter(entry["claim"] for entry in study.exploratory)

    def comparison(entry: dict[str, Any]) -> str:
        """Say the claim, and what was measured where others have the same words."""
        words = acronyms(entry["claim"])
        quantity = entry["measurements"][0]["quantity"]
        return words if often[entry["claim"]] == 1 else f"{words} ({quantity})"

    for kind, text in CLAIMS.items():
        entries = [entry for entry in study.exploratory if entry["id"].split(".")[0] == kind]
        if not entries:
            continue
        # What is measured is said once where it is the same for all variants.
        criteria = {entry["criterion"] for entry in entries}
        rows = [
            {
                "id": f"claim-{entry['id']}",
                "Comparison": comparison(entry),
                "Measured": stacked([directed(row) for row in entry["measurements"]]),
                **(
                    {"Criterion": stacked([criterion(row) for row in entry["measurements"]])}
                    if len(criteria) > 1
                    else {}
                ),
            }
            for entry in entries
        ]
        sources = ", ".join(dict.fromkeys(entry["source"] for entry in entries))
        files = ", ".join(dict.fromkeys(entry["evidence"] for entry in entries))
        caption = f"{text}. Source: {sources}. Numbers: {files} in reports/metrics."
        if len(criteria) == 1:
            caption += f" Criterion: {criteria.pop()}"
        found.append((caption, rows))
    return found


def errors(study: Study, decimals: int) -> Rows:
    """Reconstruction errors beside those of as many principal components, and with noise."""
    rows = []
    for name in study.variants:
        mean, key = study.means[name], f"pca_{study.width(name)}.test_mse"
        noise = study.params["variants"][name].get("noise")
        rows.append(
            {
                "Variant": name,
                "Test MSE": f"{mean['test_mse']:.{decimals}f}",
                "PCA of the same width": f"{study.pixels[key]:.{decimals}f}"
                if key in study.pixels
                else "–",
                "Trained with noise": f"{noise['stddev']:g}" if noise else "–",
                "MSE from noisy input": f"{mean['test_mse_from_noisy_input']:.{decimals}f}",
                "Error on uniform noise": f"{mean['uniform_noise_mse_share']:.3g}",
            }
        )
    return rows


def errors_of_components(study: Study, decimals: int) -> Rows:
    """The same of principal components."""
    return [
        {
            "Components": str(count),
            "Test MSE": f"{study.pixels[f'pca_{count}.test_mse']:.{decimals}f}",
            "MSE from noisy input": (
                f"{study.pixels[f'pca_{count}.test_mse_from_noisy_input']:.{decimals}f}"
            ),
        }
        for count in study.params["baselines"]["components"]
        if f"pca_{count}.test_mse" in study.pixels
    ]


def longer(study: Study, decimals: int) -> Rows:
    """What more epochs change."""
    return [
        {
            "Variant": name,
            "Epochs": epochs,
            "Validation MSE": f"{rows['validation_mse'].mean():.{decimals}f}",
            "Nearest neighbours": f"{rows['validation_knn_accuracy'].mean():.3f}",
            "Live units": f"{rows['live_units'].mean():.1f}",
        }
        for (name, epochs), rows in study.longer.groupby(["variant", "epochs"], sort=False)
    ]


def separation(study: Study) -> Rows:
    """How well codes and pixels separate the classes."""
    measures = {
        plural(study.params["extract_latents"]["quality"]["neighbours"], "neighbour"): (
            "knn_accuracy"
        ),
        "Linear probe": "probe_accuracy",
        "Neighbours on two components": "knn_accuracy_2d",
    }
    rows: list[dict[str, object]] = [
        {
            "Code": "pixels",
            "Width": study.pixels_of_image,
            **{text: f"{study.pixels[f'pixels.{key}']:.3f}" for text, key in measures.items()},
            "Variance on two": "–",
            "Live units": "–",
        }
    ]
    for name in study.variants:
        mean = study.means[name]
        rows.append(
            {
                "Code": title(name),
                "Width": study.width(name),
                **{text: f"{mean[key]:.3f}" for text, key in measures.items()},
                "Variance on two": study.variance_on_two(name),
                "Live units": f"{mean['live_units']:.1f}",
            }
        )
    return rows


def sparse_codes(study: Study) -> Rows:
    """Codes whose activations lie between 0 and 1."""
    names = [
        name
        for name in study.variants
        if study.architecture(name)["latent_activation"] == "sigmoid"
    ]
    rows = []
    for name in names:
        mean = study.means[name]
        target = (study.params["variants"][name].get("sparsity") or {}).get("target", "–")
        rows.append(
            {
                "Variant": name,
                "Target": target,
                "Mean activation": f"{mean['test_mean_activation']:.3f}",
                "Treves-Rolls": f"{mean['test_treves_rolls']:.3f}",
                "Active share": f"{mean['test_active_share']:.3f}",
                "Active units": f"{mean['active_units']:.1f}",
                "Unusual inputs": f"{mean['unusual_inputs_correlation']:.3f}",
                "At equal brightness": (
                    f"{mean['unusual_inputs_correlation_at_equal_brightness']:.3f}"
                ),
            }
        )
    return rows


def exercise(study: Study, decimals: int) -> Rows:
    """The exercise's settings."""
    return [
        {
            "Setting": title(row["setting"]),
            "Code": f"{row['latent_dim']}, {row['latent_activation']}",
            "Weight of sparsity": f"{row['sparsity_weight']:g}",
            "Noise": f"{row['noise_stddev']:g}",
            "Validation MSE": f"{row['validation_mse']:.{decimals}f}",
            "Nearest neighbours": f"{row['validation_knn_accuracy']:.3f}",
            "Live units": row["live_units"],
            "On the front": ("winner" if row["winner"] else "yes") if row["on_front"] else "",
        }
        for row in records(study.exercise)
    ]


def baselines(study: Study) -> Rows:
    """The same labels without an autoencoder, and the most labels given to any classifier."""
    rows = []
    for keys, values in study.baselines.groupby(
        ["features", "classifier", "purpose", "labels"], sort=False
    )["test_accuracy"]:
        features, classifier, _, labels = keys
        on = str(features).replace("pca_", "PCA ")
        rows.append((f"{_BASELINES[str(classifier)]} on {on}", labels, values))
    curve = study.label_curve
    most = curve["labels"].max()
    for keys, values in curve[curve["labels"] == most].groupby(["variant", "regime"], sort=False)[
        "test_accuracy"
    ]:
        rows.append((f"{title(str(keys[0]))}, {REGIMES[str(keys[1])].name}", most, values))
    return [
        {"Classifier": name, "Labels": f"{labels:,}", "Test accuracy": spread(values, 3)}
        for name, labels, values in rows
    ]


def label_curve_differences(study: Study) -> Rows:
    """Differences to training from scratch at each number of labels."""
    return [
        {
            "Variant": row["variant"],
            "Labels": f"{row['labels']:,}",
            "Comparison": row["comparison"],
            "Points": f"{100 * row['difference']:+z.1f}",
            f"{study.confidence} interval": interval(row["low"], row["high"], 100),
        }
        for row in records(study.label_curve_comparisons)
    ]


def chosen_settings(study: Study) -> Rows:
    """What tuning chose for each variant and regime."""
    return [
        {
            "Variant": row["variant"],
            "Regime": REGIMES[row["regime"]].name,
            "C": _number(row["inverse_regularization"], "g"),
            "Learning rate": _number(row["learning_rate"], "g"),
            "Updates": _number(row["updates"], "g"),
            "Validation accuracy": f"{row['validation_accuracy']:.3f}",
            "Clearly best at an edge": "yes" if row["at_edge"] else "",
        }
        for row in records(study.tuning[study.tuning["chosen"]])
    ]


def ladder(study: Study) -> Rows:
    """Sets of images whose quality is known."""
    return [
        {
            "Set": CONTROLS[row["control"]],
            "Coverage": f"{row['coverage']:.3f}",
            "Told apart": f"{row['two_sample_accuracy']:.3f}",
            "By pixels": f"{row['two_sample_accuracy_of_pixels']:.3f}",
            "Fréchet": f"{row['frechet_classifier']:.1f}",
        }
        for row in records(study.ladder)
    ]


def sampler_names(study: Study) -> dict[str, str]:
    """Names of the samplers, and of reconstructions to compare them with."""
    return {
        "normal": "N(0, I)",
        "gaussian": "Gaussian",
        "mixture": f"mixture of {study.params['sampling']['mixture_components']}",
        "reconstructions": "(reconstructions)",
    }


def samples(study: Study) -> Rows:
    """Scores of every variant's samples by every sampler."""
    rows = []
    for name in (*study.variational, *study.plain):
        for sampler, text in sampler_names(study).items():
            row = study.scores[name][sampler]
            rows.append(
                {
                    "Variant": name,
                    "Codes": text,
                    "Coverage": f"{row['coverage']:.3f}",
                    "Told apart": f"{row['two_sample_accuracy']:.3f}",
                    "Fréchet": f"{row['frechet_classifier']:.1f}",
                    "Nearest training image": _number(row["nearest_training_image"], ".2f"),
                    "Coverage of own reconstructions": _number(
                        row["coverage_of_reconstructions"], ".3f"
                    ),
                    "Told apart from these": _number(
                        row["two_sample_accuracy_of_reconstructions"], ".3f"
                    ),
                }
            )
    return rows


def _number(value: float, form: str) -> str:
    return "–" if pd.isna(value) else f"{value:{form}}"


def midpoints(study: Study) -> Rows:
    """Decoded midpoints against the same decoder's reconstructions."""
    scores = {name: study.scores[name]["midpoints"] for name in study.variants}
    return [
        {
            "Variant": name,
            "Coverage": f"{scores[name]['coverage_of_reconstructions']:.3f}",
            "Told apart": f"{scores[name]['two_sample_accuracy_of_reconstructions']:.3f}",
            "Fréchet": f"{scores[name]['frechet_classifier_of_reconstructions']:.1f}",
        }
        for name in study.variants
    ]


def _weight(weight: float) -> str:
    return f"{weight:,.0f}" if weight >= 1000 else f"{weight:.3g}"


def weights_of_kl(study: Study, decimals: int) -> Rows:
    """What the weight of the KL does to the variational variants."""
    rows = []
    for name in study.variational:
        mean = study.means[name]
        rows.append(
            {
                "Variant": name,
                "Weight": _weight(study.weight_of_kl(name)),
                "Squared error": f"{mean['test_squared_error_of_sampled_code']:.2f}",
                "KL, nats": f"{mean['test_kl']:.3g}",
                "Active units": f"{mean['active_units']:.1f} of {study.width(name)}",
                "Test MSE": f"{mean['test_mse']:.{decimals}f}",
            }
        )
    return rows


def beta_curve(study: Study, decimals: int) -> Rows:
    """The same for one architecture and many weights."""
    return [
        {
            "Weight of the KL": spoken(str(beta)),
            "KL, nats per image": f"{rows['test_kl'].mean():.3g}",
            "Test MSE": f"{rows['test_mse'].mean():.{decimals}f}",
            "Active units": f"{rows['active_units'].mean():.1f}",
            "Coverage": f"{rows['normal_coverage'].mean():.3f}",
            "Told apart": f"{rows['normal_two_sample_accuracy'].mean():.3f}",
            "Fréchet": f"{rows['normal_frechet_classifier'].mean():.1f}",
            "Reconstructions told apart": (
                f"{rows['reconstructions_two_sample_accuracy'].mean():.3f}"
            ),
        }
        for beta, rows in study.beta_curve.groupby("beta", sort=False)
    ]


def printed(study: Study) -> Rows:
    """The tutorial's own program beside the study."""
    return [
        {
            "Variant": row["variant"],
            "As printed": f"{row['printed']:.3g}",
            "Here": f"{row['study']:.3g}",
            "Ratio": f"{row['ratio']:.2f}",
            f"{study.confidence} interval": interval(row["low"], row["high"], decimals=2),
            "Verdict": badge(row["verdict"]),
        }
        for row in records(study.printed)
    ]


def published(study: Study) -> Rows:
    """Other people's numbers beside this study's."""
    rows = [
        {
            "Quantity": row["quantity"],
            "Published": f"{row['published']:g}",
            "Here": f"{study.summary[row['metric']]:.4g}"
            if row["metric"] in study.summary
            else "–",
            "Set-up there": row["set_up"],
            "Set-up here": _set_up(study, row["metric"]),
            "Source": row["source"],
        }
        for row in records(study.published)
    ]
    if found := study.likelihood:
        deviation = found.get("test_log_likelihood_sd")
        rows.append(
            {
                "Quantity": "VAE, Gaussian prior: log p(x) of binarised test images, nats",
                "Published": (
                    f"{found['published_log_likelihood']:.2f} ± {found['published_error']:.2f}"
                ),
                "Here": f"{found['test_log_likelihood']:.2f}"
                + ("" if deviation is None else f" ± {deviation:.2f}"),
                "Set-up there": "784-300-300-40 and back, gated layers, "
                f"{found['samples']:,} importance-weighted codes for each image",
                "Set-up here": "the same, made anew for this",
                "Source": found["source"],
            }
        )
    return rows


def _set_up(study: Study, metric: object) -> str:
    """What a number of summary.json was measured on, from the parameters."""
    name = str(metric).split(".")[0]
    params = study.params
    section = params["classifier"] if name == "classifier" else params["variants"].get(name)
    if section is None:
        return "–"
    form = section["architecture"]
    widths = "-".join(map(str, [*form.get("hidden", form.get("filters")), form["latent_dim"]]))
    if name == "classifier":
        return f"{form['kind']}, {widths}, trained on {study.sizes['train_images']:,} images"
    return f"{widths} and back, {_activation(form)} code"


def likelihood_of_seeds(study: Study) -> Rows:
    """The likelihood that was measured again, seed by seed."""
    found = study.likelihood_of_seeds
    columns = [re.fullmatch(r"test_log_likelihood_(\d+)", str(column)) for column in found]
    counts = sorted(int(match[1]) for match in columns if match)
    return [
        {
            "Seed": row["model_seed"],
            "Epochs": row["epochs"],
            "Best epoch": row["best_epoch"],
            "Bound, validation": f"{row['validation_bound']:.2f}",
            "Bound, test": f"{row['test_bound']:.2f}",
            **{
                f"log p(x), {count:,} codes": f"{row[f'test_log_likelihood_{count}']:.3f} ± "
                f"{row[f'test_log_likelihood_{count}_sd']:.3f}"
                for count in counts
            },
            "Active units": row["test_active_units"],
        }
        for row in records(found)
    ]


def checksums(study: Study) -> Rows:
    """Checksums of the data set's decompressed files."""
    found = study.dataset["sha256"]
    return [{"File": name, "SHA-256": value} for name, value in found.items()]
