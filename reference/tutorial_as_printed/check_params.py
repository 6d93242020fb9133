"""DVC stage check_params: `params.yaml`, whole -> a constant file, or a refusal."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from reference.tutorial_as_printed.schema import RandomCodes, ShownCodes, Training
from stages.core.cli import Input, Output, run
from stages.core.formats import write_text
from stages.core.names import Name
from stages.core.params import Section, Seeds, load, validate
from stages.datasets.schema import Dataset


class Params(Section):
    """All of `params.yaml`, for the checks that need more than one section."""

    dataset: Name
    datasets: Annotated[dict[Name, Dataset], Field(min_length=1)]
    seeds: Seeds
    train: Training
    random_codes: RandomCodes
    shown_codes: ShownCodes

    @model_validator(mode="after")
    def _sections_fit(self) -> Self:
        if self.dataset not in self.datasets:
            raise ValueError(f"dataset: one of {sorted(self.datasets)}, received {self.dataset!r}")
        if self.shown_codes > self.random_codes.count:
            raise ValueError(
                f"shown_codes: at most the {self.random_codes.count} that are decoded, received "
                f"{self.shown_codes}"
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
