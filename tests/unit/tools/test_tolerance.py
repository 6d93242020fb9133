"""Files are compared number by number."""

import json
from pathlib import Path
from typing import Any

import pytest

from tools.tolerance import TOLERANCES, Status, compare

CSV = """variant,labels,chosen,recall,test_accuracy
vae,10,True,0.5,0.80
sparse,20,False,,0.70
"""


@pytest.mark.parametrize(
    ("old", "new", "status", "said"),
    [
        ("0.80", "0.8", Status.DIFFERENT, "in another notation"),
        ("0.80", "0.72", Status.WITHIN, "semi_supervised.test_accuracy: 0.8 became 0.72"),
        ("0.80", "0.65", Status.DIFFERENT, "test_accuracy: 0.8 became 0.65"),
        ("True", "False", Status.WITHIN, "chosen: 1 became 0"),
        ("10,", "11,", Status.DIFFERENT, "labels: other values"),
        ("vae", "vea", Status.DIFFERENT, "variant: other values"),
        ("False,,", "False,0.1,", Status.DIFFERENT, "recall: values are missing in one"),
        ("labels", "label", Status.DIFFERENT, "other columns"),
        ("labels", "variant", Status.DIFFERENT, "expected one field"),
        ("vae,", "0,vae,", Status.DIFFERENT, "expected one field"),
        ("sparse,20,False,,0.70\n", "", Status.DIFFERENT, "expected 2 values, received 1"),
    ],
)
def test_tables_are_compared_number_by_number(
    tmp_path: Path, old: str, new: str, status: Status, said: str
) -> None:
    files = [tmp_path / name / "semi_supervised" / "vae.csv" for name in ("old", "new")]
    for file, text in zip(files, (CSV, CSV.replace(old, new, 1)), strict=True):
        file.parent.mkdir(parents=True)
        file.write_text(text)
    found, note = compare(*files)
    assert (found, said in note) == (status, True), note


@pytest.mark.parametrize(
    ("new", "status", "said"),
    [
        ('[{"id": "a", "measured": 0.11}]', Status.WITHIN, "claims.a.measured: 0.1 became 0.11"),
        ('[{"id": "a", "measured": 0.3}]', Status.DIFFERENT, "measured: 0.1 became 0.3"),
        ('[{"id": "b", "measured": 0.1}]', Status.DIFFERENT, "other columns or keys"),
        ('[{"id": "a", "measured": 0.1}, {"id": "a", "measured": 0.2}]', "different", "once"),
        ('[{"id": "a", "measured": 0.2, "measured": 0.1}]', Status.DIFFERENT, "each key once"),
    ],
)
def test_json_is_compared_number_by_number(
    tmp_path: Path, new: str, status: str, said: str
) -> None:
    files = [tmp_path / name / "metrics" / "claims.json" for name in ("old", "new")]
    for file, text in zip(files, ('[{"id": "a", "measured": 0.1}]', new), strict=True):
        file.parent.mkdir(parents=True)
        file.write_text(text)
    found, note = compare(*files)
    assert (found, said in note) == (status, True), note


# By table and column: how far from 1, and how far from 10, a number may come out.
ALLOWED = {
    "tuning.chosen": (1, 1),
    "training.active_units": (2, 2),
    "units.test_kl": (0.16, 1.51),
    "label_curve.label_fraction": (0, 0),
    "tuning.learning_rate": (0, 0),
    "semi_supervised.test_accuracy": (0.12, 0.12),
    "label_curve.test_accuracy": (0.12, 0.12),
    "accuracy.test_accuracy": (0.12, 0.12),
    "latents.knn_accuracy": (0.03, 0.03),
    "latents.accuracy_sd": (0.02, 0.02),
    "summary.test_mse_sd": (0.5, 5),
    "latents.knn_accuracy_2d": (0.01, 0.01),
    "samples.coverage": (0.08, 0.08),
    "samples.two_sample_accuracy": (0.05, 0.05),
    "samples.coverage_of_reconstructions": (0.08, 0.08),
    "samples.two_sample_accuracy_of_reconstructions": (0.05, 0.05),
    "samples.frechet_classifier_of_reconstructions": (0.25, 2.5),
    "samples.frechet_classifier": (0.25, 2.5),
    "samples.nearest_training_image": (0.15, 1.5),
    "comparisons.difference": (0.04, 0.04),
    "comparisons.low": (0.04, 0.04),
    "comparisons.high": (0.04, 0.04),
    "claims.measured": (0.09, 0.54),
    "latents.anything_else": (0.05, 0.5),
}


def column(folder: Path, name: str, *values: float) -> Path:
    """A table with one column of numbers."""
    table, _, header = name.partition(".")
    file = folder / table / "vae.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join([f"model_seed,{header}", *(f"0,{value!r}" for value in values)]))
    return file


