"""Bounds of the types that sections share, and what a stage notices at its end."""

from pathlib import Path
from typing import Any

import pytest

from stages.core import params
from stages.core.errors import InputError
from stages.core.params import load, read, refuse_edited_params, validate
from tests.bounds import allowed


@pytest.mark.parametrize(
    ("kind", "within", "beyond"),
    [
        ("PositiveInt", [1, 10**9], [0, 10**9 + 1]),
        ("Seed", [0, 2**31 - 1], [-1, 2**31]),
        ("LearningRate", [1e-9, 1.0], [0.0, 1.01]),
        ("Width", [1, 10_000], [0, 10_001]),
        ("Widths", [[], [1] * 10], [[1] * 11, [0]]),
        ("Fraction", [1e-9, 1.0], [0.0, 1.01]),
        ("Fractions", [[0.5], [0.5, 1.0]], [[], [0.5, 0.5]]),
        ("Draws", [1, 1_000], [0, 1_001]),
        ("Device", ["cpu", "gpu"], ["tpu", "cpu ", "xcpu", ""]),
        ("Threads", [1, 1_024], [0, 1_025]),
        ("Seeds", [[0], list(range(1_000))], [[], [1, 1], list(range(1_001)), [-1]]),
    ],
)
def test_values_are_allowed_within_their_bounds_alone(
    kind: str, within: list[object], beyond: list[object]
) -> None:
    assert [value for value in within if not allowed(getattr(params, kind), value)] == []
    assert [value for value in beyond if allowed(getattr(params, kind), value)] == []


class Small(params.Section):
    """An invented section."""

    count: int
    share: float = 0.5
    names: params.Several[str] = ("a",)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, "x.count: expected this key, received a section without it"),
        ({"count": 1, "other": "y"}, "x.other: expected no such key, received 'y'"),
        ({"count": 1.0}, "x.count: expected: the value should be a valid integer"),
        ({"count": "1"}, "x.count: expected: the value should be a valid integer, received '1'"),
        ({"count": 1, "share": float("inf")}, "x.share: expected: the value should be a finite"),
        ({"count": 1, "names": []}, "x.names: expected"),
        ({"count": 1, "names": ["b", 2]}, "x.names.1: expected: the value should be a valid str"),
        ({"share": 2, "names": 3}, "x.count: expected this key"),
    ],
)
def test_each_fault_is_said_by_its_key(value: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as refusal:
        validate(value, Small, "x")
    assert str(refusal.value).splitlines()[0].startswith(message)


def test_every_fault_has_a_line() -> None:
    with pytest.raises(InputError) as refusal:
        validate({"share": "a", "names": 3}, Small, "x")
    assert [line.split(":")[0] for line in str(refusal.value).splitlines()] == [
        *("x.count", "x.share", "x.names"),
    ]


def test_sections_take_their_values_as_they_are() -> None:
    section = validate({"count": 2, "names": ["b", "c"]}, Small, "x")
    assert section == Small(count=2, share=0.5, names=("b", "c"))


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of parameters, in a process that has read none."""
    monkeypatch.setattr(params, "_already_read", [])
    path = tmp_path / "params.yaml"
    path.write_text("a: {b: {count: 1}}\nc: 2\n")
    return path


def test_an_edit_of_what_was_read_is_refused_at_the_end(file: Path) -> None:
    assert read(file, "a.b", Small).count == 1
    refuse_edited_params()
    file.write_text("a: {b: {count: 1}}\nc: 3\n")  # nobody has read it
    refuse_edited_params()
    file.write_text("a: {b: {count: 2}}\nc: 2\n")
    with pytest.raises(InputError, match=r"params.yaml: a.b: expected the values with which"):
        refuse_edited_params()


def test_whoever_read_the_whole_file_notices_every_edit(file: Path) -> None:
    assert load(file) == {"a": {"b": {"count": 1}}, "c": 2}
    refuse_edited_params()
    file.write_text("a: {b: {count: 1}}\nc: 3\n")
    with pytest.raises(InputError, match=r"params.yaml: expected the values with which"):
        refuse_edited_params()


def test_what_a_caller_changes_is_not_read_by_others(file: Path) -> None:
    load(file)["a"]["b"]["count"] = 9
    assert load(file)["a"]["b"]["count"] == 1


@pytest.mark.parametrize("key", ["x", "a.x", "a.b.count.x", "c.x"])
def test_a_key_that_is_not_there_is_named(file: Path, key: str) -> None:
    with pytest.raises(InputError, match=rf"params.yaml: {key}: expected this key, received"):
        read(file, key, int)
