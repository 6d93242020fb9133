"""DVC stage claims: metrics of all variants -> the ledger, headline numbers, tables."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from stages.core.cli import Input, Output, run
from stages.core.formats import write_json, write_table, write_text
from stages.core.names import Name as DatasetName
from stages.core.params import read
from stages.core.stale_outputs import clear_stale_outputs
from stages.ledger.claims import ledger
from stages.ledger.comparisons import compare_along_curve, compare_regimes
from stages.ledger.evidence import Evidence
from stages.ledger.printed import beside_printed
from stages.ledger.schema import Claims
from stages.ledger.summary import gather, summarize
from stages.models.schema import Variant


def main(
    params: Input,
    by_variant: Input,
    baselines: Input,
    pixels: Input,
    classifier: Input,
    ladder: Input,
    printed: Input,
    per_image: Input,
    set_aside: Output,
    tables: Output,
) -> None:
    """Hold the tutorial's claims against what every variant measured.

    Args:
        params: `params.yaml`; reads `claims`, `variants`, `label_curve.variants` and the data set's
            height, width and number of test images.
        by_variant: folder of folders with one table for each variant.
        baselines: CSV of the baselines' accuracies.
        pixels: JSON of what pixels and principal components measure.
        classifier: JSON of the feature network's accuracy.
        ladder: CSV of what sets of images score whose quality is known.
        printed: folder with `seeds.csv` and `summary.json` of the tutorial's models as it prints
            them.
        per_image: folder of what each run said about single test images.
        set_aside: folder that takes the tables of removed variants.
        tables: folder; gets `claims.json`, `summary.json` and tables of all variants.
    """
    settings = read(params, "claims", Claims)
    # Sorted, since for DVC the order of the blocks is no change.
    variants = dict(sorted(read(params, "variants", dict[DatasetName, Variant]).items()))
    on_curve = sorted(read(params, "label_curve.variants", tuple[str, ...]))
    current = read(params, "dataset", DatasetName)
    size = read(params, f"datasets.{current}.height", int) * read(
        params, f"datasets.{current}.width", int
    )

    def table(folder: str, names: list[str]) -> pd.DataFrame:
        clear_stale_outputs(by_variant / folder, names, set_aside)
        return gather(by_variant / folder, names)

    names = list(variants)
    for folder in ("latents", "semi_supervised"):
        clear_stale_outputs(per_image / folder, names, set_aside)
    gathered = {
        "learning_curves": table("training", names),
        "latents": table("latents", names),
        "accuracy": table("semi_supervised", names),
        "samples": table("samples", names),
        "tuning": table("tuning", names),
        "label_curve": table("label_curve", on_curve),
        "label_curve_tuning": table("label_curve_tuning", on_curve),
    }
    numbers = {**_numbers(pixels), **_numbers(classifier)}
    evidence = Evidence(
        gathered["latents"],
        gathered["accuracy"],
        pd.read_csv(baselines),
        gathered["samples"],
        pd.read_csv(ladder),
        numbers,
        per_image,
        read(params, f"datasets.{current}.test_images", int),
    )
    widths = {name: variant.architecture.latent_dim for name, variant in variants.items()}
    gathered["comparisons"] = compare_regimes(evidence, widths, settings.confidence)
    gathered["label_curve_comparisons"] = compare_along_curve(
        gathered["label_curve"], settings.confidence
    )
    models = pd.read_csv(printed / "seeds.csv")
    if _numbers(printed / "summary.json")["dataset"] != current:
        models = models[:0]
    gathered["printed"] = beside_printed(
        models, evidence.latents, settings.printed_margin, settings.confidence
    )
    for name, content in gathered.items():
        write_table(tables / f"{name}.csv", content)
    entries = [entry._asdict() for entry in ledger(variants, size, evidence, settings)]
    write_text(tables / "claims.json", json.dumps(entries, indent=2, allow_nan=False) + "\n")
    headline = summarize(*(gathered[name] for name in ("latents", "accuracy", "label_curve")))
    write_json(tables / "summary.json", {**headline, **numbers})


def _numbers(path: Path) -> dict[str, Any]:
    """Read a flat JSON file of this pipeline's own."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


if __name__ == "__main__":
    run(main)
