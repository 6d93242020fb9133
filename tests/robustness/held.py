"""Run a stage as `python -m` does, and hold it in its first epoch for as long as a file is there.

python -m tests.robustness.held FILE -m stages.train sparse --params params.yaml …

The stage itself makes the file, so that whoever wants to strike it there can wait for that.
"""

import runpy
import sys
import time
from pathlib import Path

import tqdm


def main() -> None:
    """Run the module that the command line names."""
    file, _, module, *arguments = sys.argv[1:]
    step = tqdm.tqdm.update

    def held(bar: tqdm.tqdm, count: int = 1) -> None:
        Path(file).touch()
        while Path(file).exists():
            time.sleep(0.05)
        step(bar, count)

    tqdm.tqdm.update = held
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