@pytest.mark.parametrize("name", ALLOWED)
def test_a_number_may_move_as_far_as_is_allowed_and_no_further(tmp_path: Path, name: str) -> None:
    for published, allowed in zip((1.0, 10.0), ALLOWED[name], strict=True):
        old = column(tmp_path / "old", name, published)
        for sign in (-1, 1):
            if allowed:
                new = column(tmp_path / "new", name, published + sign * 0.999 * allowed)
                assert compare(old, new)[0] == Status.WITHIN
            new = column(tmp_path / "new", name, published + sign * (1.001 * allowed + 1e-6))
            assert compare(old, new)[0] == Status.DIFFERENT


def test_the_ends_of_an_interval_may_move_as_its_middle_may(tmp_path: Path) -> None:
    for end in (0, 1):
        for moved, status in ((0.0899, Status.WITHIN), (0.0901, Status.DIFFERENT)):
            ends = [1.0, 1.0]
            old = json_file(tmp_path / "old", {"interval": ends})
            ends[end] += moved
            assert compare(old, json_file(tmp_path / "new", {"interval": ends}))[0] == status


def test_every_tolerance_is_tried_above() -> None:
    tried = {next(end for end in TOLERANCES if name.endswith(end)) for name in [*ALLOWED][:-1]}
    assert tried | {"interval.0", "interval.1"} == set(TOLERANCES)


def json_file(folder: Path, content: Any) -> Path:
    file = folder / "metrics" / "claims.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content))
    return file


def test_the_largest_difference_for_its_limit_is_named(tmp_path: Path) -> None:
    old = json_file(tmp_path / "old", {"a": {"measured": 1.0}, "b": {"coverage": 0.5}})
    new = json_file(tmp_path / "new", {"a": {"measured": 1.08}, "b": {"coverage": 0.52}})
    assert compare(old, new) == (Status.WITHIN, "claims.a.measured: 1 became 1.08")
    old, new = column(tmp_path / "old", "x.y", 1, 2, 3), column(tmp_path / "new", "x.y", 1, 2.5, 3)
    assert compare(old, new) == (Status.DIFFERENT, "x.y: 2 became 2.5")


def test_whole_numbers_and_truths_must_be_the_same(tmp_path: Path) -> None:
    for before, after in ((10, 11), (True, False), ("a", "b"), (None, "a")):
        old = json_file(tmp_path / "old", {"labels": before})
        new = json_file(tmp_path / "new", {"labels": after})
        assert compare(old, new) == (Status.DIFFERENT, "claims.labels: other values")
    # A number that was whole by chance is a number.
    old = json_file(tmp_path / "old", {"error": 10})
    assert compare(old, json_file(tmp_path / "new", {"error": 10.1}))[0] == Status.WITHIN


def test_units_are_compared_by_the_means_of_each_model(tmp_path: Path) -> None:
    old = tmp_path / "old" / "units" / "vae.csv"
    new = tmp_path / "new" / "units" / "vae.csv"
    for file, rows in ((old, "0,1.0\n0,3.0\n1,5.0\n"), (new, "0,3.001\n0,1.0\n1,5.0\n")):
        file.parent.mkdir(parents=True)
        file.write_text("model_seed,test_kl\n" + rows)
    assert compare(old, new) == (Status.WITHIN, "units.test_kl: 2 became 2.0005")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("vae,0,1.0\nvae,0,3.001\n", "units.rows: other values"),
        ("vae,7,1.0\nvae,7,3.0\nvae,7,2.001\n", "units.model_seed: other values"),
        ("vae,0.001,1.0\nvae,0.001,3.0\nvae,0.001,2.001\n", "units.model_seed: other values"),
        ("vae,0,1.0\nvae,0,3.0\nvae,,2.001\n", "units.model_seed: other values"),
        ("sparse,0,1.0\nsparse,0,3.0\nsparse,0,2.001\n", "units.variant: other values"),
        (
            "vae,0,1.0\nvae,1,3.0\nvae,0,2.001\n",
            "units.variant: expected 1 values, received 2",
        ),
    ],
)
def test_a_model_has_its_units_its_seed_and_its_variant_whatever_the_means(
    tmp_path: Path, rows: str, said: str
) -> None:
    old = tmp_path / "old" / "units" / "vae.csv"
    new = tmp_path / "new" / "units" / "vae.csv"
    for file, text in ((old, "vae,0,1.0\nvae,0,3.0\nvae,0,2.0\n"), (new, rows)):
        file.parent.mkdir(parents=True)
        file.write_text("variant,model_seed,test_kl\n" + text)
    assert compare(old, new) == (Status.DIFFERENT, said)


def test_entries_of_a_list_without_ids_are_named_by_their_place(tmp_path: Path) -> None:
    old = json_file(tmp_path / "old", [[1.0, 2.0], {"b": 1.0}])
    new = json_file(tmp_path / "new", [[1.0, 2.02], {"b": 1.0}])
    assert compare(old, new) == (Status.WITHIN, "claims.0.1: 2 became 2.02")
