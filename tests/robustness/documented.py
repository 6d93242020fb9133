"""Type every command of README and docs in a small study: `make test-docs`.

The study has three small variants of the digits and lies in `build/documented`. Blocks of the
language `sh cluster` are left out, and so are `make check`, `make test` and the other commands that
run tests. `tests/unit/test_docs.py` has the programs' own parsers read those, too.
"""

import re
import shlex
import shutil
import subprocess
import sys
import time
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML
from sklearn.datasets import load_digits

from stages.core.params import load
from tests.pages import PAGES, commands
from tests.support import TWO, change, two_variants
from tools.project import PROJECT

FOLDER = PROJECT / "build" / "documented"
VAE: dict[str, Any] = {**deepcopy(TWO["compression"]), "beta": 4.0}
VAE["architecture"]["latent_activation"] = "linear"
RUNS_TESTS = re.compile(r"make (check|test\S*)\b.*")
# Where pages leave a word to the reader.
DATASET, FILE = "mine", "mine.npz"


def main() -> None:
    """Type all commands, say how long each took, and fail if one fails."""
    study = made(FOLDER)
    log = FOLDER.with_suffix(".log")
    failed = []
    with log.open("w") as said:
        # The first page makes and commits the results that others compare with.
        for path in sorted(PAGES, key=lambda path: path.name != "CONTRIBUTING.md"):
            page = path.relative_to(PROJECT)
            for words in commands(study / page, "sh"):
                command = shlex.join(words)
                if RUNS_TESTS.fullmatch(command):
                    continue
                command = filled_in(study, command)
                clock = time.monotonic()
                done = typed(study, command)
                print(f"$ {command}\n{done.stdout}", file=said, flush=True)
                print(f"{time.monotonic() - clock:6.0f} s  {page}: {command}", flush=True)
                if done.returncode:
                    failed.append(f"{page}: {command}: exit code {done.returncode}")
                if "tools.describe" in command:
                    paste(study, done.stdout)
    sys.exit("\n".join([*failed, f"see {log}"]) if failed else 0)


def made(folder: Path) -> Path:
    """Make the study, under Git on a branch `main`, without results."""
    shutil.rmtree(folder, ignore_errors=True)
    study = two_variants(folder)
    change(study / "params.yaml", ("variants", {**TWO, "vae": VAE}))
    (study / ".venv").symlink_to(PROJECT / ".venv")
    digits = load_digits()
    x, y = digits.images.astype(np.uint8), digits.target
    np.savez(study / FILE, x_train=x[:1437], y_train=y[:1437], x_test=x[1437:], y_test=y[1437:])
    for words in (["branch", "-M", "main"], ["commit", "-qam", "Three variants"]):
        subprocess.run(["git", *words], cwd=study, check=True)
    return study


def typed(study: Path, command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a shell with the environment, and again while a queue is busy."""
    while True:
        done = subprocess.run(
            ["bash", "-c", f"source .venv/bin/activate; {command}"],
            cwd=study,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if command != "dvc queue status" or not re.search("Queued|Running", done.stdout):
            return done
        time.sleep(5)


def filled_in(study: Path, command: str) -> str:
    """Put something in place of the words that a page leaves to the reader."""
    if "TASK" in command:
        status = typed(study, "dvc queue status").stdout
        task = re.search(r"^([0-9a-f]{7})\s", status, re.MULTILINE)
        command = command.replace("TASK", task[1] if task else "TASK")
    return re.sub(r"\bNAME\b", DATASET, re.sub(r"\bFILE\b", FILE, command))


def paste(study: Path, block: str) -> None:
    """Put a data set's block below `datasets`, as the page says."""
    found = YAML(typ="safe").load(block)
    datasets = load(study / "params.yaml")["datasets"]
    change(study / "params.yaml", ("datasets", {**datasets, **found}))


if __name__ == "__main__":
    main()
