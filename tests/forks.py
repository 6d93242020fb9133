"""Import once what stages import, then fork for each stage: most of a small stage is its imports.

python tests/forks.py serve SOCKET    until standard input ends
python tests/forks.py ask SOCKET -m stages.train vae …    as `python -m …` there

A fork has the folder, the environment and the open files of whoever asks, and reads the project's
code anew from that folder. Asking takes a moment, since this module imports nothing heavy.
"""

import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import time
from collections.abc import Callable

# `stages` comes first: it sets up the others.
_HEAVY = (
    *("stages", "tensorflow", "keras", "sklearn.linear_model"),
    *("scipy.stats", "matplotlib.figure", "pandas"),
)
# Read anew in each fork: a copy of the project may have other code.
_OURS = {"stages", "tools", "reference", "tests"}
CRASHED = 139  # as shells say it of a segmentation fault
_PATIENCE = 300  # seconds for an emulated server to import everything
_STANDARD = (0, 1, 2)


def serve(address: str) -> None:
    """Run the modules that others ask for, each in a fork, until standard input ends.

    Args:
        address: path of the socket; it appears when all is imported.
    """
    for name in _HEAVY:
        importlib.import_module(name)
    default = signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{address}.new")
        listener.listen()
        os.rename(f"{address}.new", address)
        while listener in select.select([listener, sys.stdin], [], [])[0]:
            with listener.accept()[0] as connection:
                if os.fork() == 0:
                    signal.signal(signal.SIGCHLD, default)
                    _answer(connection)


def _answer(connection: socket.socket) -> None:
    """Run a module in this process, tell its exit code and end."""
    code = 1
    try:
        _, files, _, _ = socket.recv_fds(connection, 1, len(_STANDARD))
        for file, number in zip(files, _STANDARD, strict=True):
            os.dup2(file, number)
            os.close(file)
        with connection.makefile("rb") as sent:
            request = json.load(sent)
        code = ended(lambda: _run(**request))
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
            connection.sendall(str(code).encode())
        finally:
            os._exit(code)


def _run(arguments: list[str], folder: str, env: dict[str, str]) -> None:
    """Do what `python` does with these arguments in a folder."""
    inherited = {"", os.getcwd(), *os.environ.get("PYTHONPATH", "").split(os.pathsep)}
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    flag, module, *rest = arguments
    if flag != "-m":
        raise ValueError(f"expected -m, received {flag}")
    first = [folder, *filter(None, env.get("PYTHONPATH", "").split(os.pathsep))]
    installed = [path for path in sys.path[1:] if path not in inherited]
    sys.path[:] = [*(os.path.abspath(path) for path in first), *installed]
    for name in list(sys.modules):
        if name.partition(".")[0] in _OURS:
            del sys.modules[name]
    importlib.invalidate_caches()
    sys.orig_argv = [sys.executable, *arguments]  # by which stages know that they are one
    sys.argv = [module, *rest]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def ended(run: Callable[[], object]) -> int:
    """Tell with which code Python would end after this, and print what it would say."""
    try:
        run()
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


def ask(address: str, arguments: list[str]) -> int:
    """Have a module run by a server.

    Args:
        address: of the server; waited for while it is starting.
        arguments: as for `python`: `-m`, the module and what it takes.

    Returns:
        Its exit code; `CRASHED` if it ended without one.
    """
    deadline = time.monotonic() + _PATIENCE
    while not os.path.exists(address) and time.monotonic() < deadline:
        time.sleep(0.05)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(address)
        socket.send_fds(connection, [b"f"], _STANDARD)
        request = {"arguments": arguments, "folder": os.getcwd(), "env": dict(os.environ)}
        connection.sendall(json.dumps(request).encode())
        connection.shutdown(socket.SHUT_WR)
        return int(connection.recv(16) or CRASHED)


if __name__ == "__main__":
    kind, path, *rest = sys.argv[1:]
    if kind == "serve":
        serve(path)
    else:
        sys.exit(ask(path, rest))
