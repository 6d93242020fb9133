"""What DVC, its stages and their progress bars write to one stream, told apart."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

# Separators of ASCII's, which no text of a stage has: around a bar, and between its parts.
_AROUND, _BETWEEN = "\x1e", "\x1f"
_PARTS = _BETWEEN.join(["{desc}", "{n_fmt}", "{total_fmt}", "{unit}", "{postfix}"])
# Variables with which tqdm writes its bars so that `events` knows them, and leaves nothing out.
VARIABLES = {
    "TQDM_BAR_FORMAT": f"{_AROUND}{_PARTS}{_AROUND}",
    "TQDM_NCOLS": "10000",
    "TQDM_MININTERVAL": "0.5",
}
_BAR = re.compile(_AROUND + _BETWEEN.join([f"([^{_AROUND}{_BETWEEN}]*)"] * 5) + _AROUND)
_START = re.compile(r"Running stage '(.+)':")
_COMMAND = re.compile(r"> .+")
_SKIPPED = re.compile(
    r"Stage '(.+)' (?:didn't change, skipping|is (cached) - skipping run, checking out outputs)"
)
# What else DVC says of a run in which nothing is wrong.
_CHATTER = re.compile(
    r"(Updating|Generating) lock file '.+'"
    r"|Use `dvc push` to send your updates to remote storage\."
    r"|Data and pipelines are up to date\."
    r"|To track the changes with git, run:|\s+git add .+"
    r"|To enable auto staging, run:|\s+dvc config core\.autostage true"
)


class Bar(NamedTuple):
    """How far a stage is, as its progress bar says.

    Attributes:
        what: it works on; may be empty.
        done: number of units.
        total: number of units, or empty if it is not known.
        unit: such as `epoch`.
        note: what else the bar says, such as `loss=12.3`; may be empty.
    """

    what: str
    done: str
    total: str
    unit: str
    note: str


class Start(NamedTuple):
    """DVC runs a stage from here on."""

    stage: str


class Skip(NamedTuple):
    """DVC does not run a stage.

    Attributes:
        stage: of which it is.
        cached: its results come from the cache; else they are here already.
    """

    stage: str
    cached: bool


def events(pieces: Iterable[str]) -> Iterator[Bar | Start | Skip | str]:
    """Tell apart what `dvc repro` and its stages write.

    Args:
        pieces: of one stream with standard output and standard error, as they come; tqdm's
            bars are known if it wrote them with `VARIABLES`.

    Yields:
        Bars, starts and skipped stages, and all other lines, without what ends them. Left out are
        empty lines, what DVC says when nothing is wrong, and what a carriage return overwrites.
    """
    after_start = False
    for piece in _lines_and_bars(pieces):
        if isinstance(piece, Bar):
            yield piece
        elif start := _START.fullmatch(piece):
            yield Start(start[1])
        elif skipped := _SKIPPED.fullmatch(piece):
            yield Skip(skipped[1], bool(skipped[2]))
        elif not (_CHATTER.fullmatch(piece) or (after_start and _COMMAND.fullmatch(piece))):
            yield piece
        after_start = isinstance(piece, str) and bool(_START.fullmatch(piece))


def _lines_and_bars(pieces: Iterable[str]) -> Iterator[Bar | str]:
    rest = ""
    for piece in pieces:
        rest += piece
        for what, done, total, unit, note in _BAR.findall(rest):
            known = "" if total == "?" else total
            yield Bar(what.removesuffix(": "), done, known, unit, note.removeprefix(", "))
        *lines, rest = _BAR.sub("\n", rest).split("\n")
        for line in lines:
            yield from _visible(line)
    yield from _visible(rest)


def _visible(line: str) -> list[str]:
    """What a terminal shows of a line in the end: the last of the texts that overwrite another."""
    return [text.rstrip() for text in line.split("\r") if text.strip()][-1:]
