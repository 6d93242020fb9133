"""Import once what stages import, then fork for each stage: what emulation needs to end in time.

python -m tests.robustness.forks serve SOCKET    until it is ended
python -m tests.robustness.forks ask SOCKET -m stages.train vae …    as `python -m …` there

Whoever asks starts within a moment, since this module imports nothing heavy by itself.
"""

import importlib
import json
import os
import runpy
import signal
import sys
import time
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path

# `stages` comes first: it sets up the others.
_HEAVY = (
    *("stages", "tensorflow", "keras", "sklearn.linear_model"),
    *("scipy.stats", "matplotlib.figure", "pandas"),
)
CRASHED = 139  # as shells say it of a segmentation fault
_KIND = "AF_UNIX"
_PATIENCE = 300  # seconds for an emulated server to import everything


def serve(address: str) -> None:
    """Run the modules that others ask for, each in a fork, with this process' output and folder.

    Args:
        address: path of the socket; made when all is imported.
    """
    for name in _HEAVY:
        importlib.import_module(name)
    default = signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks
    with Listener(address, _KIND) as listener:
        while True:
            with listener.accept() as connection:
                if os.fork() == 0:
                    signal.signal(signal.SIGCHLD, default)
                    _answer(connection)


def _answer(connection: Connection) -> None:
    """Run a module in this process, tell its exit code and end."""
    code = 1
    try:
        flag, module, *arguments = json.loads(connection.recv_bytes())
        if flag != "-m":
            raise ValueError(f"expected -m, received {flag}")
        sys.argv = [module, *arguments]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as ended:
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
            connection.send_bytes(str(code).encode())
        finally:
            os._exit(code)


def ask(address: str, arguments: list[str]) -> int:
    """Have a module run by a server.

    Args:
        address: of the server; waited for while it is starting.
        arguments: as for `python`: `-m`, the module and what it takes.

    Returns:
        Its exit code; `CRASHED` if it ended without one.
    """
    deadline = time.monotonic() + _PATIENCE
    while not Path(address).exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    with Client(address, _KIND) as connection:
        connection.send_bytes(json.dumps(arguments).encode())
        try:
            return int(connection.recv_bytes())
        except EOFError:
            return CRASHED


if __name__ == "__main__":
    kind, socket, *rest = sys.argv[1:]
    if kind == "serve":
        serve(socket)
    sys.exit(ask(socket, rest))
