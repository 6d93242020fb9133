"""All of `params.yaml`, for the checks that need more than one section."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from stages.settings.baselines import Baselines
from stages.settings.claims import Claims
from stages.settings.classifier import Classifier
from stages.settings.dataset import Dataset, Name
from stages.settings.extract_latents import ExtractLatents
from stages.settings.label_curve import LabelCurve
from stages.settings.report import Report
from stages.settings.sampling import Sampling
from stages.settings.section import Section
from stages.settings.semi_supervised import SemiSupervised
from stages.settings.split import Split
from stages.settings.train import Device, Threads, Train
from stages.settings.variant import Variant


class Everything(Section):
    """The whole file."""

    dataset: Name
    datasets: Annotated[dict[Name, Dataset], Field(min_length=1)]
    device: Device
    threads: Threads
    split: Split
    train: Train
    variants: Annotated[dict[Name, Variant], Field(min_length=1)]
    extract_latents: ExtractLatents
    semi_supervised: SemiSupervised
    label_curve: LabelCurve
    baselines: Baselines
    classifier: Classifier
    sampling: Sampling
    claims: Claims
    report: Report

    @model_validator(mode="after")
    def _sections_fit(self) -> Self:
        if self.dataset not in self.datasets:
            raise ValueError(f"dataset: one of {sorted(self.datasets)}, received {self.dataset!r}")
        images = self.datasets[self.dataset].train_images
        left = images - round(self.split.validation_fraction * images)
        labels = round(self.semi_supervised.label_fraction * images)
        if labels > left:
            raise ValueError(
                f"semi_supervised.label_fraction: at most the {left} training images outside the "
                f"validation part, received {labels} labels"
            )
        tuning = self.semi_supervised.tuning
        rates = len(tuning.output_learning_rates), len(tuning.encoder_learning_rates)
        if rates[0] != rates[1] or rates[0] * len(tuning.epoch_shares) > 6:
            raise ValueError(
                "semi_supervised.tuning: as many output_learning_rates as encoder_learning_rates, "
                "and with epoch_shares at most six settings for each regime, received "
                f"{rates[0]} and {rates[1]} rates with {len(tuning.epoch_shares)} shares"
            )
        unknown = sorted(set(self.label_curve.variants) - set(self.variants))
        if unknown:
            raise ValueError(
                f"label_curve.variants: names from variants ({', '.join(self.variants)}), "
                f"received {', '.join(unknown)}"
            )
        if self.label_curve.fewest_updates > self.label_curve.most_updates:
            raise ValueError(
                "label_curve.fewest_updates: at most label_curve.most_updates "
                f"({self.label_curve.most_updates}), received {self.label_curve.fewest_updates}"
            )
        if self.claims.bad_share > self.claims.good_share:
            raise ValueError(
                f"claims.bad_share: at most claims.good_share "
                f"({self.claims.good_share}), received {self.claims.bad_share}"
            )
        return self
