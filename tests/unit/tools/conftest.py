"""An invented study with committed results, for tests of what describes it."""

import json
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.unit.tools.invented_study import FILES, STAGES, entry


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A checkout of the study, in `build/verify` as `make verify` has it."""
    project = tmp_path / "build" / "verify" / "published"
    for name, text in FILES.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text, encoding="utf-8")
    (project / ".dvc" / "config").touch()
    stages = {
        name: {
            "cmd": f"python -m stages.{name.replace('@', ' ')}",
            "deps": [entry(path) for path in deps],
            "params": {"params.yaml": params},
            "outs": [entry(path) for path in outs],
        }
        for name, (deps, params, outs) in STAGES.items()
    }
    YAML().dump({"schema": "2.0", "stages": stages}, project / "dvc.lock")
    for command in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *command], cwd=project, check=True)
    (project / "data").mkdir()
    (project / "data" / "stray").touch()
    return project


@pytest.fixture
def certificates(tmp_path: Path) -> list[Path]:
    """What `make verify` wrote."""
    files = [tmp_path / "build" / name for name in ("verification.json", "verification.md")]
    for file in files:
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(file.name))
    return files
