"""What does not belong together is found: on a small project of DVC's that is damaged."""

import shutil
from contextlib import chdir
from pathlib import Path

import pytest
from dvc.repo import Repo
from ruamel.yaml import YAML

from tools.lock_integrity import (
    Fault,
    changed_outputs,
    forged_entries,
    integrity,
    outputs_of,
    read_lock,
)

BOTH = "expected among {} in both files, received in {}"
CHANGED = "make: changed {} (modified) since dvc.lock was written"
# A kept file, a table, and a picture that DVC's cache holds.
PIPELINE = """stages:
  make:
    cmd: mkdir -p reports/metrics && cp source.txt data.bin && cp source.txt reports/metrics/a.csv
    deps: [code, source.txt]
    params: [a.b]
    outs:
      - data.bin
      - reports/metrics/a.csv: {cache: false}
  draw:
    cmd: mkdir -p reports/figures && cp data.bin reports/figures/a.png && cp data.bin page.html
    deps: [data.bin]
    outs:
      - reports/figures/a.png: {cache: false}
      - page.html: {cache: false}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project after a run, as somebody has it who cloned it: without what the cache holds."""
    project = tmp_path_factory.mktemp("project")
    (project / "code").mkdir()
    (project / "code" / "a.py").write_text("1\n")
    (project / "source.txt").write_text("one\n")
    (project / "params.yaml").write_text("a: {b: 1, c: 2}\n")
    (project / "dvc.yaml").write_text(PIPELINE)
    with chdir(project):
        Repo.init(no_scm=True).reproduce()
    (project / "data.bin").unlink()
    shutil.rmtree(project / ".dvc" / "cache")
    return project


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "copy"))


def edit(file: Path, old: str, new: str, count: int = -1) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, count))


def test_what_a_run_made_belongs_together(project: Path) -> None:
    assert integrity(project) == []
    assert integrity(project, partial=True) == []


def test_the_lock_is_read_by_stage(project: Path) -> None:
    lock = read_lock(project)
    assert list(lock) == ["make", "draw"] or list(lock) == ["draw", "make"]
    assert lock["make"].deps.keys() == {"code", "source.txt"}
    assert lock["make"].outs.keys() == {"data.bin", "reports/metrics/a.csv"}
    assert lock["draw"].deps == {"data.bin": lock["make"].outs["data.bin"]}
    assert lock["make"].entry["params"] == {"params.yaml": {"a.b": 1}}
    assert outputs_of(lock) == lock["make"].outs | lock["draw"].outs


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        (
            "reports/metrics/a.csv",
            "forged",
            Fault("reports/metrics/a.csv", CHANGED.format("outs")),
        ),
        (
            "source.txt",
            "two",
            Fault("source.txt", CHANGED.format("deps")),
        ),
        (
            "params.yaml",
            "a: {b: 2}",
            Fault("params.yaml: a.b", CHANGED.format("deps")),
        ),
        (
            "code/b.py",
            "2",
            Fault("code", CHANGED.format("deps")),
        ),
        (
            "reports/figures/b.png",
            "stray",
            Fault("reports/figures/b.png", "expected an output of a stage, but no stage writes it"),
        ),
        (
            "reports/README.md",
            "stray",
            Fault("reports/README.md", "expected an output of a stage, but no stage writes it"),
        ),
    ],
)
def test_a_changed_file_is_named(project: Path, name: str, text: str, fault: Fault) -> None:
    (project / name).write_text(text)
    assert integrity(project) == [fault]
    assert integrity(project, partial=True) == [fault]


def test_what_no_stage_reads_may_change(project: Path) -> None:
    (project / "params.yaml").write_text("a: {b: 1, c: 3}\n")
    (project / "notes.txt").write_text("mine\n")
    assert integrity(project) == []


def test_only_of_tables_more_than_a_hash_is_always_published(project: Path) -> None:
    for name in ("reports/figures/a.png", "page.html"):
        (project / name).unlink()
    assert {fault.subject for fault in integrity(project)} == {"reports/figures/a.png", "page.html"}
    assert integrity(project, partial=True) == []
    (project / "reports" / "metrics" / "a.csv").unlink()
    (fault,) = integrity(project, partial=True)
    assert fault.subject == "reports/metrics/a.csv"
    assert "(deleted)" in fault.fault


def test_another_command_is_named(project: Path) -> None:
    edit(project / "dvc.yaml", "cmd: mkdir -p reports/figures", "cmd: mkdir -p reports/figures x")
    assert integrity(project) == [
        Fault("draw", "draw: changed command (modified) since dvc.lock was written")
    ]


def test_stages_of_one_file_alone_are_named(project: Path) -> None:
    edit(project / "dvc.yaml", "  draw:", "  paint:")
    faults = integrity(project)
    assert Fault("paint", "expected in dvc.lock, which does not have this stage") in faults
    assert Fault("draw", "expected in dvc.yaml, which does not have this stage") in faults
    assert not any(fault.subject == "make" for fault in faults)


