"""Inputs that are not the bytes DVC takes them for."""

import shutil
from pathlib import Path

import pytest

from stages.core.errors import InputError
from stages.core.input_integrity import digest, recorded, refuse_damaged_inputs
from tests.support import PROJECT

LOCK = """schema: '2.0'
stages:
  first:
    cmd: first
    deps:
    - path: given
      hash: md5
      md5: 00000000000000000000000000000000
      size: 1
    outs:
    - path: table.csv
      hash: md5
      md5: {table}
      size: 5
    - path: models
      hash: md5
      md5: {models}
      size: 3
      nfiles: 2
"""

PIPELINE = """stages:
  second:
    foreach: ${variants}
    do: {cmd: second, deps: ["${key}.csv", models, given]}
  around: {cmd: around, deps: [.]}
  beside: {cmd: beside, deps: [given]}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A table and a folder, as DVC has recorded them, while DVC runs a stage."""
    (tmp_path / "table.csv").write_text("a,b\n")
    (tmp_path / "models" / "deep").mkdir(parents=True)
    (tmp_path / "models" / "deep" / "b.json").write_text("{}")
    (tmp_path / "models" / "a").write_text("a")
    (tmp_path / "given").write_text("given")
    monkeypatch.chdir(tmp_path)
    digests = {name: digest(Path(path)) for name, path in (("table", "table.csv"), ("models",) * 2)}
    Path("dvc.lock").write_text(LOCK.format(**digests))
    monkeypatch.setenv("DVC_ROOT", "/elsewhere")  # as in `dvc exp run --temp`
    monkeypatch.setenv("DVC_STAGE", "second@table")
    Path("dvc.yaml").write_text(PIPELINE)
    return tmp_path


def test_whole_inputs_and_what_no_stage_made_are_accepted(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(PROJECT / ".dvcignore", ".")
    Path("models/__pycache__").mkdir()
    for name in (".DS_Store", ".a.swp", "a~", "a.pyc", "deep/#b.json#", "__pycache__/a"):
        Path("models", name).write_text("which .dvcignore names")
    refuse_damaged_inputs()
    monkeypatch.setenv("DVC_STAGE", "../dvc.yaml:second@table")  # from another folder
    refuse_damaged_inputs()
    assert set(recorded(Path("dvc.lock"))) == {Path("table.csv"), Path("models")}


@pytest.mark.parametrize(
    ("damaged", "named"), [("table.csv", "table.csv"), ("models/deep/b.json", "models")]
)
def test_a_damaged_input_is_refused_by_its_name(
    project: Path, monkeypatch: pytest.MonkeyPatch, damaged: str, named: str
) -> None:
    content = bytearray(Path(damaged).read_bytes())
    content[0] ^= 1
    Path(damaged).write_bytes(content)
    with pytest.raises(InputError, match=f"^{named}: expected MD5 .*, received .* damaged"):
        refuse_damaged_inputs()
    monkeypatch.setenv("DVC_STAGE", "beside")  # which does not depend on it
    refuse_damaged_inputs()


def test_a_folder_around_outputs_is_looked_through(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DVC_STAGE", "around")
    Path("table.csv").write_text("x")
    with pytest.raises(InputError, match=r"^table.csv: expected MD5"):
        refuse_damaged_inputs()


def test_a_stage_that_is_run_by_hand_may_be_given_anything(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("table.csv").write_text("x")
    monkeypatch.delenv("DVC_STAGE")
    refuse_damaged_inputs()


def test_the_published_outputs_have_the_digests_that_dvc_computed() -> None:
    published = {
        path: promised
        for path, promised in recorded(PROJECT / "dvc.lock").items()
        if path.is_relative_to("reports")
    }
    assert len(published) > 100
    for path, promised in published.items():
        assert digest(PROJECT / path) == promised, path
