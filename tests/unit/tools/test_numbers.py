"""The published numbers as Markdown."""

import json
from pathlib import Path

from tools.numbers import of_results


def test_results_are_rounded_into_a_row_for_each_variant_in_the_order_of_params(
    tmp_path: Path,
) -> None:
    metrics = tmp_path / "reports" / "metrics"
    metrics.mkdir(parents=True)
    (tmp_path / "params.yaml").write_text(
        "train: {seeds: [4, 5]}\nvariants: {vae: {}, lasso: {}}\n"
        "semi_supervised: {primary: [lasso], exploratory_draws: 2}\n"
    )
    (metrics / "split.json").write_text('{"labelled_images": 60, "label_draws": 3}')
    accuracies = {"vae": (0.7, 0.85, 0.79961), "lasso": (0.5, 1.0, 0.25)}
    summary = {"vae.test_mse": 0.019449, "lasso.test_mse": 0.1, "vae.random.test_accuracy": 0.6}
    for name, values in accuracies.items():
        for regime, value in zip(("frozen", "finetuned", "scratch"), values, strict=True):
            summary[f"{name}.{regime}.test_accuracy"] = value
    (metrics / "summary.json").write_text(json.dumps(summary))
    said, empty, heading, _, *rows = of_results(tmp_path).splitlines()
    assert said.startswith("Means over 2 pretraining seeds; test accuracies with 60 labels")
    assert said.endswith(" over 2 draws of them, those of `lasso` over 3.")
    assert not empty
    assert heading.startswith("| variant | test MSE | frozen (linear probe) | fine-tuned")
    assert rows == [
        "| `vae` | 0.01945 | 0.700 | 0.850 | 0.800 |",
        "| `lasso` | 0.10000 | 0.500 | 1.000 | 0.250 |",
    ]
