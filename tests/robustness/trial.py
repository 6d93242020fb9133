"""Tests run in a fork, in which a module may have other code than its file says."""

import json
import os
import resource
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import NamedTuple

import pytest
from hypothesis import Phase, settings

_SECONDS = 10  # of processor time that a run may take besides what its tests need
# Times as long by the clock, for what hangs without computing, which no processor time tells: at
# least ten minutes, so that a slow machine does not count as a test that notices something.
_PATIENCE = 60
_MEMORY = 2**32  # bytes that a run may take in addition: an endless loop must not starve others
_OWN = {"stages", "reference", "tools"}  # packages that each fork imports for itself


class Trial(NamedTuple):
    """How a run of tests ended.

    Attributes:
        failed: the first test that failed, or a file that could not be imported; None if all
            passed. A signal's name where the run was ended for taking too long or crashed.
        seconds: that each test took.
        processor: seconds of processor time that all of them took.
    """

    failed: str | None
    seconds: Mapping[str, float]
    processor: float


class _Observer:
    """Orders the tests and notes how they end."""

    def __init__(self, order: Sequence[str]) -> None:
        self.place = {name: place for place, name in enumerate(order)}
        self.failed: str | None = None
        self.seconds: dict[str, float] = {}

    def pytest_collection(self) -> None:
        # Whoever asks whether a test fails need not know for which smallest example.
        phases = [Phase.explicit, Phase.generate]
        settings.register_profile("without explanations", settings.default, phases=phases)
        settings.load_profile("without explanations")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: self.place.get(item.nodeid, len(self.place)))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed = self.failed or report.nodeid

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = self.failed or report.nodeid
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration


def tried(
    project: Path,
    files: Sequence[str],
    code: Mapping[str, CodeType],
    order: Sequence[str],
    processor: float,
    output: Path,
) -> Trial:
    """Run tests up to the first that fails.

    Args:
        project: folder that modules are imported from.
        files: of tests, relative to it.
        code: of modules, in place of what their files say.
        order: names of tests that run first, in this order.
        processor: seconds of processor time that all tests take.
        output: file for what they say.
    """
    with tempfile.TemporaryDirectory() as folder:
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            try:
                _bound(processor)
                os.chdir(project)
                with output.open("w") as file:
                    os.dup2(file.fileno(), 1)
                    os.dup2(file.fileno(), 2)
                _run(files, code, order, Path(folder))
            except BaseException:
                sys.excepthook(*sys.exc_info())
            finally:
                os._exit(1)
        try:
            _, status, used = os.wait4(pid, 0)
        finally:
            with suppress(ProcessLookupError):  # what tests have started and not ended
                os.killpg(pid, signal.SIGKILL)
        if os.WIFSIGNALED(status):
            return Trial(signal.Signals(os.WTERMSIG(status)).name, {}, used.ru_utime)
        try:
            failed, seconds = json.loads((Path(folder) / "tested.json").read_text())
        except FileNotFoundError:
            failed, seconds = "pytest itself", {}
        return Trial(failed, seconds, used.ru_utime)


def _bound(processor: float) -> None:
    """Let this process end if it takes far more than its tests do."""
    os.setpgrp()
    allowed = _SECONDS + 3 * round(processor)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    for kind, bound in (
        (resource.RLIMIT_CPU, allowed),
        (resource.RLIMIT_AS, used + _MEMORY),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (bound, resource.getrlimit(kind)[1]))
    signal.alarm(_PATIENCE * allowed)


def _run(
    files: Sequence[str],
    code: Mapping[str, CodeType],
    order: Sequence[str],
    folder: Path,
) -> None:
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # importing them takes longer than a test
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    for name in [name for name in sys.modules if name.split(".")[0] in _OWN]:
        del sys.modules[name]
    of_file = SourceFileLoader.get_code

    def get_code(loader: SourceFileLoader, name: str) -> CodeType | None:
        return code[name] if name in code else of_file(loader, name)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign]
    observer = _Observer(order)
    arguments = ["-x", "-q", "-p", "no:cacheprovider", "-m", "not long and not browser"]
    arguments += ["-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning"]
    ended = pytest.main([*arguments, *files], plugins=[observer])
    failed = observer.failed or (None if ended == pytest.ExitCode.OK else "pytest itself")
    (folder / "tested.json").write_text(json.dumps([failed, observer.seconds]))
