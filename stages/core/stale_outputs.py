"""Moves the outputs of removed variants out of the way.

Stages that gather all variants depend on folders, and DVC hashes every file in a folder. Since DVC
computes that hash after the stage has run, it suffices that the gathering stage itself moves such
files away before it reads the folder: `dvc.lock` is then the same as in a fresh clone.
"""

import shutil
from collections.abc import Collection
from pathlib import Path


def clear_stale_outputs(folder: Path, variants: Collection[str], aside: Path) -> None:
    """Move the files that belong to no variant out of a folder; nothing is deleted but older
    copies.

    Args:
        folder: has one file for each variant, named after it.
        variants: names that are in `params.yaml`.
        aside: where the other files go, into a folder with the name of `folder`.
    """
    for path in sorted(folder.iterdir()):
        if path.is_dir() or path.stem not in variants:
            target = aside / folder.name / path.name
            if target.is_dir():
                shutil.rmtree(target)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
