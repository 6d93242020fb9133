"""Contenders in processes of their own, which work only when they are asked to.

Between two questions a contender waits for its standard input and takes no processor time, so
that contenders can take turns: a slow minute of the machine falls on all of them alike.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks import NATIVE
from tools.project import PROJECT

_READY = "ready"


@contextmanager
def working(
    module: str, project: Path, images: int, native: bool = False
) -> Iterator[Callable[..., Any]]:
    """Start a module that runs `serve`, and wait until it can.

    Args:
        module: its name, for `python -m`.
        project: in which the data have been made; what the module says is logged there.
        images: to train on, at most.
        native: with the libraries' own settings instead of those that are the same everywhere.

    Yields:
        A function that has a task done: its name and arguments -> what it returns.

    Raises:
        RuntimeError: the process ended; the message names the log.
    """
    said = project / "build" / f"{module}{'-native' * native}.log"
    said.parent.mkdir(exist_ok=True)
    with (
        said.open("w") as log,
        subprocess.Popen(
            [sys.executable, "-m", module, str(project), str(images)],
            cwd=PROJECT,
            stderr=log,
            env={**os.environ, NATIVE: module} if native else None,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        questions, answers = process.stdin, process.stdout
        assert questions is not None
        assert answers is not None

        def answer(task: str) -> Any:
            line = answers.readline()
            if not line:
                raise RuntimeError(f"{module}: expected an answer to {task}, it ended, see {said}")
            return json.loads(line)

        def ask(task: str, **arguments: Any) -> Any:
            print(json.dumps([task, arguments]), file=questions, flush=True)
            return answer(task)

        try:
            answer(_READY)
            yield ask
        except BaseException:
            process.kill()
            raise


def serve(tasks: Mapping[str, Callable[..., Any]]) -> None:
    """Do what is asked for on standard input until that is closed.

    Args:
        tasks: by name; each returns a plain value.
    """
    # Whatever else is printed must not be taken for an answer.
    answers, sys.stdout = sys.stdout, sys.stderr
    print(json.dumps(_READY), file=answers, flush=True)
    for line in sys.stdin:
        task, arguments = json.loads(line)
        print(json.dumps(tasks[task](**arguments)), file=answers, flush=True)
