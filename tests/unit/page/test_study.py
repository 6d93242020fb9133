"""What the page takes out of parameters and tables."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stages.page.study import Study, records
from tests.unit.page.invented_study import study

FORM = {"kind": "dense", "hidden": [], "latent_dim": 7, "latent_activation": "linear"}
PARAMS: dict[str, Any] = {
    "variants": {
        "vae": {"architecture": FORM, "beta": 0},
        "b": {"architecture": {**FORM, "latent_dim": 3}, "beta": None},
        "a": {"architecture": FORM},
    },
    "dataset": "small",
    "datasets": {"large": {"height": 9, "width": 9}, "small": {"height": 4, "width": 5}},
    "train": {"seeds": [3, 1], "batch_size": 32},
    "claims": {"confidence": 0.9, "primary": ["x.b", "y.a", "x.a"]},
    "semi_supervised": {
        "regimes": ["scratch", "finetuned"],
        "exploratory_draws": 3,
        "primary": ["a", "vae"],
    },
}


def changed(section: str, **values: Any) -> dict[str, Any]:
    return {**PARAMS, section: {**PARAMS[section], **values}}


def test_variants_in_their_order_by_kind() -> None:
    given = study(params=PARAMS)
    assert given.variants == ["vae", "b", "a"]
    assert given.variational == ["vae"]  # also with a weight of 0
    assert given.plain == ["b", "a"]
    assert [given.width(name) for name in given.variants] == [7, 3, 7]
    assert given.has("a", "vae")
    assert not given.has("a", "unknown")
    assert given.known(["unknown", "a", "vae"]) == ["a", "vae"]


def test_a_study_stays_what_it_is() -> None:
    with pytest.raises(AttributeError, match="cannot assign"):
        study().metrics = Path("elsewhere")


def test_parameters_as_the_page_writes_them() -> None:
    given = study(params=PARAMS)
    assert given.pixels_of_image == 20
    assert given.no_tiles.shape == (0, 4, 5)
    assert given.confidence == "90%"
    assert given.seeds == [3, 1]
    assert given.main_regime == "finetuned"
    assert study(params=changed("semi_supervised", regimes=["frozen", "x"])).main_regime == "frozen"


@pytest.mark.parametrize(("images", "batch"), [(20, 20), (32, 32), (33, 32)])
def test_a_batch_has_as_many_images_as_there_are_at_most(images: int, batch: int) -> None:
    assert study(params=PARAMS, sizes={"train_images": images}).batch == batch


def test_primary_questions_in_the_order_of_the_parameters_and_all_others() -> None:
    ledger = [
        {"id": name, "primary": name != "y.b", "verdict": "supported" if ".a" in name else "no"}
        for name in ("x.a", "y.b", "y.a", "x.b")
    ]
    given = study(params=PARAMS, ledger=ledger)
    assert [entry["id"] for entry in given.primary] == ["x.b", "y.a", "x.a"]
    assert [entry["id"] for entry in given.exploratory] == ["y.b"]
    assert (given.count("supported"), given.count("no"), given.count("other")) == (2, 1, 0)


def test_means_over_seeds_by_variant_and_set() -> None:
    latents = pd.DataFrame(
        {"variant": ["a", "a", "b"], "test_mse": [1.0, 2.0, 4.0], "text": ["x", "y", "z"]}
    )
    samples = pd.DataFrame(
        {"variant": "a", "set": ["normal", "normal", "mixture"], "coverage": [0.25, 0.75, 1.0]}
    )
    given = study(latents=latents, samples=samples)
    assert given.means == {"a": {"test_mse": 1.5}, "b": {"test_mse": 4.0}}
    assert given.scores == {"a": {"normal": {"coverage": 0.5}, "mixture": {"coverage": 1.0}}}
    assert records(latents[:1]) == [{"variant": "a", "test_mse": 1.0, "text": "x"}]


def test_tables_come_from_their_files(tmp_path: Path) -> None:
    metrics, reference = tmp_path / "metrics", tmp_path / "reference"
    for folder in (metrics / "units", metrics / "points", reference):
        folder.mkdir(parents=True)
    for name in ("a", "b"):
        (metrics / "units" / f"{name}.csv").write_text(f"variant,unit\n{name},0\n{name},1\n")
    (metrics / "points" / "a.csv").write_text("x\n5\n")
    for name in ("summary", "dataset", "split", "pixels", "claims"):
        content = [{"name": name}] if name == "claims" else {"name": name}
        (metrics / f"{name}.json").write_text(json.dumps(content))
    published = tmp_path / "published.csv"
    published.write_text("dataset,quantity\nlarge,x\nsmall,y\n")
    summary = {"dataset": "small", "seeds": 2}
    (reference / "summary.json").write_text(json.dumps(summary))
    (reference / "seeds.csv").write_text("model_seed\n4\n")
    lock = tmp_path / "requirements.lock"
    lock.write_text("one-package==1.2.3 \\\n    --hash=sha256:0==1\ntwo.x==4\n# three==5\n")
    given = Study(
        *(tmp_path / "params.yaml", metrics, tmp_path, published, reference, tmp_path, lock)
    )
    given.__dict__["params"] = PARAMS
    assert given.units(["b", "a"])["variant"].tolist() == ["b", "b", "a", "a"]
    assert given.points("a")["x"].tolist() == [5]
    assert [given.summary, given.profile, given.sizes, given.pixels] == [
        {"name": name} for name in ("summary", "dataset", "split", "pixels")
    ]
    assert given.ledger == [{"name": "claims"}]
    assert given.published["quantity"].tolist() == ["y"]
    assert given.likelihood == summary
    assert given.likelihood_of_seeds["model_seed"].tolist() == [4]
    assert given.packages == [("one-package", "1.2.3"), ("two.x", "4")]
    other = Study(*[tmp_path] * 4, reference, *[tmp_path] * 2)
    other.__dict__["params"] = {**PARAMS, "dataset": "large"}
    assert other.likelihood is None


@pytest.mark.parametrize(
    "name",
    [
        *("latents", "samples", "ladder", "comparisons", "accuracy", "label_curve", "baselines"),
        *("label_curve_comparisons", "learning_curves", "beta_curve", "exercise", "longer"),
        *("printed", "tuning"),
    ],
)
def test_each_table_comes_from_the_file_of_its_name(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.csv").write_text(
        "x,chosen,at_edge,updates,validation_accuracy\n5,True,False,,0.5\n"
    )
    given = Study(Path("a"), tmp_path, *[Path("a")] * 5)
    assert getattr(given, name)["x"].tolist() == [5]


def test_tiles_come_from_their_files_in_the_size_of_the_images(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folders = [
        Path(name) for name in ("params", "metrics", "figures", "x", "y", "printed.png", "z")
    ]
    given = Study(*folders)
    given.__dict__["params"] = PARAMS
    monkeypatch.setattr("stages.page.study.read_tiles", lambda *asked: asked)
    assert given.tiles("samples", "vae") == (Path("figures/samples/vae.png"), 4, 5)
    assert given.printed_tiles == (Path("printed.png"), 4, 5)


def test_the_front_is_of_small_errors_and_large_accuracies() -> None:
    means = {
        "vae": {"test_mse": 0.1, "knn_accuracy": 0.5},
        "b": {"test_mse": 0.2, "knn_accuracy": 0.4},
        "a": {"test_mse": 0.3, "knn_accuracy": 0.9},
    }
    assert study(params=PARAMS, means=means).front == ["vae", "a"]


def test_the_winner_of_the_exercise() -> None:
    table = pd.DataFrame({"setting": ["x", "y"], "winner": [False, True]})
    assert study(exercise=table).winner == "y"


@pytest.mark.parametrize(
    ("draws", "common", "more"), [(2, 2, []), (3, 3, []), (4, 3, ["vae", "a"])]
)
def test_who_meets_more_draws_than_all(draws: int, common: int, more: list[str]) -> None:
    given = study(params=PARAMS, sizes={"label_draws": draws})
    assert given.draws == common
    assert given.with_all_draws == more


@pytest.mark.parametrize(
    ("beta", "weight"),
    [(2, 2.0), (0.5, 0.5), ("calibrated", 1.25), ("pixels_times_batch_size", 640.0)],
)
def test_the_weight_of_the_kl(beta: object, weight: float) -> None:
    given = study(
        params=changed("variants", vae={"architecture": FORM, "beta": beta}),
        means={"vae": {"test_squared_error_of_sampled_code": 12.5}},
        sizes={"train_images": 100},
    )
    found = given.weight_of_kl("vae")
    assert found == weight
    assert isinstance(found, (int, float))


def test_more_updates_gain_the_mean_over_variants_of_their_best_by_regime() -> None:
    tuning = pd.DataFrame(
        [
            ("a", "scratch", 90, 0.70),
            ("a", "scratch", 180, 0.60),
            ("a", "scratch", 360, 0.65),
            ("a", "finetuned", 180, 0.5),
            ("a", "finetuned", 360, 0.75),
            ("b", "scratch", 180, 0.5),
            ("b", "scratch", 360, 0.6),
            ("b", "scratch", 360, 0.5),
            ("b", "frozen", np.nan, 0.9),
        ],
        columns=["variant", "regime", "updates", "validation_accuracy"],
    ).assign(inverse_regularization=np.nan)
    few = {"semi_supervised": {"regimes": ["frozen", "finetuned", "scratch"]}}
    assert study(params=few, tuning=tuning).gains_of_most_updates == {
        "finetuned": pytest.approx(25.0),
        "scratch": pytest.approx(100 * (-0.05 + 0.1) / 2),
    }
