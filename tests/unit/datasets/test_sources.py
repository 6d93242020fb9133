"""Sources: whatever they are, only the right bytes pass."""

import gzip
import hashlib
import os
import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

from stages.core.errors import InputError
from stages.core.params import validate
from stages.datasets import idx, sources
from stages.datasets.https import download
from stages.datasets.schema import Checksums, Dataset, Https
from stages.datasets.sources import fetch

RAW = {
    "train_images": idx.serialize(np.arange(10 * 4 * 4, dtype=np.uint8).reshape(10, 4, 4)),
    "train_labels": idx.serialize(np.arange(10, dtype=np.uint8) % 2),
    "test_images": idx.serialize(np.ones((8, 4, 4), np.uint8)),
    "test_labels": idx.serialize(np.arange(8, dtype=np.uint8) % 2),
}


def dataset(*sources: dict[str, str]) -> Dataset:
    """A tiny data set whose checksums are those of RAW."""
    return validate(
        {
            "title": "tiny",
            "height": 4,
            "width": 4,
            "largest_value": 255,
            "train_images": 10,
            "test_images": 8,
            "classes": ["a", "b"],
            "sha256": {key: hashlib.sha256(content).hexdigest() for key, content in RAW.items()},
            "sources": list(sources),
        },
        Dataset,
        "tiny",
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The four files, gzipped."""
    there = tmp_path / "files"
    there.mkdir()
    for key, content in RAW.items():
        (there / f"{idx.FILES[key]}.gz").write_bytes(gzip.compress(content, mtime=0))
    return there


def from_folder(path: Path) -> dict[str, str]:
    return {"kind": "folder", "path": str(path)}


def test_gzipped_files_are_read(folder: Path) -> None:
    assert fetch(dataset(from_folder(folder))) == RAW


def test_plain_files_are_read(folder: Path) -> None:
    for path in folder.iterdir():
        path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
        path.unlink()
    assert fetch(dataset(from_folder(folder))) == RAW


def test_the_environment_names_a_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOMEWHERE", str(folder))
    assert fetch(dataset({"kind": "environment", "variable": "SOMEWHERE"})) == RAW


def test_the_next_source_is_tried(folder: Path, tmp_path: Path) -> None:
    assert fetch(dataset(from_folder(tmp_path / "missing"), from_folder(folder))) == RAW


def test_what_the_system_refuses_is_no_reason_to_stop(folder: Path) -> None:
    assert fetch(dataset(from_folder(folder / ("x" * 300)), from_folder(folder))) == RAW


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda content: content[:-1], "expected 176 bytes, received 175"),
        (lambda content: content + b"x", "expected 176 bytes, received more"),
        (lambda content: content[:-1] + b"x", "expected SHA-256 [0-9a-f]{64}, received"),
        (lambda content: bytes(10**8), "expected 176 bytes, received more"),
    ],
    ids=["short", "long", "one byte", "bomb"],
)
def test_wrong_bytes_are_refused(folder: Path, damage: Any, reason: str) -> None:
    path = folder / f"{idx.FILES['train_images']}.gz"
    path.write_bytes(gzip.compress(damage(RAW["train_images"]), mtime=0))
    with pytest.raises(InputError, match=f"train-images-idx3-ubyte: {reason}"):
        fetch(dataset(from_folder(folder)))


@pytest.mark.parametrize(
    "content",
    [b"", b"not gzip", gzip.compress(bytes(96), mtime=0)[:30]],
    ids=["empty", "something else", "cut off"],  # the same for all workers
)
def test_what_is_not_gzip_is_refused(folder: Path, content: bytes) -> None:
    (folder / f"{idx.FILES['test_labels']}.gz").write_bytes(content)
    with pytest.raises(InputError, match="t10k-labels-idx1-ubyte: expected"):
        fetch(dataset(from_folder(folder)))


def test_if_all_fail_each_is_listed_with_its_reason_and_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOMEWHERE", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError) as refusal:
        fetch(
            dataset(
                {"kind": "environment", "variable": "SOMEWHERE"},
                from_folder(tmp_path / "missing"),
                {"kind": "debian", "package": "some-package", "path": "usr/share"},
            )
        )
    message = str(refusal.value)
    assert "folder named by SOMEWHERE: the variable is not set" in message
    assert f"folder {tmp_path / 'missing'}: no folder" in message
    assert "Debian package some-package: no apt-get" in message
    assert "SOMEWHERE=/folder make reproduce" in message


@pytest.fixture
def plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let downloads be of a server on this machine."""
    monkeypatch.setattr(sources, "download", partial(download, scheme="http://"))


@pytest.fixture
def server(folder: Path, plain_http: None) -> Iterator[str]:
    """A web server with the files, on this machine."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}/"
        running.shutdown()


def over_http(url: str) -> Dataset:
    """A data set whose source is not HTTPS, which the schema itself would refuse."""
    source = Https.model_construct(kind="https", url=url)
    return dataset(from_folder(Path("/nowhere"))).model_copy(update={"sources": (source,)})


def test_files_are_downloaded(server: str) -> None:
    assert fetch(over_http(server)) == RAW


def test_a_server_without_the_files_is_unavailable(server: str) -> None:
    with pytest.raises(InputError, match="404"):
        fetch(over_http(f"{server}elsewhere/"))


def test_no_server_is_unavailable(plain_http: None) -> None:
    said = r"http://127.0.0.1:9/: train-images-idx3-ubyte.gz: no connection \(Connection refused\)$"
    with pytest.raises(InputError, match=re.compile(said, re.MULTILINE)):
        fetch(over_http("http://127.0.0.1:9/"))


def test_each_source_that_failed_is_named_in_one_line_and_once(
    folder: Path, plain_http: None, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = over_http("http://127.0.0.1:9/").sources * 2
    wanted = dataset(from_folder(folder))
    with pytest.raises(InputError) as raised:
        fetch(wanted.model_copy(update={"sources": sources}))
    assert str(raised.value).count("refused") == 2
    assert capsys.readouterr().err == ""
    assert fetch(wanted.model_copy(update={"sources": (*sources, *wanted.sources)})) == RAW
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all("not from http://127.0.0.1:9/: train" in line for line in lines)


def test_the_schema_wants_https() -> None:
    with pytest.raises(InputError, match="sources.0"):
        dataset({"kind": "https", "url": "http://example.org/"})


def test_a_debian_package_is_downloaded_and_unpacked(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, script in {
        "apt-get": 'test "$1 $2" = "download some-package" && touch some-package_1_all.deb',
        "dpkg-deb": f'test "$1 $2" = "-x ./some-package_1_all.deb" && cp -r {folder} "$3/inside"',
    }.items():
        (tools / name).write_text(f"#!/bin/sh\n{script}\n")
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    package = {"kind": "debian", "package": "some-package", "path": "inside"}
    assert fetch(dataset(package)) == RAW


def test_a_package_that_apt_cannot_find_is_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("apt-get", "dpkg-deb"):
        (tmp_path / name).write_text("#!/bin/sh\necho 'E: no such package' >&2; exit 100\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(InputError, match="apt-get download some-package: E: no such package"):
        fetch(dataset({"kind": "debian", "package": "some-package", "path": "inside"}))


def test_scikit_learns_digits_are_divided_in_their_order() -> None:
    digits = load_digits()
    images, labels = digits.images.astype(np.uint8), digits.target.astype(np.uint8)
    parts = {
        "train_images": images[:-8],
        "train_labels": labels[:-8],
        "test_images": images[-8:],
        "test_labels": labels[-8:],
    }
    files = {key: idx.serialize(values) for key, values in parts.items()}
    checksums = {key: hashlib.sha256(content).hexdigest() for key, content in files.items()}
    described = dataset({"kind": "scikit-learn"})
    sizes = {"height": 8, "width": 8, "train_images": len(labels) - 8}
    described = described.model_copy(update={"sha256": Checksums(**checksums), **sizes})
    assert fetch(described) == files


def test_downloads_may_be_as_large_as_data_that_cannot_be_compressed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    random = np.random.default_rng(0)
    noise = {
        key: idx.serialize(random.integers(0, 256, shape, np.uint8))
        for key, shape in (
            *(("train_images", (20, 100, 100)), ("train_labels", (20,))),
            *(("test_images", (8, 100, 100)), ("test_labels", (8,))),
        )
    }
    asked: dict[str, tuple[int, float]] = {}

    def answer(url: str, path: Path, most: int, deadline: float) -> None:
        key = next(key for key, name in idx.FILES.items() if url == f"https://a/{name}.gz")
        path.write_bytes(gzip.compress(noise[key], mtime=0))
        asked[key] = path.stat().st_size, most
        assert most < 1.02 * len(noise[key]) + 1_010
        # A minute, and as long as a slow line takes.
        assert deadline == pytest.approx(60 + most / 50_000)

    monkeypatch.setattr(sources, "download", answer)
    checksums = {key: hashlib.sha256(content).hexdigest() for key, content in noise.items()}
    described = dataset({"kind": "https", "url": "https://a/"}).model_copy(
        update={
            "height": 100,
            "width": 100,
            "train_images": 20,
            "sha256": Checksums(**checksums),
        }
    )
    assert fetch(described) == noise
    assert all(size <= most for size, most in asked.values())


def test_reasons_are_said_while_sources_are_tried(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fetch(dataset(from_folder(folder / "missing"), from_folder(folder)))
    missing = folder / "missing"
    assert capsys.readouterr().err == f"tiny: not from folder {missing}: no folder {missing}\n"


def test_a_missing_file_is_said_with_both_of_its_names(folder: Path) -> None:
    (folder / "train-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(InputError) as refusal:
        fetch(dataset(from_folder(folder)))
    assert str(refusal.value).splitlines() == [
        "tiny: expected one source with the pinned bytes, received none:",
        f"  - folder {folder}: neither train-labels-idx1-ubyte nor train-labels-idx1-ubyte.gz in "
        f"{folder}",
    ]
