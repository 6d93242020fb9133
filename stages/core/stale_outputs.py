"""What a removed variant left behind.

Stages that gather all variants depend on folders, and DVC hashes whatever lies in a folder. DVC
records that hash after the stage has run, so it is enough that the gathering stage itself clears
away what belongs to no variant before it reads: `dvc.lock` is then that of a fresh clone.
"""

import shutil
from collections.abc import Collection
from pathlib import Path


def clear_stale_outputs(folder: Path, variants: Collection[str], aside: Path) -> None:
    """Move the files that belong to no variant out of a folder; nothing is lost.

    Args:
        folder: has one file for each variant, named after it.
        variants: names that are in `params.yaml`.
        aside: folder that takes the others, below a folder of the same name.
    """
    for path in sorted(folder.iterdir()):
        if path.is_dir() or path.stem not in variants:
            target = aside / folder.name / path.name
            if target.is_dir():
                shutil.rmtree(target)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
