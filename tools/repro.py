"""Run `dvc repro` once, show what it does, and take the time of its stages."""

import codecs
import io
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tools import output
from tools.progress import View


class StageTime(NamedTuple):
    """How long a stage ran.

    Attributes:
        stage: as DVC names it, `train@vae`.
        seconds: from its start until DVC turns to the next stage or ends.
    """

    stage: str
    seconds: float


def dvc_repro(
    project: Path,
    env: Mapping[str, str],
    view: View,
    times: list[StageTime],
    *arguments: str,
    stage: str = "",
) -> int:
    """Run `dvc repro`, show what it does, and take the time of each stage that comes to its end.

    Args:
        project: folder of `dvc.yaml`.
        env: variables for the stages.
        view: to show it in.
        times: gets the stages, also if a later one fails.
        *arguments: of `dvc repro`.
        stage: the only one that it may run, if that is known.

    Returns:
        DVC's exit code.

    Raises:
        KeyboardInterrupt: Ctrl-C, after DVC has ended.
    """
    running, started = "", 0.0
    interrupt: KeyboardInterrupt | None = None

    def finish() -> None:
        nonlocal running
        if running:
            times.append(StageTime(running, time.monotonic() - started))
            view.ends(*times[-1])
        running = ""

    with subprocess.Popen(
        [sys.executable, "-m", "dvc", "--wait-for-lock", "repro", *arguments],
        cwd=project,
        env={**env, **output.VARIABLES},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,  # one stream keeps the order
    ) as process:
        assert isinstance(process.stdout, io.BufferedReader)
        pieces = iter(partial(process.stdout.read1, 2**16), b"")
        while process.returncode is None:
            try:
                for event in output.events(codecs.iterdecode(pieces, "utf-8", "replace")):
                    match event:
                        case output.Bar():
                            view.advances(running or stage, event)
                        case output.Start():
                            finish()
                            running, started = event.stage, time.monotonic()
                            view.starts(running)
                        case output.Skip() if not stage:
                            finish()
                            view.skips(event.stage, event.cached)
                        case str():
                            view.says(running or stage, event)
                process.wait()
            except KeyboardInterrupt as error:  # DVC got it, too, and may have to say something
                if interrupt:
                    raise
                interrupt = error
                view.interrupted = True
    if interrupt or process.returncode:
        view.fails(running or stage or "dvc repro")
    else:
        finish()
    if interrupt:
        raise interrupt
    return process.returncode
