"""The project's folder: which of its files are results, copies without them, its parameters."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pathspec import GitIgnoreSpec
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq

from stages.core.formats import write_text

PROJECT = Path(__file__).parent.parent

# What is a result is said here alone; `.gitignore` names those that Git does not hold.
TABLES = "reports/metrics"
# What stages write and Git holds.
PUBLISHED = (
    TABLES,
    "reports/figures",
    "reports/charts",
    "reports/report.html",
    "reports/report.executed.ipynb",
    "reports/README.md",
)
# The lock file and the tables of a run on the digits.
DIGITS = "reports/digits"
# What running this pipeline changes in Git.
RESULTS = ("dvc.lock", "reports/provenance.md", DIGITS, *PUBLISHED)

# Settings of the exercise where only the pipeline is of interest.
_SETTINGS = {
    "linear": {
        "architecture": {
            "kind": "dense",
            "hidden": [],
            "latent_dim": 20,
            "latent_activation": "linear",
        },
    },
    "sparse_noise": {
        "architecture": {
            "kind": "dense",
            "hidden": [],
            "latent_dim": 20,
            "latent_activation": "sigmoid",
        },
        "noise": {"stddev": 0.3},
        "sparsity": {"target": 0.2, "weight": 0.784},
    },
}
# Parameters of `make demo`: most of its minutes go into starting TensorFlow for each stage.
SHORTER = {
    "dataset": "digits",
    "train.seeds": [0, 1],
    "semi_supervised.draws": 2,
    "semi_supervised.exploratory_draws": 2,
    "semi_supervised.tuning.draws": 1,
    "semi_supervised.tuning.seeds": 1,
    "label_curve.variants": ["compression"],
    "label_curve.min_updates": 90,
    "label_curve.max_updates": 360,
    "longer.variants": ["compression"],
    "longer.epochs": 3,
    "beta_curve.betas": [0.1, "pixels_times_batch_size"],
    "exercise.settings": _SETTINGS,
}
_UPDATES = {"label_curve.min_updates": 2, "label_curve.max_updates": 10}
# As few updates as possible, for tests of whether everything runs and gives the same bytes.
SHORTEST = {
    **SHORTER,
    "train.seeds": [0],
    "train.epochs": 1,
    "beta_curve.betas": [0.1],
    "exercise.settings": {"sparse_noise": _SETTINGS["sparse_noise"]},
    "semi_supervised.draws": 1,
    "semi_supervised.exploratory_draws": 1,
    "semi_supervised.epochs": 2,
    "semi_supervised.tuning.epoch_shares": [0.5, 1.0],
    "label_curve.draws": 1,
    **_UPDATES,
    "classifier.epochs": 3,
}
# Parameters of the results in `reports/digits`: enough seeds and draws for comparisons.
QUICK = {**SHORTEST, **SHORTER, **_UPDATES, "train.epochs": 2}


def checkout_of(project: Path) -> Path | None:
    """Find the Git checkout that holds a project.

    Args:
        project: folder of `dvc.yaml`, perhaps below another one.

    Returns:
        The checkout's folder. None for files without Git's history, such as an archive's, even if
        they lie in somebody's other repository.
    """
    for folder in (project.absolute(), *project.absolute().parents):
        if (folder / ".git").exists():
            return folder if (folder / "dvc.yaml").exists() else None
    return None


def git(project: Path, *arguments: str) -> str:
    """Run `git` in a checkout and give its output.

    Raises:
        SystemExit: there is no checkout; or Git is not installed or refuses, with what Git says: in
            a checkout that belongs to another user, the command that makes Git trust it.
    """
    if not checkout_of(project):
        sys.exit(f"error: {project}: expected a Git clone of the study, received its files alone")
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=project, check=True, capture_output=True, text=True
        )
    except OSError as error:
        sys.exit(f"error: git: {error}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"error: git {arguments[0]}: {error.stderr.strip()}")
    return done.stdout


def copy_without_results(
    project: Path, folder: Path, changes: Mapping[str, Any], cache: Path = Path("cache")
) -> Path:
    """Copy a checkout, uncommitted edits included, without its results.

    Args:
        project: the checkout.
        folder: where the copy goes; what is there already is removed.
        changes: of parameters in the copy, by dotted key.
        cache: DVC's, below the copy's `.dvc` unless it is absolute.

    Returns:
        The folder: a DVC project of its own, without Git.
    """
    files = _files(project)
    shutil.rmtree(folder, ignore_errors=True)
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(project / name, folder / name)
    with (folder / ".dvc" / "config.local").open("w") as config:
        # A cache that the user may have set for all projects could bring results in.
        config.write(f'[core]\n    no_scm = true\n[cache]\n    dir = "{cache}"\n')
    if changes:  # without any, the file keeps its bytes
        params = folder / "params.yaml"
        set_params(params, fitting(changes, YAML(typ="safe").load(params)))
    return folder


def fitting(changes: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """Let lists of variants name those that there are.

    Args:
        changes: by dotted key; a `section.variants` may name what `params.yaml` has no longer.
        params: the content of `params.yaml`.

    Returns:
        The changes; a `section.variants` with a name that is gone has the first that the section
        itself names, and `semi_supervised.primary` those that are left.
    """
    known = changes.get("variants", params["variants"])
    fitted = dict(changes)
    for key in ("label_curve.variants", "longer.variants"):
        section = key.partition(".")[0]
        listed = [*changes.get(key, []), *params[section]["variants"], *known]
        if key in changes and not set(changes[key]) <= set(known):
            fitted[key] = [name for name in listed if name in known][:1]
    primary = params["semi_supervised"]["primary"]
    if not set(primary) <= set(known):
        fitted["semi_supervised.primary"] = [name for name in primary if name in known]
    return fitted


def _files(project: Path) -> list[str]:
    """List what a checkout holds besides results: the files that Git knows or does not ignore."""
    if checkout_of(project):
        listed = ("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ".")
        names = git(project, *listed, *(f":(exclude){name}" for name in RESULTS)).split("\0")
        return [name for name in names if (project / name).is_file()]
    lines = (project / ".gitignore").read_text(encoding="utf-8").splitlines()
    private = (".git", "/.dvc/cache", "/.dvc/tmp", "/.dvc/config.local")
    ignored = GitIgnoreSpec.from_lines([*lines, *private, *(f"/{name}" for name in RESULTS)])
    found = []
    for path, folders, names in os.walk(project):
        inside = Path(path).relative_to(project)
        # What is ignored is not looked into: an environment has more files than the study.
        folders[:] = [name for name in folders if not ignored.match_file(f"{inside / name}/")]
        found += [str(inside / name) for name in names if not ignored.match_file(inside / name)]
    return sorted(found)


def set_params(file: Path, changes: Mapping[str, Any]) -> None:
    """Set values in a YAML file, by dotted key, and keep its comments, as `dvc exp run -S` does."""
    yaml = YAML()
    content = yaml.load(file)
    for key, value in changes.items():
        *parents, last = key.split(".")
        section = content
        for parent in parents:
            section = section[parent]
        if isinstance(value, list):
            # In one line, as in the file: ruamel.yaml corrupts block lists that `-S` then empties.
            value = CommentedSeq(value)
            value.fa.set_flow_style()
        section[last] = value
    yaml.dump(content, file)


def set_device(params: Path, device: str) -> None:
    """Set the parameter `device` and leave every other byte of `params.yaml` alone.

    Args:
        params: `params.yaml`.
        device: `cpu` or `gpu`.

    Raises:
        SystemExit: there is not exactly one line for it.
    """
    text, count = re.subn(r"(?m)^device: \w+$", f"device: {device}", params.read_text("utf-8"))
    if count != 1:
        sys.exit(f"error: {params}: expected one line `device: …`, received {count}")
    write_text(params, text)
