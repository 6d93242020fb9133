"""DVC's charts in a page of their own."""

from pathlib import Path

import pytest

from tools.plots import main, page


def test_the_page_loads_nothing_and_has_one_place_for_the_charts() -> None:
    text = page()
    assert "<script src" not in text
    assert text.count("</script") == 2  # the programs, and the page's own
    assert text.count("{plot_divs}") == 1
    assert "window.vegaEmbed=" in text
    assert "vegaEmbed('#" not in text


def test_old_charts_make_room_for_new_ones(tmp_path: Path) -> None:
    (tmp_path / "old.svg").touch()
    main(folder=tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"index.html", "static"}
    assert "vegaEmbed('#" in (tmp_path / "index.html").read_text()


def test_an_unknown_revision_is_named(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="^error: nothing: expected results with charts"):
        main("nothing", tmp_path)
