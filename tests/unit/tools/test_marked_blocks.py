"""Generated blocks in pages."""

from pathlib import Path

import pytest

from stages.core.errors import InputError
from tools.marked_blocks import fill

PAGE = "# Title\n\n<!-- speed -->\n{}<!-- end of speed -->\n\nThe rest.\n"


def test_a_block_is_replaced_wherever_a_page_has_it_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    readme, page = tmp_path / "README.md", tmp_path / "docs" / "speed.md"
    mentions = "Between `<!-- speed -->` and `<!-- end of speed -->`.\n"
    readme.write_text(mentions)
    page.write_text(PAGE.format("old\n"))
    fill(tmp_path, "speed", "a \\1\nb\n")
    fill(tmp_path, "graph", "no page has this block\n")
    assert page.read_text() == PAGE.format("a \\1\nb\n")
    assert readme.read_text() == mentions


@pytest.mark.parametrize("end", ["", "<!-- end of numbers -->\n"])
def test_a_block_without_its_end_is_refused_and_the_page_kept(tmp_path: Path, end: str) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"<!-- speed -->\nwhat somebody wrote\n{end}")
    before = readme.read_text()
    with pytest.raises(InputError, match=r"README\.md: expected <!-- end of speed -->"):
        fill(tmp_path, "speed", "new\n")
    assert readme.read_text() == before
