"""The whole page, charts aside, over tables that leave its sentences little to say."""

import html
import re
from collections.abc import Iterable, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import nbformat
import pandas as pd
import pytest

from stages.page import sentences, tables
from stages.page.markup import framed, table
from stages.page.names import plural
from stages.page.rendering import fill, filled_in, words
from stages.page.study import Study
from tests.support import PARAMS, PROJECT

REPORTS = PROJECT / "reports"
NOTEBOOK = REPORTS / "report.ipynb"
REFERENCE = PROJECT / "reference"
PUBLISHED = Study(
    PARAMS,
    REPORTS / "metrics",
    REPORTS / "figures",
    REPORTS / "published.csv",
    REFERENCE / "gaussian_prior_vae" / "metrics",
    REFERENCE / "tutorial_as_printed" / "metrics" / "decoded_codes.png",
    PROJECT / "requirements.lock",
)
# Columns that say which row it is, not what was measured.
SETTINGS = {
    "model_seed",
    "label_draw",
    "labels",
    "label_fraction",
    "epoch",
    "epochs",
    "images",
    "runs",
    "latent_dim",
    "sparsity_weight",
    "noise_stddev",
    "learning_rate",
    "updates",
    "inverse_regularization",
}


def of(rows: pd.DataFrame, value: float | None, **kept: Iterable[object]) -> pd.DataFrame:
    """Those rows whose columns have one of some values, all with the same measurements."""
    for column, values in kept.items():
        if column in rows:
            rows = rows[rows[column].isin([*values])]
    measured = [
        column
        for column in rows.select_dtypes("number").columns.difference([*SETTINGS])
        if rows[column].notna().any()
    ]
    return rows if value is None else rows.assign(**dict.fromkeys(measured, value))


def degenerate(
    names: Sequence[str],
    value: float | None,
    *,
    runs: int = 1,
    sweep: int = 1,
    images: int | None = None,
    interval: bool = True,
) -> Study:
    """Make a smaller study of the published one.

    Args:
        names: of its variants.
        value: of everything that is measured; None leaves it as it is.
        runs: pretraining seeds, and draws of labels.
        sweep: settings of each sweep.
        images: in each count of images or labels; None leaves them as they are.
        interval: whether there is one: an empty one where everything measured is the same.
    """
    params = deepcopy(PUBLISHED.params)
    seeds = params["train"]["seeds"][:runs]
    params["train"] |= {"seeds": seeds, "epochs": sweep}
    params["variants"] = {name: params["variants"][name] for name in names}
    params["semi_supervised"] |= {"draws": runs, "exploratory_draws": 1}
    params["label_curve"] |= {"draws": runs, "seeds": runs, "max_updates": sweep, "variants": names}
    tuning = params["semi_supervised"]["tuning"]
    params["extract_latents"]["quality"] |= {"neighbours": sweep, "reference_images": sweep}
    for key in ("inverse_regularizations", "learning_rates", "epoch_shares"):
        tuning[key] = tuning[key][:sweep]
    weights = [str(beta) for beta in params["beta_curve"]["betas"]][:sweep]
    settings = [*PUBLISHED.exercise["setting"]][:sweep]
    kept: dict[str, Iterable[object]] = {
        "variant": names,
        "model_seed": seeds,
        "label_draw": range(runs),
        "beta": weights,
        "setting": settings,
    }
    known = {
        name: of(getattr(PUBLISHED, name), value, **kept)
        for name in (
            *("latents", "accuracy", "samples", "ladder", "baselines", "learning_curves"),
            *("comparisons", "tuning", "longer", "exercise"),
        )
    }
    known["beta_curve"] = of(PUBLISHED.beta_curve.astype({"beta": str}), value, **kept)
    known["exercise"] = known["exercise"].assign(
        on_front=True, winner=[True, *[False] * (len(known["exercise"]) - 1)]
    )
    # Longer training and the label curve are of variants that a study may not have.
    curve, along, printed = (
        getattr(PUBLISHED, name) for name in ("label_curve", "label_curve_comparisons", "printed")
    )
    known["longer"] = of(PUBLISHED.longer, value, model_seed=seeds).assign(variant=names[0])
    known["label_curve"] = of(curve, value, **kept | {"variant": set(curve["variant"])}).assign(
        variant=names[0]
    )
    known["label_curve_comparisons"] = of(along, value).assign(variant=names[0], runs=runs**2)
    known["printed"] = of(printed, None, variant=names)
    if not interval:
        ends = {"low": float("nan"), "high": float("nan")}
        for name in ("comparisons", "label_curve_comparisons", "printed"):
            known[name] = known[name].assign(**ends)
    ledger = [
        changed(entry, value, interval)
        for entry in PUBLISHED.ledger
        if {*entry["id"].split(".")[1:]} <= {*names}
    ]
    few = dict.fromkeys(
        ("validation_images", "labelled_validation_images", "classes_raised_to_one_label"), images
    )
    repeated = ("train_images_repeated", "test_images_repeated", "test_images_in_train")
    made = Study(*(getattr(PUBLISHED, name) for name in PUBLISHED.__dataclass_fields__))
    made.__dict__.update(
        known,
        params=params,
        ledger=ledger,
        # There are two classes at least, of each of which one image is labelled.
        sizes=PUBLISHED.sizes
        | {"label_draws": runs}
        | (few | {"labelled_images": 2} if images else {}),
        profile=PUBLISHED.profile | dict.fromkeys(repeated, images or 0),
    )
    if value is not None:
        made.__dict__["pixels"] = dict.fromkeys(PUBLISHED.pixels, value)
    return made


