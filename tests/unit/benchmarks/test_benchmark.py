"""The study beside its alternatives: the same work for all, and what is made of the numbers."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from typer import BadParameter

from stages.core.errors import InputError
from stages.core.images import Images
from stages.core.params import read
from stages.models.architecture import build, initialize
from stages.models.autoencoder import Autoencoder
from stages.models.products import as_keras
from stages.models.schema import Variant
from stages.training.objective import beta, terms, total
from tests.benchmarks import growth, pipeline, record, stopwatch, training
from tests.benchmarks.__main__ import main
from tests.benchmarks.chart import training_speed
from tests.benchmarks.jobs import SIDE_BY_SIDE, STAGES
from tests.benchmarks.keras_way import whole
from tests.benchmarks.measurement import Measurement, spread
from tests.benchmarks.parts import operations, products_of
from tests.benchmarks.stopwatch import Stopwatch
from tests.benchmarks.tables import tables
from tests.support import PARAMS, PROJECT
from tools import numbers


@pytest.mark.parametrize("name", ["trivial", "compression", "sparse", "convolutional"])
def test_keras_way_minimises_what_the_study_does(name: str, toy: Images) -> None:
    # Without random numbers, both losses are the same number.
    variant, x = read(PARAMS, f"variants.{name}", Variant), toy.x_train[:32]
    autoencoder = build(variant.architecture, x.shape[1:], variant.variational)
    theirs = Autoencoder(*map(as_keras, autoencoder))
    for model, same in zip(autoencoder, theirs, strict=True):
        initialize(model, 0)
        same.set_weights(model.get_weights())
    parts = terms(*autoencoder, variant, tf.constant(x), tf.zeros(2, tf.int32))
    expected = total(parts, variant, beta(variant, x[0].size, len(x)), x[0].size)
    model = whole(theirs, variant, 1.0)
    assert model.evaluate(x, x, batch_size=32, verbose=0) == pytest.approx(float(expected), 1e-5)


def test_keras_way_weighs_the_kl_as_the_study_does(toy: Images) -> None:
    variant, x = read(PARAMS, "variants.vae", Variant), toy.x_train[:64]
    autoencoder = build(variant.architecture, x.shape[1:], variational=True)
    for model in autoencoder:
        initialize(model, 0)
    parts = terms(*autoencoder, variant, tf.constant(x), tf.zeros(2, tf.int32))
    model = whole(autoencoder, variant, 3.0)
    model(x)
    assert float(sum(model.losses)) == pytest.approx(3 * float(tf.reduce_mean(parts.kl)), 1e-5)


@pytest.mark.parametrize("name", ["trivial", "compression", "sparse"])
def test_pytorch_minimises_what_the_study_does(name: str, toy: Images) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    from tests.benchmarks.pytorch import Autoencoder as Other

    variant, x = read(PARAMS, f"variants.{name}", Variant), toy.x_train[:32]
    autoencoder = build(variant.architecture, x.shape[1:], variational=False)
    for model in autoencoder:
        initialize(model, 0)
    parts = terms(*autoencoder, variant, tf.constant(x), tf.zeros(2, tf.int32))
    other = Other(variant, *x.shape[1:3], kl_weight=0.0)
    weights = {
        (layer.input.shape[-1], layer.units): layer
        for model in autoencoder
        for layer in model.layers
        if hasattr(layer, "units")
    }
    for module in other.modules():
        if isinstance(module, torch.nn.Linear):
            kernel, bias = weights[module.in_features, module.out_features].get_weights()
            module.weight.data, module.bias.data = torch.tensor(kernel.T), torch.tensor(bias)
    loss = float(other(torch.tensor(np.moveaxis(x, -1, 1))).detach())
    assert loss == pytest.approx(float(total(parts, variant, 0.0, x[0].size)), 1e-5)


def test_operations_of_dense_layers_are_counted_by_hand() -> None:
    variant = read(PARAMS, "variants.sparse", Variant)
    autoencoder = build(variant.architecture, (28, 28, 1), variational=False)
    kernels = (784 * 500, 500 * 200, 200 * 500, 500 * 784)
    expected = 2 * 64 * (3 * sum(kernels) - kernels[0])
    assert operations(products_of(autoencoder, 64)) == expected


def test_operations_of_convolutions_are_counted_by_hand() -> None:
    variant = read(PARAMS, "variants.convolutional", Variant)
    autoencoder = build(variant.architecture, (28, 28, 1), variational=False)
    layers = (14**2 * 16 * 16, 7**2 * 16 * 16 * 32, 7**2 * 32 * 30, 30 * 7**2 * 32)
    layers += (7**2 * 16 * 32 * 16, 14**2 * 16 * 16)
    expected = 2 * 64 * (3 * sum(layers) - layers[0])
    assert operations(products_of(autoencoder, 64)) == expected


def test_what_a_stopwatch_times_exists() -> None:
    assert all(find_spec(module) for module in stopwatch.TIMED)


def test_inner_time_is_not_counted_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0, 1, 11, 13, 33, 36])  # outer, two times inner, the end of outer
    monkeypatch.setattr(stopwatch.time, "perf_counter", lambda: next(clock))
    watch = Stopwatch()
    inner = watch.timed("inner", lambda: None)
    watch.timed("outer", lambda: (inner(), inner()))()
    assert watch.seconds == {"inner": 10 + 20, "outer": 1 + 2 + 3}


def test_compilation_is_what_a_first_call_takes_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0, 30, 100, 107, 200, 205, 300, 310])
    monkeypatch.setattr(stopwatch.time, "perf_counter", lambda: next(clock))
    watch = Stopwatch()
    call, x = watch.compiled(lambda *_: None), np.zeros(3, np.float32)
    for _ in range(3):
        call("function", x)
    call("another that is called once", x)
    assert watch.compilation() == (30 - 5) + 10


def test_a_straight_line_costs_the_same_for_each_more() -> None:
    measured = [
        Measurement(growth.IMAGES, str(count), contender, value)
        for count in (10, 100, 1000)
        for contender, value in (
            (growth.SECONDS, 3 + 0.002 * count),
            (growth.BYTES, 2**20 * (400 + 3 * count)),
            (growth.DATA, 2**20 * count),
        )
    ]
    found = tables(pd.DataFrame(measured)).splitlines()
    assert "| 1,000 | 5.0 | 2.000 | 3,400 |" in found
    assert (
        "By the two largest, the memory is 400 MiB and 3.00 times the images' own bytes." in found
    )


def planted(row: str, values: dict[str, tuple[float, float]]) -> list[Measurement]:
    return [
        Measurement(row, "vae", contender, value, repetition)
        for contender, both in values.items()
        for repetition, value in enumerate(both)
    ]


STEPS, OPERATIONS, EPOCHS = training.KERAS
SPEEDS = planted(
    "training",
    {
        training.STUDY: (8000, 9000),
        STEPS: (4000, 2000),
        OPERATIONS: (1000, 3000),
        EPOCHS: (6000, 6000),
        training.PYTORCH: (5000, 6000),
    },
)


def test_ratios_are_taken_repetition_by_repetition_against_the_better_way() -> None:
    found = tables(pd.DataFrame(SPEEDS))
    row = "| `vae` | 8,500 (8,000–9,000) | 2.50 (2.00–3.00) | 1.42 (1.33–1.50) | 1.55 (1.50–1.60) |"
    assert f"{row} – |" in found


def test_shares_of_a_step_add_up() -> None:
    steps = {"whole": (10, 10), "gradient": (7, 7), "products": (6, 6), "data": (1, 1)}
    measured = planted("step", steps)
    measured += planted("limit", {training.STUDY: (4e9, 4e9), training.NATIVE_STUDY: (5e9, 5e9)})
    measured += planted("operations", {training.STUDY: (1e10, 1e10)})
    measured += planted("busy", {training.STUDY: (0.9, 0.9)})
    (row,) = (line for line in tables(pd.DataFrame(measured)).splitlines() if "vae" in line)
    assert row.split("|")[-6:-1] == [" 10% ", " 50% ", " 10% ", " 30% ", " 90% "]
    assert "| 4 (4–4) | 0.80 (0.80–0.80) | 0.25 (0.25–0.25) | 0.50 (0.50–0.50) |" in row


def test_a_part_that_was_not_measured_has_no_share() -> None:
    # A convolutional variant has no loop of products alone.
    measured = planted("step", {"whole": (10, 10), "gradient": (7, 7), "data": (1, 1)})
    (row,) = (line for line in tables(pd.DataFrame(measured)).splitlines() if "vae" in line)
    assert row.split("|")[-6:-1] == [" 10% ", " – ", " – ", " 30% ", " – "]


def test_one_number_has_no_range() -> None:
    assert spread(pd.Series([1.234])) == "1.23"


def test_the_chart_has_a_bar_for_each_contender() -> None:
    figure = training_speed(pd.DataFrame(SPEEDS), "a day, a processor")
    (axes,) = figure.axes
    assert [bar.get_width() for bar in axes.patches] == [8.5, 5.5, 3, 2, 6]
    assert axes.get_title() == "a day, a processor"


def measured_on(day: str, numbers: list[Measurement]) -> dict[str, object]:
    machine = {"Processor": "a processor", "Cores available": "2"}
    machine |= {"Vector instructions": "avx2", "Memory": "8.0 GiB"}
    about = {"started": f"{day} 10:00 UTC", "commit": "0123", "changes": "none"}
    return {
        **about,
        "machine": machine,
        "options": {"torch": "none"},
        "measurements": [entry._asdict() for entry in numbers],
    }


def test_a_record_is_published_whole_and_read_back(tmp_path: Path) -> None:
    kept: record.Record = {"training": measured_on("2020-01-02", SPEEDS)}
    kept["comparison"] = measured_on("2020-03-04", planted("comparison", {training.STUDY: (1, 2)}))
    record.publish(kept, tmp_path)
    assert record.read(tmp_path / "benchmark.json") == kept
    found = (tmp_path / "benchmark.md").read_text()
    assert "## comparison: 2020-03-04, a processor, 2 cores" in found
    assert "commit: 0123, changes since that commit: none" in found
    assert "**Training**" in found
    assert "8,500 (8,000–9,000)" in found
    assert (tmp_path / "benchmark.png").read_bytes().startswith(b"\x89PNG")


def test_rows_of_one_run_are_read_together(tmp_path: Path) -> None:
    threshold = Measurement("change", "a threshold", pipeline.UNTIL_REPORT, 10)
    wall = Measurement("pipeline", pipeline.ALL_STAGES, pipeline.WALL, 1000)
    kept: record.Record = {"pipeline": measured_on("2020-01-02", [wall])}
    kept["change"] = measured_on("2020-01-02", [threshold])
    assert "| a threshold | 10.0 | 1.0 % of all stages |" in record.render(kept)
    # Another day's run is no measure.
    kept["change"] = measured_on("2020-03-04", [threshold])
    assert "| a threshold | 10.0 |  |" in record.render(kept)


def test_what_stages_did_not_take_of_the_run_is_waiting(tmp_path: Path) -> None:
    lines = [
        {"stage": "train@vae", stopwatch.AGE: 60, stopwatch.COMPUTING: 50, stopwatch.STARTING: 10},
        {"stage": "report", stopwatch.AGE: 10, stopwatch.OTHER: 10},
    ]
    file = tmp_path / "stopwatch.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    measured = list(pipeline.spent(file, wall=50, jobs=2))
    assert Measurement("stages", "train@vae", stopwatch.COMPUTING, 50) in measured
    found = tables(pd.DataFrame(measured))
    assert f"| {stopwatch.COMPUTING} | 50 | 50.0 |" in found
    assert f"| {pipeline.DVC} | 30 | 30.0 |" in found
    assert "| in all, of the stages side by side | 100 |  |" in found
    assert f"| {pipeline.WALL} | 50 |  |" in found


def test_sleep_side_by_side_is_compared_with_the_ideal() -> None:
    planted = Measurement(SIDE_BY_SIDE, "16", "60", 2 * STAGES * 60 / 16)
    assert "| 16 | 60 | 240.0 | 0.50 |" in tables(pd.DataFrame([planted]))


def test_what_is_no_record_is_refused_before_anything_is_measured(tmp_path: Path) -> None:
    file = tmp_path / "benchmark.json"
    assert record.read(file) == {}
    for content in ("", "[]", '{"commit": "0123", "measurements": []}', '{"training": {}}'):
        file.write_text(content)
        with pytest.raises(InputError, match=r"benchmark.json.*: expected"):
            record.read(file)


def test_the_published_tables_are_those_of_the_published_measurements() -> None:
    kept = record.read(PROJECT / "reports" / "benchmark.json")
    assert (PROJECT / "reports" / "benchmark.md").read_text() == record.render(kept)
    assert numbers.of_benchmark(PROJECT) in (PROJECT / "docs" / "speed.md").read_text()


@pytest.mark.parametrize(
    "options", [{"rows": "nonsense"}, {"variants": "nonsense"}, {"images": 63}], ids=str
)
def test_what_cannot_be_measured_is_named(options: dict[str, Any]) -> None:
    (value,) = options.values()
    with pytest.raises(BadParameter, match=f"expected .*{value}"):
        main(**options)
