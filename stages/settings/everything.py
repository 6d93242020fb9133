"""All of `params.yaml`, for the checks that need more than one section."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from stages.settings.dataset import Dataset, Name
from stages.settings.extract_latents import ExtractLatents
from stages.settings.report import Report
from stages.settings.sampling import Sampling
from stages.settings.section import Section
from stages.settings.semi_supervised import SemiSupervised
from stages.settings.split import Split
from stages.settings.train import Threads, Train
from stages.settings.variant import Variant


class Everything(Section):
    """The whole file."""

    dataset: Name
    datasets: Annotated[dict[Name, Dataset], Field(min_length=1)]
    threads: Threads
    split: Split
    train: Train
    variants: Annotated[dict[Name, Variant], Field(min_length=1)]
    extract_latents: ExtractLatents
    semi_supervised: SemiSupervised
    sampling: Sampling
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
        return self
