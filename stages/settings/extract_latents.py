"""Section `extract_latents`: what the figures of codes and reconstructions show."""

from typing import Annotated

from pydantic import Field

from stages.settings.section import PositiveInt, Section, Seed


class ExtractLatents(Section):
    """Which test images are shown, and the noise that the denoising variants are given."""

    seed: Seed
    images: Annotated[int, Field(gt=1, le=20)]
    points: PositiveInt
