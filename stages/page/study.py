"""All that the report says comes from here: parameters, tables, and small sums over them."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.core.params import load
from stages.figures.tiles import read_tiles
from stages.ledger.front import on_front
from stages.page.names import per_cent
from stages.page.tuning import Reach, distinct, reach


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Take the rows of a table."""
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def _means(table: pd.DataFrame) -> dict[str, float]:
    """Take the mean of each column of numbers."""
    return {str(key): float(value) for key, value in table.mean(numeric_only=True).items()}


@dataclass(frozen=True)
class Study:
    """The parameters and results of one run.

    Attributes:
        params_file: `params.yaml`.
        metrics: folder of tables.
        figures: folder of pictures.
        published_file: CSV of other people's numbers.
        reference: folder of what was measured for a published likelihood.
        printed_file: PNG of random codes, decoded by the tutorial's models as it prints them.
        lock: versions of the packages.
    """

    params_file: Path
    metrics: Path
    figures: Path
    published_file: Path
    reference: Path
    printed_file: Path
    lock: Path

    # Parameters

    @cached_property
    def params(self) -> dict[str, Any]:
        """All of `params.yaml`."""
        return load(self.params_file)

    @property
    def dataset(self) -> dict[str, Any]:
        """What `params.yaml` says of the data set."""
        found: dict[str, Any] = self.params["datasets"][self.params["dataset"]]
        return found

    @property
    def pixels_of_image(self) -> int:
        """Pixels of one image."""
        return int(self.dataset["height"] * self.dataset["width"])

    @property
    def variants(self) -> list[str]:
        """All variants, in the order of `params.yaml`."""
        return list(self.params["variants"])

    def has(self, *names: str) -> bool:
        """Whether all of these variants are in the study."""
        return all(name in self.params["variants"] for name in names)

    def known(self, names: Iterable[str]) -> list[str]:
        """Those of some names that are variants of this study."""
        return [name for name in names if self.has(name)]

    @property
    def variational(self) -> list[str]:
        """Variants whose code is a distribution."""
        found = self.params["variants"]
        return [name for name in self.variants if found[name].get("beta") is not None]

    @property
    def plain(self) -> list[str]:
        """The other variants."""
        return [name for name in self.variants if name not in self.variational]

    def architecture(self, name: str) -> dict[str, Any]:
        """Layers of a variant."""
        found: dict[str, Any] = self.params["variants"][name]["architecture"]
        return found

    def width(self, name: str) -> int:
        """Units of a variant's code."""
        return int(self.architecture(name)["latent_dim"])

    @property
    def seeds(self) -> list[int]:
        """Pretraining seeds."""
        return list(self.params["train"]["seeds"])

    @property
    def regimes(self) -> list[str]:
        """How classifiers with few labels are trained."""
        return list(self.params["semi_supervised"]["regimes"])

    @property
    def all_regimes(self) -> list[str]:
        """These and those of the label curve."""
        return list(dict.fromkeys([*self.regimes, *self.params["label_curve"]["regimes"]]))

    @property
    def main_regime(self) -> str:
        """The regime that is shown where there is room for one."""
        return "finetuned" if "finetuned" in self.regimes else self.regimes[0]

    @property
    def confidence(self) -> str:
        """Of intervals, `95%`."""
        return per_cent(self.params["claims"]["confidence"])

    # Tables

    def _json(self, name: str) -> Any:
        return json.loads((self.metrics / f"{name}.json").read_text(encoding="utf-8"))

    def _csv(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.metrics / f"{name}.csv")

    @cached_property
    def summary(self) -> dict[str, Any]:
        """Headline numbers, flat."""
        return dict(self._json("summary"))

    @cached_property
    def profile(self) -> dict[str, Any]:
        """What is known of the data set."""
        return dict(self._json("dataset"))

    @cached_property
    def sizes(self) -> dict[str, Any]:
        """How many images are labelled, and for what."""
        return dict(self._json("split"))

    @cached_property
    def pixels(self) -> dict[str, Any]:
        """What pixels and principal components measure."""
        return dict(self._json("pixels"))

    @cached_property
    def ledger(self) -> list[dict[str, Any]]:
        """Entries of `claims.json`."""
        return list(self._json("claims"))

    @cached_property
    def primary(self) -> list[dict[str, Any]]:
        """The primary questions, in the order of `params.yaml`."""
        order = self.params["claims"]["primary"]
        return sorted(
            (entry for entry in self.ledger if entry["primary"]),
            key=lambda entry: order.index(entry["id"]),
        )

    @cached_property
    def exploratory(self) -> list[dict[str, Any]]:
        """All other comparisons."""
        return [entry for entry in self.ledger if not entry["primary"]]

    def count(self, verdict: str) -> int:
        """How many primary questions have a verdict."""
        return len([entry for entry in self.primary if entry["verdict"] == verdict])

    @cached_property
    def latents(self) -> pd.DataFrame:
        """Reconstructions and codes, a row for each variant and pretraining seed."""
        return self._csv("latents")

    @cached_property
    def means(self) -> dict[str, dict[str, float]]:
        """`latents`, means over seeds, by variant and measure."""
        return {str(name): _means(rows) for name, rows in self.latents.groupby("variant")}

    @cached_property
    def samples(self) -> pd.DataFrame:
        """Scores of samples, a row for each variant, pretraining seed and set."""
        return self._csv("samples")

    @cached_property
    def scores(self) -> dict[str, dict[str, dict[str, float]]]:
        """`samples`, means over seeds, by variant, set and measure."""
        found: dict[str, dict[str, dict[str, float]]] = {}
        for (name, kind), rows in self.samples.groupby(["variant", "set"]):
            found.setdefault(str(name), {})[str(kind)] = _means(rows)
        return found

    @cached_property
    def ladder(self) -> pd.DataFrame:
        """Scores of sets whose quality is known."""
        return self._csv("ladder")

    @cached_property
    def comparisons(self) -> pd.DataFrame:
        """Differences of accuracies with few labels, with intervals."""
        return self._csv("comparisons")

    @cached_property
    def accuracy(self) -> pd.DataFrame:
        """Accuracies with few labels, a row for each run."""
        return self._csv("accuracy")

    @cached_property
    def label_curve(self) -> pd.DataFrame:
        """Accuracies with other numbers of labels, a row for each run."""
        return self._csv("label_curve")

    @cached_property
    def label_curve_comparisons(self) -> pd.DataFrame:
        """Differences to training from scratch at each number of labels."""
        return self._csv("label_curve_comparisons")

    @cached_property
    def baselines(self) -> pd.DataFrame:
        """Accuracies without an autoencoder, a row for each draw."""
        return self._csv("baselines")

    @cached_property
    def learning_curves(self) -> pd.DataFrame:
        """Errors after each epoch."""
        return self._csv("learning_curves")

    @cached_property
    def beta_curve(self) -> pd.DataFrame:
        """Rate, distortion and samples for weights of the KL."""
        return self._csv("beta_curve")

    @cached_property
    def exercise(self) -> pd.DataFrame:
        """The exercise's settings, on validation images."""
        return self._csv("exercise")

    @cached_property
    def longer(self) -> pd.DataFrame:
        """Some variants after more epochs, on validation images."""
        return self._csv("longer")

    @cached_property
    def printed(self) -> pd.DataFrame:
        """The tutorial's own program beside the study."""
        return self._csv("printed")

    @cached_property
    def tuning(self) -> pd.DataFrame:
        """All settings that were tried with few labels; none where only graphs are made."""
        kinds = {"chosen": bool, "at_edge": bool, "updates": float, "validation_accuracy": float}
        return self._csv("tuning").astype(kinds)

    def points(self, name: str) -> pd.DataFrame:
        """Test images on two principal components of pixels and of a variant's codes."""
        return pd.read_csv(self.metrics / "points" / f"{name}.csv")

    def units(self, names: Iterable[str]) -> pd.DataFrame:
        """What each unit of the codes of one variant or more does."""
        folder = self.metrics / "units"
        return pd.concat(pd.read_csv(folder / f"{name}.csv") for name in names)

    def tiles(self, kind: str, name: str) -> NDArray[np.uint8]:
        """Images of a variant: (rows, columns, height, width).

        Args:
            kind: `reconstructions` (rows: test images, reconstructions, the same with noise, and
                what becomes of these), `samples` (rows: N(0, I), training images nearest to these,
                Gaussian, mixture), `interpolations` or `traversals`.
            name: of the variant.
        """
        return self._tiles(self.figures / kind / f"{name}.png")

    def _tiles(self, path: Path) -> NDArray[np.uint8]:
        return read_tiles(path, self.dataset["height"], self.dataset["width"])

    @property
    def no_tiles(self) -> NDArray[np.uint8]:
        """No images of the right size."""
        return np.empty((0, self.dataset["height"], self.dataset["width"]), np.uint8)

    @cached_property
    def published(self) -> pd.DataFrame:
        """Other people's numbers on this data set."""
        table = pd.read_csv(self.published_file)
        found: pd.DataFrame = table[table["dataset"] == self.params["dataset"]]
        return found

    @cached_property
    def likelihood(self) -> Mapping[str, Any] | None:
        """What the experiment with a published likelihood found; None on other data sets."""
        found: dict[str, Any] = json.loads(
            (self.reference / "summary.json").read_text(encoding="utf-8")
        )
        return found if found["dataset"] == self.params["dataset"] else None

    @cached_property
    def likelihood_of_seeds(self) -> pd.DataFrame:
        """The same for each seed."""
        return pd.read_csv(self.reference / "seeds.csv")

    @property
    def printed_tiles(self) -> NDArray[np.uint8]:
        """Random codes decoded by the tutorial's trivial, compressing and variational models."""
        return self._tiles(self.printed_file)

    @cached_property
    def packages(self) -> list[tuple[str, str]]:
        """Names and versions of the locked packages."""
        return re.findall(r"^([\w.-]+)==(\S+)", self.lock.read_text(encoding="utf-8"), re.MULTILINE)

    # Small sums

    @cached_property
    def front(self) -> list[str]:
        """Variants than which no other is at least as good in error and in separation."""
        names = self.variants
        error, accuracy = (
            np.array([self.means[name][key] for name in names])
            for key in ("test_mse", "knn_accuracy")
        )
        return [name for name, first in zip(names, on_front(error, accuracy), strict=True) if first]

    @property
    def winner(self) -> str:
        """The setting that wins the exercise."""
        return str(self.exercise.loc[self.exercise["winner"], "setting"].iloc[0])

    @property
    def probes_at_edge(self) -> int:
        """Codes whose probe takes the smallest or the largest C that is tried."""
        tried = self.params["extract_latents"]["quality"]["inverse_regularizations"]
        return int(
            self.latents["probe_inverse_regularization"].isin([min(tried), max(tried)]).sum()
        )

    @cached_property
    def reach(self) -> Reach:
        """How many choices of settings lie at an edge of what was tried."""
        return reach(distinct(self.tuning))

    @cached_property
    def gains_of_most_updates(self) -> dict[str, float]:
        """Points of validation accuracy that the most updates gain, mean over variants, by regime.

        Of those regimes that try several numbers of updates, and of the choices that `distinct`
        keeps.
        """
        tried = distinct(self.tuning).dropna(subset="updates")
        most = tried["updates"].max()
        groups = ["variant", "regime"]
        gain = (
            tried[tried["updates"] == most].groupby(groups)["validation_accuracy"].max()
            - tried[tried["updates"] < most].groupby(groups)["validation_accuracy"].max()
        ).dropna()
        means = 100 * gain.groupby("regime").mean()
        return {name: float(means[name]) for name in self.regimes if name in means}

    @property
    def draws(self) -> int:
        """Draws of the labels that every variant meets."""
        exploratory = int(self.params["semi_supervised"]["exploratory_draws"])
        return min(exploratory, int(self.sizes["label_draws"]))

    @property
    def with_all_draws(self) -> list[str]:
        """Variants that meet more draws than the others."""
        if self.sizes["label_draws"] <= self.draws:
            return []
        return [name for name in self.variants if name in self.params["semi_supervised"]["primary"]]

    def plain_twin(self, name: str) -> str | None:
        """Find another variant with the same layers and the squared error alone."""
        return self._plain(lambda other: other == self.architecture(name), name)

    def linear_twin(self, name: str) -> str | None:
        """Find a linear autoencoder whose code is as wide as another variant's."""
        width = self.width(name)
        linear = {"hidden": [], "latent_dim": width, "latent_activation": "linear"}
        return self._plain(lambda other: linear.items() <= other.items(), name)

    def _plain(self, fits: Callable[[Mapping[str, Any]], bool], name: str) -> str | None:
        blocks = self.params["variants"]
        found = (
            other
            for other in self.variants
            if other != name
            and fits(self.architecture(other))
            and not any(blocks[other].get(term) for term in ("sparsity", "noise", "beta"))
        )
        return next(found, None)

    def variance_on_two(self, name: str) -> str:
        """Share of a code's variance that two principal components keep, in per cent.

        A dash where no unit varies: the share would be one of rounding errors.
        """
        mean = self.means[name]
        return f"{mean['test_variance_on_two_components']:.0%}" if mean["live_units"] else "–"

    def weight_of_kl(self, name: str) -> float:
        """Weight of a variational variant's KL against the squared error of an image.

        A calibrated decoder's weight follows from its variance, which is 1/2 at weight 1.
        """
        beta = self.params["variants"][name]["beta"]
        if beta == "calibrated":
            error = self.means[name]["test_squared_error_of_sampled_code"]
            return 2 * error / self.pixels_of_image
        if beta == "pixels_times_batch_size":
            return self.pixels_of_image * self.batch
        return float(beta)

    @property
    def batch(self) -> int:
        """Images in a batch of pretraining."""
        return int(min(self.params["train"]["batch_size"], self.sizes["train_images"]))
