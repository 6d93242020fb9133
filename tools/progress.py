"""What a person sees while stages run: a live table in a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from types import TracebackType
from typing import NamedTuple, Self
from weakref import WeakValueDictionary

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text
from tqdm import tqdm

from tools.output import Bar
from tools.schedule import expected_seconds, time_left

# The table is written again this often a second.
_REFRESHES = 2
# After so many seconds of finished stages, their speed here and that of before count alike.
_CAUTION = 60.0


def say(subject: str, state: str | float) -> None:
    """Print a stage's name after what happened to it: a word, or the seconds that it took."""
    print(f"{state if isinstance(state, str) else f'{state:.1f} s':>10}  {subject}", flush=True)


class Running(NamedTuple):
    """A stage that runs.

    Attributes:
        since: when it started, in seconds of the view's clock.
        bar: its progress bar, if it has shown one.
    """

    since: float
    bar: Bar | None = None


class View:
    """Shows the stages of one run, whichever thread tells of them; to be used by `with`.

    Where standard output is a terminal that can move its cursor, a table with a line for each
    stage that runs stays below what is printed. Elsewhere a line says that a stage starts, and
    another one that it has ended. What stages write themselves stands after their names.

    Attributes:
        live: whether there is a table.
        interrupted: set after Ctrl-C, by which stages do not fail.
    """

    def __init__(
        self,
        console: Console | None = None,
        live: bool | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Look at the terminal.

        Args:
            console: for the table; standard output by default.
            live: as the attribute; by default what the terminal can do decides.
            clock: gives seconds.
        """
        self._console = console or Console()
        # rich takes a pipe for a terminal where FORCE_COLOR is set.
        self.live = sys.stdout.isatty() and self._console.is_interactive if live is None else live
        self.interrupted = False
        self._errors = self._console if sys.stderr.isatty() and self.live else Console(stderr=True)
        self._clock = clock
        self._needs: dict[str, Sequence[str]] = {}
        self._seconds: Mapping[str, float] = {}
        self._jobs = 1
        self._left: set[str] = set()
        self._running: dict[str, Running] = {}
        self._failed: list[str] = []
        self._took = self._expected = _CAUTION
        # Printing writes the table again, which reads what runs: the first lock is never taken in
        # the second.
        self._printing, self._lock = Lock(), Lock()
        self._table = Live(
            console=self._console,
            get_renderable=self.render,
            refresh_per_second=_REFRESHES,
            transient=True,
            redirect_stderr=sys.stderr.isatty(),
        )
        _VIEWS[id(self)] = self

    def __reduce__(self) -> tuple[Callable[[int], "View"], tuple[int]]:
        """Dask copies what it hands to its threads, but there is one terminal."""
        return _view, (id(self),)

    def __enter__(self) -> Self:
        """Show the table, if there is one."""
        if self.live:
            self._table.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the table away."""
        self._table.stop()

    def expects(
        self, needs: Mapping[str, Sequence[str]], seconds: Mapping[str, float], jobs: int
    ) -> None:
        """Learn what the run may have to do, for the line below the table.

        Args:
            needs: by stage that may have to run, the stages that it depends on.
            seconds: by stage, how long it took before; may lack any.
            jobs: stages that run side by side.
        """
        with self._lock:
            self._needs, self._jobs = dict(needs), jobs
            self._seconds = expected_seconds(needs, seconds)
            self._left = set(needs)

    def starts(self, stage: str) -> None:
        """Show that a stage starts; once, if it is told again."""
        with self._lock:
            new = stage not in self._running
            self._running[stage] = Running(self._clock())
        if new and not self.live:
            self._say(stage, "starts")

    def advances(self, stage: str, bar: Bar) -> None:
        """Show a stage's progress bar."""
        with self._lock:
            if stage in self._running:
                self._running[stage] = self._running[stage]._replace(bar=bar)

    def says(self, stage: str, text: str) -> None:
        """Show a line that a stage wrote, with its name if that is not empty."""
        # Colours are for terminals alone, which the console knows.
        line = Text.from_ansi(f"{stage} | {text}" if stage else text)
        with self._printing:
            self._errors.print(line, soft_wrap=True)

    def ends(self, stage: str, seconds: float) -> None:
        """Show how long a stage ran."""
        with self._lock:
            if stage in self._seconds:
                self._took += seconds
                self._expected += self._seconds[stage]
        self._leaves(stage)
        self._say(stage, seconds)

    def skips(self, stage: str, told: bool = True) -> None:
        """Show, if told, that a stage did not have to run."""
        self._leaves(stage)
        if told:
            self._say(stage, "cached")

    def fails(self, stage: str) -> None:
        """Show that a stage failed, or that it was stopped by Ctrl-C."""
        with self._lock:
            self._running.pop(stage, None)
            self._failed.append(stage)
        self._say(stage, "stopped" if self.interrupted else "failed")

    def _leaves(self, stage: str) -> None:
        with self._lock:
            self._running.pop(stage, None)
            self._left.discard(stage)

    def _say(self, stage: str, state: str | float) -> None:
        with self._printing:
            say(stage, state)

    def render(self) -> Group:
        """Make the table, as high as the terminal allows, and the line below it."""
        with self._lock:
            running = list(self._running.items())
            lines = [self._summary()]
        if not running:
            return Group()
        room = max(1, self._console.height - 3)
        if len(running) > room:
            lines.insert(0, f"and {len(running) - room} more")
        rows = Table.grid(padding=(0, 2, 0, 0), expand=True)
        for share in (None, None, None, 1):  # the last column takes what the others leave
            rows.add_column(no_wrap=True, overflow="ellipsis", ratio=share)
        for stage, (since, bar) in running[:room]:
            parts = (stage, tqdm.format_interval(self._clock() - since), *_words(stage, bar))
            rows.add_row(*map(Text, parts))
        below = (Text(line, no_wrap=True, overflow="ellipsis", style="dim") for line in lines)
        return Group(rows, *(line for line in below if line))

    def _summary(self) -> str:
        """How many stages are done, of how many, and how long the others may take."""
        if self._failed:
            return f"{', '.join(self._failed)}: failed; what runs comes to its end"
        if not self._needs:
            return ""
        done = f"{len(self._needs) - len(self._left)} of {len(self._needs)} stages done"
        unknown = len(self._left - self._seconds.keys())
        if unknown == len(self._left):
            return done
        # Faster or slower than before, as far as can be told.
        speed = self._took / self._expected
        now = self._clock()
        left = time_left(
            {
                stage: [needed for needed in self._needs[stage] if needed in self._left]
                for stage in self._left
            },
            {stage: seconds * speed for stage, seconds in self._seconds.items()},
            self._jobs,
            {name: now - it.since for name, it in self._running.items() if name in self._left},
        )
        without = f", without {unknown} of unknown length" if unknown else ""
        return f"{done}, at most about {_duration(left)} left{without}"


_VIEWS: WeakValueDictionary[int, View] = WeakValueDictionary()


def _view(number: int) -> View:
    return _VIEWS[number]


def _words(stage: str, bar: Bar | None) -> tuple[str, str]:
    """How far a stage is, and what its bar says beside that."""
    if not bar:
        return "", ""
    variant = stage.partition("@")[2]
    what = bar.what.removeprefix(variant).strip() if variant else bar.what
    count = f"{bar.unit} {bar.done}" + (f"/{bar.total}" if bar.total else "")
    return count, ", ".join(filter(None, [what, bar.note]))


def _duration(seconds: float) -> str:
    """Say how long something takes, no more exactly than it can be known."""
    hours, minutes = divmod(max(1, round(seconds / 60)), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