def test_a_frozen_stage_is_named(project: Path) -> None:
    edit(project / "dvc.yaml", "  draw:", "  draw:\n    frozen: true")
    assert integrity(project) == [
        Fault("draw", "expected a stage that runs, received a frozen one")
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        (
            "dvc.yaml",
            "params: [a.b]",
            "params: [a.b, a.c]",
            Fault(
                "params.yaml: a.c",
                "make: " + BOTH.format("params", "dvc.yaml"),
            ),
        ),
        (
            "dvc.yaml",
            "deps: [code, source.txt]",
            "deps: [code]",
            Fault("source.txt", "make: " + BOTH.format("deps", "dvc.lock")),
        ),
        (
            "dvc.yaml",
            "      - page.html: {cache: false}\n",
            "",
            Fault("page.html", "draw: " + BOTH.format("outs", "dvc.lock")),
        ),
    ],
)
def test_paths_of_one_file_alone_are_named(
    project: Path, file: str, old: str, new: str, fault: Fault
) -> None:
    edit(project / file, old, new)
    assert fault in integrity(project)


def test_an_input_of_another_run_is_named(project: Path) -> None:
    content = YAML(typ="safe").load(project / "dvc.lock")
    (dep,) = content["stages"]["draw"]["deps"]
    expected, dep["md5"] = dep["md5"], 32 * "0"
    YAML(typ="safe").dump(content, project / "dvc.lock")
    fault = f"draw: expected the input {expected}, received {32 * '0'}"
    assert Fault("data.bin", fault) in integrity(project)


def test_code_that_is_left_out_of_a_hash_is_named(project: Path) -> None:
    (project / "code" / "hidden.py").write_text("2\n")
    (project / ".dvcignore").write_text("hidden.py\n")
    assert integrity(project) == [
        Fault("code/hidden.py", "expected in the hash of code, but .dvcignore leaves it out")
    ]


def test_bytecode_that_can_be_imported_without_its_source_is_named(project: Path) -> None:
    (project / "code" / "__pycache__").mkdir()
    (project / "code" / "__pycache__" / "seen.cpython-311.pyc").touch()
    (project / "code" / "hidden.pyc").touch()
    (project / ".dvcignore").write_text("__pycache__/\n*.py[cod]\n")
    assert integrity(project) == [
        Fault("code/hidden.pyc", "expected in the hash of code, but .dvcignore leaves it out")
    ]


def test_a_library_that_can_be_imported_is_named(project: Path) -> None:
    """Python takes `a.so` before `a.py`."""
    (project / "code" / "a.so").touch()
    (project / ".dvcignore").write_text("*.so\n")
    assert integrity(project) == [
        Fault("code/a.so", "expected in the hash of code, but .dvcignore leaves it out")
    ]


LOCK = """schema: '2.0'
stages:
  make:
    cmd: {cmd}
    deps:
    - path: a
      md5: {a}
    outs:
    - path: out/b
      md5: {b}
  use:
    cmd: use
    deps:
    - path: out
      md5: {out}
    outs:
    - path: c
      md5: '3'
"""


def locked(folder: Path, **changes: str) -> Path:
    folder.mkdir()
    values = {"cmd": "make", "a": "'0'", "b": "'1'", "out": "'2'", **changes}
    (folder / "dvc.lock").write_text(LOCK.format(**values))
    return folder


def test_outputs_with_another_or_no_hash_have_changed(tmp_path: Path) -> None:
    before, after = (
        read_lock(locked(tmp_path / name, b=hashed))
        for name, hashed in (("x", "'1'"), ("y", "'9'"))
    )
    assert changed_outputs(before, after) == ["out/b"]
    assert changed_outputs(before, before) == []
    assert changed_outputs(before, {"make": before["make"]}) == ["c"]


def test_only_hashes_of_what_changed_may_differ_in_an_entry(tmp_path: Path) -> None:
    published = locked(tmp_path / "published")
    assert forged_entries(published, locked(tmp_path / "same")) == []
    # The output is another, and so is the folder that it is in, where it is read.
    assert forged_entries(published, locked(tmp_path / "other", b="'9'", out="'8'")) == []
    fault = "expected the entry in dvc.lock that a run writes, received another"
    for name, changes in {"cmd": {"cmd": "forge"}, "a": {"a": "'9'"}}.items():
        assert forged_entries(published, locked(tmp_path / name, **changes)) == [
            Fault("make", fault)
        ]
    # The folder without a file in it that changed.
    assert forged_entries(published, locked(tmp_path / "out", out="'8'")) == [Fault("use", fault)]


def test_stages_that_did_not_run_are_not_compared(tmp_path: Path) -> None:
    published = locked(tmp_path / "published")
    some = locked(tmp_path / "some", cmd="forge")
    text = (some / "dvc.lock").read_text()
    (some / "dvc.lock").write_text(text[: text.index("  make:")] + text[text.index("  use:") :])
    assert forged_entries(published, some) == []


def test_a_folder_of_which_a_part_is_published_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "dvc.yaml").write_text("""stages:
  make:
    cmd: mkdir -p some && echo 1 > some/kept && echo 2 > some/published
    outs: [some/kept, some/published: {cache: false}]
  use:
    cmd: cat some/* > all
    deps: [some]
    outs: [all]
""")
    with chdir(tmp_path):
        Repo.init(no_scm=True).reproduce()
    shutil.rmtree(tmp_path / "some")
    shutil.rmtree(tmp_path / ".dvc" / "cache")
    assert Fault("some", "use: changed deps (deleted) since dvc.lock was written") in integrity(
        tmp_path
    )
