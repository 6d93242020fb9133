"""What DVC, stages and tqdm write to one stream is told apart."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tqdm import tqdm

from tools.output import VARIABLES, Bar, Skip, Start, events

# Any text that a bar may show: nothing that moves the cursor or separates.
TEXT = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=20)


def bar_of(**settings: object) -> tuple[tqdm, io.StringIO]:
    """A bar as a stage makes it, with the variables that the stage gets."""
    file = io.StringIO()
    return tqdm(
        file=file,
        bar_format=VARIABLES["TQDM_BAR_FORMAT"],
        ncols=int(VARIABLES["TQDM_NCOLS"]),
        mininterval=0,
        **settings,
    ), file


@given(
    what=TEXT,
    total=st.none() | st.integers(1, 10**6),
    unit=TEXT.filter(bool),
    note=TEXT.filter(bool),
    steps=st.lists(st.integers(0, 1000), max_size=4),
    before=TEXT,
    after=TEXT,
    size=st.integers(1, 50),
)
def test_what_tqdm_writes_is_read_again_however_it_is_cut(
    what: str,
    total: int | None,
    unit: str,
    note: str,
    steps: list[int],
    before: str,
    after: str,
    size: int,
) -> None:
    bar, file = bar_of(desc=what, total=total, unit=unit)
    with bar:
        for step in steps:
            bar.set_postfix_str(note, refresh=False)
            bar.update(step)
            bar.refresh()
        # tqdm does not count beyond the total; it forgets it.
        known = "" if total is None or bar.n > total else str(total)
    written = f"{before}\n{file.getvalue()}{after}"
    pieces = [written[start : start + size] for start in range(0, len(written), size)]
    found = list(events(pieces))
    bars = [event for event in found if isinstance(event, Bar)]
    assert bars[-1] == Bar(what, str(sum(steps)), known, unit, note if steps else "")
    assert [text for text in found if isinstance(text, str)] == [t for t in (before, after) if t]


def test_a_bar_counts_as_soon_as_it_is_written() -> None:
    bar, file = bar_of(total=20, unit="epoch", desc="vae seed 3")
    bar.set_postfix(loss="12.5", validation="13")
    bar.update()
    pieces = iter([file.getvalue()])
    seen = list(events(pieces))
    bar.close()
    assert seen[-1] == Bar("vae seed 3", "1", "20", "epoch", "loss=12.5, validation=13")


def test_an_error_stays_whole_beside_a_bar_that_was_not_closed() -> None:
    bar, file = bar_of(unit="classifier")
    file.write("error: images: expected 3\n  received\t4")
    bar.close()
    assert list(events([file.getvalue()])) == [
        Bar("", "0", "", "classifier", ""),
        Bar("", "0", "", "classifier", ""),
        "error: images: expected 3",
        "  received\t4",
    ]


def test_texts_with_returns_are_what_a_terminal_shows_of_them() -> None:
    assert list(events(["a\r\nb 10%\rb 100%\n\n  \n", "no", " end"])) == ["a", "b 100%", "no end"]


RUN = """\
Stage 'check_params' didn't change, skipping
Stage 'split' is cached - skipping run, checking out outputs
Running stage 'train@vae':
> python -m stages.train vae
> is this a question?
WARNING: 'x' is empty.
Updating lock file 'dvc.lock'

Running stage 'report':
> python -m stages.report
Updating lock file 'dvc.lock'
Use `dvc push` to send your updates to remote storage.
To track the changes with git, run:

\tgit add dvc.lock

To enable auto staging, run:

\tdvc config core.autostage true
"""


def test_of_dvc_itself_starts_and_skipped_stages_and_trouble_are_left() -> None:
    assert list(events([RUN])) == [
        Skip("check_params", cached=False),
        Skip("split", cached=True),
        Start("train@vae"),
        "> is this a question?",
        "WARNING: 'x' is empty.",
        Start("report"),
    ]


@pytest.mark.parametrize("size", [1, 2, 7])
def test_pieces_may_end_anywhere(size: int) -> None:
    pieces = [RUN[start : start + size] for start in range(0, len(RUN), size)]
    assert list(events(pieces)) == list(events([RUN]))
