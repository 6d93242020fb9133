"""Files are whole or absent, and the same bytes every time."""

import json
from pathlib import Path
from zipfile import ZIP_LZMA, ZipFile

import numpy as np
import pandas as pd
import pytest

from stages.core.cli import run
from stages.core.errors import InputError
from stages.core.formats import (
    read_arrays,
    replacing,
    write_arrays,
    write_json,
    write_table,
    write_text,
)
from stages.core.stale_outputs import clear_stale_outputs
from tests.support import full_disk


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


ARRAYS = {
    "matrix": np.arange(12, dtype=np.float32).reshape(3, 4),
    "number": np.array(5),
    "columns": np.asfortranarray(np.eye(3)),
    "nothing": np.zeros((0, 3)),
    "flags": np.array([True, False]),
}


def same(one: np.ndarray, other: np.ndarray) -> bool:
    return one.dtype == other.dtype and one.shape == other.shape and bool(np.all(one == other))


def test_arrays_of_every_kind_are_read_as_they_were_written(tmp_path: Path) -> None:
    write_arrays(tmp_path / "a.npz", **ARRAYS)
    for found, written in zip(
        read_arrays(tmp_path / "a.npz", *ARRAYS), ARRAYS.values(), strict=True
    ):
        assert same(found, written)


@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.long)])
def test_every_flipped_bit_of_an_array_is_noticed(tmp_path: Path, every: int) -> None:
    path = tmp_path / "a.npz"
    write_arrays(path, **ARRAYS)
    content = bytearray(path.read_bytes())
    refused = 0
    for bit in range(0, 8 * len(content), every):
        content[bit // 8] ^= 1 << bit % 8
        path.write_bytes(content)
        content[bit // 8] ^= 1 << bit % 8
        try:
            found = read_arrays(path, *ARRAYS)
        except InputError as refusal:
            assert "a.npz: expected the arrays matrix" in str(refusal)
            refused += 1
        else:  # dates, and what else is no array's
            assert all(map(same, found, ARRAYS.values()))
    assert refused > 6 * len(content) / every


def test_an_archive_of_another_make_is_refused(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "compressed.npz", x=np.zeros(10**6))
    with pytest.raises(InputError, match=r"compressed.npz: .* x is compressed"):
        read_arrays(tmp_path / "compressed.npz", "x")
    # A header that promises more than there is takes no memory.
    write_arrays(tmp_path / "large.npz", x=np.zeros((1, 8)))
    content = (tmp_path / "large.npz").read_bytes().replace(b"(1, 8)", b"(9**9)".ljust(6))
    (tmp_path / "large.npz").write_bytes(content)
    with pytest.raises(InputError, match=r"large.npz: expected the arrays x"):
        read_arrays(tmp_path / "large.npz", "x")


def test_members_that_climb_out_of_an_archive_are_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "inside" / "a.npz"
    write_arrays(path, x=np.eye(2))
    with ZipFile(path, "a") as archive:
        archive.writestr("../outside.npy", b"hostile")
    (x,) = read_arrays(path, "x")
    assert same(x, np.eye(2))
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ["a.npz"]
    with pytest.raises(InputError, match=r"a.npz: expected the arrays ../outside"):
        read_arrays(path, "../outside")


def test_what_a_killed_run_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "vae.csv"
    for name in (".vae.csv.abcd_123", ".vae.csv.b", ".other.csv.abcd_123", ".vae.abcd_123"):
        (tmp_path / name).mkdir()
    write_table(path, pd.DataFrame({"value": [1]}))
    left = {file.name for file in tmp_path.iterdir()}
    assert left == {"vae.csv", ".vae.csv.b", ".other.csv.abcd_123", ".vae.abcd_123"}


def test_what_another_process_still_writes_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "vae.csv"
    with replacing(path) as temporary:
        temporary.write_text("slow")
        write_text(path, "fast")
        assert temporary.exists()
    assert path.read_text() == "slow"
    assert [file.name for file in tmp_path.iterdir()] == ["vae.csv"]


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "holds object"),
        ("{'descr': '|V0', 'fortran_order': False, 'shape': (9,), }", "holds"),
        ("{'descr': '<U2', 'fortran_order': False, 'shape': (1,), }", "holds"),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }", "would have"),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", "would have"),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (10**30,), }", ""),
        ("{'descr': '<f8', 'fortran_order': 3, 'shape': (1,), }", ""),
        ("__import__('os').getpid()", ""),
        ("", ""),
    ],
)
def test_headers_that_lie_are_refused(tmp_path: Path, header: str, reason: str) -> None:
    text = header.ljust(117).encode() + b"\n"
    content = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(8)
    with ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("x.npy", content)
    with pytest.raises(InputError, match=f"a.npz: expected the arrays x, received: .*{reason}"):
        read_arrays(tmp_path / "a.npz", "x")


def test_a_compressed_array_is_read_up_to_a_size(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez_compressed(path, x=np.zeros(1000))
    (x,) = read_arrays(path, "x", most=8_000)
    assert same(x, np.zeros(1000))
    np.savez_compressed(path, x=np.zeros(10**6))
    with pytest.raises(InputError, match="x has 8000128 bytes, and at most"):
        read_arrays(path, "x", most=8_000)
    with ZipFile(path, "w", compression=ZIP_LZMA) as archive:
        archive.writestr("x.npy", b"")
    with pytest.raises(InputError, match="x is compressed"):
        read_arrays(path, "x", most=8_000)


def test_a_full_disk_is_said_with_the_file_that_did_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with full_disk(), pytest.raises(OSError, match=r"File too large: '.*a.npz'"):
        write_arrays(path, x=np.zeros(10**5))
    assert list(tmp_path.iterdir()) == []


def test_an_infinite_number_is_no_result(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a.csv: expected finite numbers, .* \['loss'\]"):
        write_table(tmp_path / "a.csv", pd.DataFrame({"loss": [1, np.inf], "gap": [1, np.nan]}))
    assert list(tmp_path.iterdir()) == []


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
    clear_stale_outputs(folder, ["kept"], aside)
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


@pytest.mark.parametrize(
    "error", [OSError("no number"), OSError(13, "Permission denied", "/elsewhere/file")]
)
def test_an_error_about_something_else_is_left_as_it_is(tmp_path: Path, error: OSError) -> None:
    with pytest.raises(OSError, match=".") as raised, replacing(tmp_path / "a.txt"):
        raise error
    assert raised.value is error


def test_the_size_of_a_compressed_array_is_bounded_to_the_byte(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", x=np.zeros(10_000))  # with 128 bytes before it
    most = 80_128 - 2**16  # as much as a header may have is allowed besides
    (x,) = read_arrays(tmp_path / "a.npz", "x", most=most)
    assert same(x, np.zeros(10_000))
    with pytest.raises(InputError, match="x has 80128 bytes, and at most 80127"):
        read_arrays(tmp_path / "a.npz", "x", most=most - 1)