def changed(entry: dict[str, Any], value: float | None, interval: bool) -> dict[str, Any]:
    """An entry of the ledger with another measurement."""
    entry = deepcopy(entry)
    for row in (entry, *entry["measurements"]):
        row["measured"] = row["measured"] if value is None else value
        ends = row["interval"] if value is None else [value, value]
        row["interval"] = ends if interval else None
    return entry if interval else entry | {"verdict": "inconclusive", "chance": 1.0}


def texts(study: Study) -> list[str]:
    """All texts, captions and tables of the page and of its Markdown."""
    report = study.params["report"]
    names = words(study, tables=tables, **report)
    notebook = filled_in(nbformat.read(NOTEBOOK, as_version=4), names, NOTEBOOK)
    said = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    _, _, *code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    known = {
        "study": study,
        "sentences": sentences,
        "tables": tables,
        "plural": plural,
        "table": table,
        "collapsed": lambda *_: "",  # parameters and packages, word by word
        "framed": framed,
        "compose": MagicMock(),
        "show_chart": lambda *_: None,
        "show": said.append,
        "Path": Path,
        "graph_file": REPORTS / "pipeline.svg",
        "params_file": PARAMS,
        **report,
    }
    for source in code:
        exec(source, known)  # noqa: S102
    return [*said, fill(REPORTS / "findings.md.j2", **names)]


ONE = ("compression", "linear", "sparse", "vae")
CASES = {
    **{f"one of everything: {name}": degenerate([name], None, interval=False) for name in ONE},
    **{
        f"one of everything, {value:g}: {name}": degenerate([name], value, interval=False, images=1)
        for name in ONE
        for value in (0.0, 1.0)
    },
    **{
        f"all the same, {value:g}": degenerate(PUBLISHED.variants, value, runs=2, sweep=3)
        for value in (0.0, 0.024, 1.0)
    },
    "no intervals": degenerate(PUBLISHED.variants, None, interval=False, sweep=2),
    "as published": degenerate(PUBLISHED.variants, None, runs=5, sweep=99),
}
# Words that follow 1 rightly, and a unit of what is measured, not counted.
RIGHT = r"is|has|this|stays|repeats|nats"
WRONG = {
    "not a number": r"\b([Nn]a[Nn]|inf|None)\b",
    "a plural after 1": rf"(?<![\d.,^-])\b1 (?!(?:{RIGHT})\b)(?:[a-z-]+ )?[a-z-]+s\b(?<!ss)",
    "a zero with a sign": r"(?<![\d.e])-0(\.0+)?(?![\d.])",
    "a range of one number": r"(?<![-\d.,])([+-]?\d[\d.,]*) to \1(?![\d.]*\d)",
    "nothing between two signs": r"\(\)|\*\*\*\*|, ,|,\.| \.|: \.",
}


@pytest.mark.parametrize("case", CASES)
def test_no_text_of_the_page_says_what_is_not_so(case: str) -> None:
    for source in texts(CASES[case]):
        plain = html.unescape(re.sub(r"<[^>]+>", " | ", source)).replace("\n", " ")
        for what, pattern in WRONG.items():
            found = re.search(pattern, plain)
            assert not found, (what, plain[max(0, found.start() - 90) : found.end() + 40])
