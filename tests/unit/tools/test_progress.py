"""The live table and the plain lines, on invented stages."""

import io
import pickle
import re
import sys
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from tools.output import Bar
from tools.progress import View

EPOCH = Bar("sparse seed 3", "12", "40", "epoch", "loss=12.5, validation=13")
CLASSIFIER = Bar("vae", "120", "", "classifier", "frozen, draw 3")


class Clock:
    """Shows what a test says."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def terminal(width: int = 80, height: int = 24) -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=width, height=height, _environ={})


def lines(view: View, console: Console) -> list[str]:
    """The table as text, each line as it fills the terminal."""
    with console.capture() as captured:
        console.print(view.render())
    return re.sub(r"\x1b\[[\d;]*m", "", captured.get()).splitlines()


def test_a_line_a_stage_says_time_count_and_what_the_bar_says_and_one_below_how_many() -> None:
    clock, console = Clock(), terminal()
    view = View(console, live=True, clock=clock)
    needs = {"train@sparse": [], "semi_supervised@vae": [], "claims": ["train@sparse"]}
    view.expects({"split": [], **needs}, {}, 2)
    view.starts("split")
    view.ends("split", 1.0)
    view.starts("train@sparse")
    clock.now += 3600
    view.starts("semi_supervised@vae")
    clock.now += 65
    view.advances("train@sparse", EPOCH)
    view.advances("semi_supervised@vae", CLASSIFIER)
    assert [line.rstrip() for line in lines(view, console)] == [
        "train@sparse         1:01:05  epoch 12/40     seed 3, loss=12.5, validation=13",
        "semi_supervised@vae  01:05    classifier 120  frozen, draw 3",
        "1 of 4 stages done",
    ]


def test_the_time_left_is_that_of_the_schedule() -> None:
    clock, console = Clock(), terminal()
    view = View(console, live=True, clock=clock)
    needs = {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"], "e": []}
    view.expects(needs, {"a": 600.0, "b": 6000.0, "c": 1200.0, "d": 60.0}, 2)
    view.starts("a")
    clock.now += 300
    said = lines(view, console)[-1].rstrip()
    # 300 s of a are left, then c beside b, then d.
    assert said == "0 of 5 stages done, at most about 1 h 46 min left, without 1 of unknown length"
    view.skips("e")
    clock.now += 300
    view.ends("a", 600.0)
    view.starts("b")
    assert lines(view, console)[-1].rstrip() == "2 of 5 stages done, at most about 1 h 41 min left"
    view.ends("b", 6000.0)
    view.ends("c", 1200.0)
    view.starts("d")
    assert lines(view, console)[-1].rstrip() == "4 of 5 stages done, at most about 1 min left"


def test_a_machine_of_half_the_speed_is_expected_to_stay_so() -> None:
    console = terminal()
    view = View(console, live=True, clock=Clock())
    view.expects({"a": [], "b": []}, {"a": 100_000.0, "b": 36_000.0}, 1)
    view.ends("a", 200_000.0)
    view.starts("b")
    assert "at most about 20 h 0 min left" in lines(view, console)[-1]


def test_nothing_is_estimated_where_no_length_is_known() -> None:
    console = terminal()
    view = View(console, live=True, clock=Clock())
    view.starts("data")
    assert [line.rstrip() for line in lines(view, console)] == ["data  00:00"]
    view.expects({"data": [], "train": ["data"]}, {"report": 10.0}, 1)
    assert lines(view, console)[-1].rstrip() == "0 of 2 stages done"


def test_a_failure_stands_below_the_table_until_the_end() -> None:
    console = terminal()
    view = View(console, live=True, clock=Clock())
    view.expects({"a": [], "b": [], "c": []}, {}, 2)
    view.starts("a")
    view.starts("b")
    view.fails("a")
    assert [line.rstrip() for line in lines(view, console)] == [
        "b  00:00",
        "a: failed; what runs comes to its end",
    ]


@given(
    width=st.integers(20, 200),
    height=st.integers(4, 50),
    names=st.lists(st.text("abc_@", min_size=1, max_size=60), unique=True, max_size=30),
    note=st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=100),
)
def test_no_line_is_longer_than_the_terminal_and_all_of_them_fit(
    width: int, height: int, names: list[str], note: str
) -> None:
    console = terminal(width, height)
    view = View(console, live=True, clock=Clock())
    view.expects({name: [] for name in names}, dict.fromkeys(names, 1000.0), 1)
    for name in names:
        view.starts(name)
        view.advances(name, Bar(note, "1", "2", "epoch", note))
    said = lines(view, console)
    assert all(cell_len(line) <= width for line in said)
    hidden = [re.search(r"and (\d+) more", line) for line in said]
    shown = len(names) - sum(int(match[1]) for match in hidden if match)
    assert len(said) == (shown + 1 + any(hidden) if names else 0)
    assert len(said) < height


def test_without_a_terminal_there_are_only_plain_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(variable, raising=False)
    with View() as view:
        view.expects({"a": [], "b": [], "c": []}, {"a": 100.0}, 2)
        view.starts("a")
        view.starts("a")  # DVC says so, too
        view.advances("a", EPOCH)
        view.says("a", "\x1b[33mWARNING\x1b[39m: [b]much[/b] " + "x" * 200)
        view.ends("a", 12.34)
        view.skips("b")
        view.says("", "ERROR: of DVC")
        view.starts("c")
        view.fails("c")
        view.interrupted = True
        view.fails("d")
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        "    starts  a",
        "    12.3 s  a",
        "    cached  b",
        "    starts  c",
        "    failed  c",
        "   stopped  d",
    ]
    assert said.err == f"a | WARNING: [b]much[/b] {'x' * 200}\nERROR: of DVC\n"


def test_a_pipe_is_no_terminal_whatever_forces_colours(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert not View().live


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_whoever_sets_no_color_gets_no_colours(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    no_color: str,
    coloured: bool,
) -> None:
    monkeypatch.delenv("TTY_COMPATIBLE", raising=False)
    for variable, value in (("FORCE_COLOR", "1"), ("TERM", "xterm"), ("NO_COLOR", no_color)):
        monkeypatch.setenv(variable, value)
    View().says("a", "\x1b[33mWARNING\x1b[39m: text")
    said = capsys.readouterr().err
    assert ("\x1b[33m" in said) == coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", said) == "a | WARNING: text\n"


def test_a_copy_of_a_view_is_the_view() -> None:
    view = View()
    assert pickle.loads(pickle.dumps(view)) is view  # noqa: S301


def test_stages_that_speak_do_not_wait_for_a_table_that_waits_for_them(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    console = terminal()
    view = View(console, live=True)
    rounds = 100

    def speak() -> None:
        for number in range(rounds):
            view.starts("a")
            view.says("a", "text")
            view.ends("a", number)

    def refresh() -> None:
        for _ in range(rounds):
            view._table.refresh()  # as its own thread does, less often

    view.__enter__()
    threads = [Thread(target=target, daemon=True) for target in (speak, refresh, speak)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=300)
    assert not any(thread.is_alive() for thread in threads)
    view.__exit__(None, None, None)  # which would wait, too
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().count("a | text\n") == 2 * rounds
