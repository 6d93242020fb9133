"""An invented study: its files, its stages, and what `dvc.lock` says of them."""

import hashlib
from collections.abc import Mapping
from typing import Any

# `data/` is not committed: of it, only hashes are published.
FILES = {
    ".dvc/.gitignore": "/config.local\n/tmp\n/cache\n",
    ".gitignore": "/data/\n",
    "CITATION.cff": """\
cff-version: 1.2.0
title: "A study: small"
authors:
  - name: Its authors
version: 0.1.0
license: MIT
keywords: [codes, digits]
references:
  - type: article
    title: A paper
    authors: [{given-names: Ada, family-names: Lovelace}]
    year: 1843
    doi: 10.1000/1
""",
    "LICENSE": "MIT License\n",
    "README.md": "# How to run it\n",
    "dvc.lock": "",
    "dvc.yaml": """\
stages:
  prepare:
    desc: Prepare the data
    cmd: python -m stages.prepare
    deps: [params.yaml, stages/prepare.py, stages/core, requirements.lock]
    outs: [data/images.npz]
    metrics:
      - reports/metrics/sizes.json: {cache: false, desc: "Sizes, counted"}
  train:
    foreach: ${variants}
    do:
      desc: Train ${key}
      cmd: python -m stages.train ${key}
      deps: [data/images.npz, stages/train.py, stages/core, requirements.lock]
      params: ["variants.${key}"]
      outs:
        - data/models/${key}
      plots:
        - reports/metrics/train/${key}.csv: {cache: false}
  report:
    desc: Write the report
    cmd: python -m stages.report
    deps: [reports/metrics/train, data/models, stages/report.py, stages/core, requirements.lock]
    outs:
      - reports/report.html: {cache: false, desc: The report}
      - reports/charts: {cache: false}
""",
    "params.yaml": "variants:\n  plain: {layers: [2, 3]}\n  wide: {layers: [9]}\n",
    "pyproject.toml": """\
[project]
description = "A small study"
dependencies = ["dvc>=3", "numpy>=2"]
""",
    "reports/provenance.md": "# Provenance\n",
    "requirements.lock": "dvc==3\n",
    "stages/core/formats.py": "1\n",
    "stages/prepare.py": "2\n",
    "stages/report.py": "3\n",
    "stages/train.py": "4\n",
    "tools/verify.py": "5\n",
    "reports/charts/a.svg": "<svg/>\n",
    "reports/charts/b.svg": "<svg></svg>\n",
    "reports/metrics/sizes.json": "{}\n",
    "reports/metrics/train/plain.csv": "a\n1\n",
    "reports/metrics/train/wide.csv": "a\n2\n",
    "reports/report.html": "<p>Ü\n",
}
NOT_COMMITTED = ("data/images.npz", "data/models", "data/models/plain", "data/models/wide")
STAGES: Mapping[str, Any] = {
    "prepare": (
        ["params.yaml", "stages/prepare.py", "stages/core", "requirements.lock"],
        {},
        ["data/images.npz", "reports/metrics/sizes.json"],
    ),
    **{
        f"train@{name}": (
            ["data/images.npz", "stages/train.py", "stages/core", "requirements.lock"],
            {f"variants.{name}": {"layers": layers}},
            [f"data/models/{name}", f"reports/metrics/train/{name}.csv"],
        )
        for name, layers in (("plain", [2, 3]), ("wide", [9]))
    },
    "report": (
        [
            "reports/metrics/train",
            "data/models",
            "stages/report.py",
            "stages/core",
            "requirements.lock",
        ],
        {},
        ["reports/report.html", "reports/charts"],
    ),
}


def entry(path: str) -> dict[str, object]:
    """What `dvc.lock` says of a file or folder; invented where it is not committed."""
    content = FILES.get(path, path).encode()
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    folder = path not in FILES and path != "data/images.npz"
    return {"path": path, "md5": digest + ".dir" * folder, "size": len(content)}
