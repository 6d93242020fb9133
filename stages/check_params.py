"""DVC stage check_params: `params.yaml`, whole -> a constant file, or a refusal."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from stages.codes.schema import ExtractLatents
from stages.core.cli import Input, Output, run
from stages.core.formats import write_text
from stages.core.names import Name
from stages.core.params import Device, Section, Threads, load, validate
from stages.datasets.schema import FEWEST_OF_A_CLASS, Dataset, Split
from stages.few_labels.schema import Baselines, LabelCurve, SemiSupervised
from stages.ledger.schema import Claims
from stages.models.schema import Variant
from stages.page.schema import Report
from stages.samples.schema import Classifier, Sampling
from stages.training.schema import BetaCurve, Exercise, Longer, Train

# With more pixels, principal components would take more than some gibibytes.
_MOST_PIXELS = 2**14


class Params(Section):
    """All of `params.yaml`, for the checks that need more than one section."""

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
    beta_curve: BetaCurve
    exercise: Exercise
    longer: Longer
    claims: Claims
    report: Report

    @model_validator(mode="after")
    def _sections_fit(self) -> Self:
        if self.dataset not in self.datasets:
            raise ValueError(f"dataset: one of {sorted(self.datasets)}, received {self.dataset!r}")
        data = self.datasets[self.dataset]
        images = data.train_images
        left = images - round(self.split.validation_fraction * images)
        labels = round(self.semi_supervised.label_fraction * images)
        if labels > left:
            raise ValueError(
                f"semi_supervised.label_fraction: at most the {left} training images outside the "
                f"validation part, received {labels} labels"
            )
        if images < FEWEST_OF_A_CLASS * len(data.classes):
            raise ValueError(
                f"datasets.{self.dataset}.train_images: at least {FEWEST_OF_A_CLASS} of each of "
                f"{len(data.classes)} classes, received {images}"
            )
        if 2 * self.sampling.interpolations > data.test_images:
            raise ValueError(
                f"sampling.interpolations: at most half as many as the {data.test_images} test "
                f"images, received {self.sampling.interpolations}"
            )
        pixels = data.height * data.width
        if pixels > _MOST_PIXELS:
            raise ValueError(
                f"datasets.{self.dataset}: a height and width of at most {_MOST_PIXELS:,} pixels "
                "together, since principal components take the memory of pixels times pixels, "
                f"received {data.height} x {data.width}"
            )
        # Wider than the data are, baselines take the pixels themselves.
        narrow = min(images, pixels)
        for key, widths in (
            ("semi_supervised.components", [self.semi_supervised.components]),
            ("baselines.components", [w for w in self.baselines.components if w < narrow]),
        ):
            if max(widths, default=0) > left:
                raise ValueError(
                    f"{key}: at most as many as the {left} training images outside the validation "
                    f"part, received {max(widths)}"
                )
        for key, names in (
            ("label_curve.variants", self.label_curve.variants),
            ("longer.variants", self.longer.variants),
            ("semi_supervised.primary", self.semi_supervised.primary),
        ):
            unknown = sorted(set(names) - set(self.variants))
            if unknown:
                raise ValueError(
                    f"{key}: names from variants ({', '.join(self.variants)}), "
                    f"received {', '.join(unknown)}"
                )
        if list(self.baselines.components) != sorted(self.baselines.components):
            raise ValueError(
                "baselines.components: numbers in increasing order, since graphs are made of the "
                f"first, received {list(self.baselines.components)}"
            )
        if self.label_curve.min_updates > self.label_curve.max_updates:
            raise ValueError(
                "label_curve.min_updates: at most label_curve.max_updates "
                f"({self.label_curve.max_updates}), received {self.label_curve.min_updates}"
            )
        if self.beta_curve.variant not in self.variants:
            raise ValueError(
                f"beta_curve.variant: one of variants ({', '.join(self.variants)}), "
                f"received {self.beta_curve.variant}"
            )
        return self


def main(params: Input, checked: Output) -> None:
    """Validate every section and what they mean together.

    Args:
        params: `params.yaml`.
        checked: a file with constant content: valid changes rerun nothing by themselves.
    """
    validate(load(params), Params, Path(params).name)
    write_text(checked, "params.yaml is valid\n")


if __name__ == "__main__":
    run(main)
