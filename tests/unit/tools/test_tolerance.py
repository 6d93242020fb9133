"""Files are compared number by number."""

from pathlib import Path

import pytest

from tools.tolerance import Status, compare

CSV = """variant,labels,chosen,recall,test_accuracy
vae,10,True,0.5,0.80
sparse,20,False,,0.70
"""


@pytest.mark.parametrize(
    ("old", "new", "status", "said"),
    [
        ("0.80", "0.8", Status.DIFFERENT, "in another notation"),
        ("0.80", "0.72", Status.WITHIN, "semi_supervised.test_accuracy: 0.8 became 0.72"),
        ("0.80", "0.65", Status.DIFFERENT, "test_accuracy: 0.8 became 0.65"),
        ("True", "False", Status.WITHIN, "chosen: 1 became 0"),
        ("10,", "11,", Status.DIFFERENT, "labels: other values"),
        ("vae", "vea", Status.DIFFERENT, "variant: other values"),
        ("False,,", "False,0.1,", Status.DIFFERENT, "recall: values are missing in one"),
        ("labels", "label", Status.DIFFERENT, "other columns"),
        ("labels", "variant", Status.DIFFERENT, "expected one field"),
        ("vae,", "0,vae,", Status.DIFFERENT, "expected one field"),
        ("sparse,20,False,,0.70\n", "", Status.DIFFERENT, "expected 2 values, received 1"),
    ],
)
def test_tables_are_compared_number_by_number(
    tmp_path: Path, old: str, new: str, status: Status, said: str
) -> None:
    files = [tmp_path / name / "semi_supervised" / "vae.csv" for name in ("old", "new")]
    for file, text in zip(files, (CSV, CSV.replace(old, new, 1)), strict=True):
        file.parent.mkdir(parents=True)
        file.write_text(text)
    found, note = compare(*files)
    assert (found, said in note) == (status, True), note


@pytest.mark.parametrize(
    ("new", "status", "said"),
    [
        ('[{"id": "a", "measured": 0.11}]', Status.WITHIN, "claims.a.measured: 0.1 became 0.11"),
        ('[{"id": "a", "measured": 0.3}]', Status.DIFFERENT, "measured: 0.1 became 0.3"),
        ('[{"id": "b", "measured": 0.1}]', Status.DIFFERENT, "other columns or keys"),
        ('[{"id": "a", "measured": 0.1}, {"id": "a", "measured": 0.2}]', "different", "once"),
        ('[{"id": "a", "measured": 0.2, "measured": 0.1}]', Status.DIFFERENT, "each key once"),
    ],
)
def test_json_is_compared_number_by_number(
    tmp_path: Path, new: str, status: str, said: str
) -> None:
    files = [tmp_path / name / "metrics" / "claims.json" for name in ("old", "new")]
    for file, text in zip(files, ('[{"id": "a", "measured": 0.1}]', new), strict=True):
        file.parent.mkdir(parents=True)
        file.write_text(text)
    found, note = compare(*files)
    assert (found, said in note) == (status, True), note
