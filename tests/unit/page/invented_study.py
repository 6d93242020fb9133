"""Studies and variants of which only so much is invented as a test needs."""

from pathlib import Path
from typing import Any

from stages.page.study import Study


def study(**known: Any) -> Study:
    """A study of which nothing is known but what is given."""
    made = Study(*[Path("nowhere")] * 7)
    made.__dict__.update(known)
    return made


def variants(**blocks: Any) -> dict[str, Any]:
    form = {"kind": "dense", "hidden": [], "latent_dim": 30, "latent_activation": "linear"}
    return {name: {"architecture": form} | block for name, block in blocks.items()}
