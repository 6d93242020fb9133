"""Files are whole or absent, and the same bytes every time."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages.files.command import run
from stages.files.errors import InputError
from stages.files.formats import read_arrays, replacing, write_arrays, write_json, write_table
from stages.files.leftovers import clear_leftovers


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError, match="pulled"), replacing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError("plug pulled")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_replaced_whole(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    for name in ("old", "new"):
        with replacing(folder) as temporary:
            temporary.mkdir()
            (temporary / name).touch()
    assert [path.name for path in folder.iterdir()] == ["new"]


def test_json_has_sorted_keys_and_no_nan(tmp_path: Path) -> None:
    path = tmp_path / "numbers.json"
    write_json(path, {"b": 1, "a": 0.1})
    assert list(json.loads(path.read_text())) == ["a", "b"]
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(path, {"a": float("nan")})


def test_tables_keep_every_digit(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=50)
    write_table(tmp_path / "table.csv", pd.DataFrame({"value": values}))
    lines = (tmp_path / "table.csv").read_text().splitlines()
    assert np.array_equal([float(line) for line in lines[1:]], values)


def test_the_same_arrays_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_arrays(tmp_path / f"{name}.npz", x=np.arange(5), y=np.eye(2))
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_pickled_objects_are_neither_written_nor_read(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Object arrays"):
        write_arrays(tmp_path / "a.npz", x=np.array([{}], dtype=object))
    np.savez(tmp_path / "b.npz", x=np.array([{}], dtype=object))
    with pytest.raises(InputError, match=r"b.npz: expected the arrays x"):
        read_arrays(tmp_path / "b.npz", "x")


@pytest.mark.parametrize("content", [b"", b"nothing", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_npz_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(InputError, match=r"a.npz: expected the arrays x"):
        read_arrays(tmp_path / "a.npz", "x")


def test_what_belongs_to_no_variant_is_moved_aside(tmp_path: Path) -> None:
    folder, aside = tmp_path / "training", tmp_path / "aside"
    folder.mkdir()
    for name in ("kept.csv", "removed.csv", "notes.txt"):
        (folder / name).write_text(name)
    clear_leftovers(folder, ["kept"], aside)
    assert [path.name for path in folder.iterdir()] == ["kept.csv"]
    assert (aside / "training" / "notes.txt").read_text() == "notes.txt"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            InputError("x: expected one\nthing, received two"),
            "error: x: expected one\nerror: thing",
        ),
        (OSError(28, "No space left on device", "a.npz"), "No space left on device: 'a.npz'"),
    ],
)
def test_what_a_stage_cannot_do_is_said_without_a_traceback(
    error: Exception, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def main() -> None:
        raise error

    monkeypatch.setattr("sys.argv", ["stage"])
    with pytest.raises(SystemExit) as ended:
        run(main)
    assert str(ended.value.code).startswith("error: ")
    assert said in str(ended.value.code)
