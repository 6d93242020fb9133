"""DVC stage check_params: `params.yaml`, whole -> a constant file, or a refusal."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from reference.gaussian_prior_vae.schema import (
    BinarySplit,
    Estimate,
    GatedModel,
    Published,
    UntilStopped,
)
from stages.core.cli import Input, Output, run
from stages.core.formats import write_text
from stages.core.names import Name
from stages.core.params import Section, Seeds, Threads, load, validate
from stages.datasets.schema import Dataset


class Params(Section):
    """All of `params.yaml`, for the checks that need more than one section."""

    dataset: Name
    datasets: Annotated[dict[Name, Dataset], Field(min_length=1)]
    threads: Threads
    seeds: Seeds
    split: BinarySplit
    model: GatedModel
    train: UntilStopped
    estimate: Estimate
    confidence: Annotated[float, Field(gt=0, lt=1)]
    published: Published

    @model_validator(mode="after")
    def _sections_fit(self) -> Self:
        if self.dataset not in self.datasets:
            raise ValueError(f"dataset: one of {sorted(self.datasets)}, received {self.dataset!r}")
        images = self.datasets[self.dataset]
        if self.split.training_images >= images.train_images:
            raise ValueError(
                f"split.training_images: fewer than the {images.train_images} there are, since the "
                f"others validate, received {self.split.training_images}"
            )
        if self.estimate.repeated_images > images.test_images:
            raise ValueError(
                f"estimate.repeated_images: at most the {images.test_images} test images, received "
                f"{self.estimate.repeated_images}"
            )
        if self.published.dataset != self.dataset:
            raise ValueError(
                f"published.dataset: {self.dataset}, received a number published for "
                f"{self.published.dataset}"
            )
        return self


def main(params: Input, checked: Output) -> None:
    """Refuse wrong values.

    Args:
        params: `params.yaml`.
        checked: text that is the same for every file that passes, so that nothing runs again.
    """
    validate(load(params), Params, str(params))
    write_text(checked, "params.yaml makes sense\n")


if __name__ == "__main__":
    run(main)
