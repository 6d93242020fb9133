"""DVC stage summarize: estimates of all seeds -> their mean against the published number."""

import json
import math

import numpy as np
import pandas as pd

from reference.gaussian_prior_vae.figure import likelihood
from reference.gaussian_prior_vae.schema import Published, Samples
from stages.core.cli import Input, Output, run
from stages.core.formats import write_json, write_table
from stages.core.params import Seeds, read
from stages.core.stale_outputs import clear_stale_outputs
from stages.ledger.intervals import two_way_interval
from stages.ledger.verdicts import Criterion, verdict_on
from stages.page.charts.style import save


def main(
    params: Input,
    estimates: Input,
    training: Input,
    set_aside: Output,
    seeds: Output,
    summary: Output,
    figure: Output,
) -> None:
    """Gather the seeds and compare their mean with the published number.

    Args:
        params: `params.yaml`; reads `seeds`, `confidence`, `estimate.samples` and `published`.
        estimates: folder of one JSON for each seed.
        training: folder of one CSV of losses for each seed.
        set_aside: folder that takes the files of removed seeds.
        seeds: CSV, a row for each seed.
        summary: flat JSON, nats per image where a key names no other unit.
        figure: PNG of the learning curves and of the estimate against the number of codes.
    """
    numbers = read(params, "seeds", Seeds)
    samples = read(params, "estimate.samples", Samples)
    published = read(params, "published", Published)
    confidence = read(params, "confidence", float)
    for folder in (estimates, training):
        clear_stale_outputs(folder, [str(number) for number in numbers], set_aside)
    table = pd.DataFrame(
        json.loads((estimates / f"{number}.json").read_text()) for number in numbers
    ).set_index("model_seed")
    curves = pd.concat(pd.read_csv(training / f"{number}.csv") for number in numbers)
    write_table(seeds, table.reset_index())

    values = table[f"test_log_likelihood_{samples[-1]}"].to_numpy(dtype=np.float64)
    found = two_way_interval(values[:, np.newaxis], confidence)
    criterion = Criterion("within", published.log_likelihood, published.error)
    in_bits = -1 / (math.log(2) * float(table["pixels"].iloc[0]))
    result = {
        "dataset": published.dataset,
        "confidence": confidence,
        "published_log_likelihood": published.log_likelihood,
        "published_error": published.error,
        "source": published.source,
        "samples": samples[-1],
        "seeds": len(numbers),
        "test_log_likelihood": found.mean,
        "test_log_likelihood_low": found.low,
        "test_log_likelihood_high": found.high,
        "test_bits_per_pixel": found.mean * in_bits,
        "published_bits_per_pixel": published.log_likelihood * in_bits,
        "difference": found.mean - published.log_likelihood,
        "inside_published_error": abs(found.mean - published.log_likelihood) <= published.error,
        "verdict": verdict_on(found, criterion),
    }
    if len(numbers) > 1:
        result["test_log_likelihood_sd"] = float(values.std(ddof=1))
    write_json(summary, result)
    save(likelihood(curves, table, samples, published), figure)


if __name__ == "__main__":
    run(main)
