"""One file from a web server that may be slow, broken or hostile."""

import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests
from tqdm import tqdm
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError

_CHUNK = 2**16
_MOST_REDIRECTS = 5


class DownloadError(Exception):
    """The file cannot be had from this server, or not within its limits."""


def download(
    url: str,
    path: Path,
    most: int,
    deadline: float,
    *,
    timeout: float = 30,
    pauses: Sequence[float] = (1, 5),
    scheme: str = "https://",
) -> None:
    """Download a file within limits of bytes and time.

    Tries again after what another try may mend: an answer of 500 or above, a connection that is
    cut or silent. Redirects stay within HTTPS, and certificates are checked. Runs in the main
    thread, since the deadline is an alarm: it also ends what sends a byte now and then.

    Args:
        url: of the file.
        path: where to; after an error it may hold anything.
        most: bytes of the file.
        deadline: seconds for all tries together.
        timeout: seconds without a byte after which a server is given up.
        pauses: seconds before each further try.
        scheme: what URLs start with.

    Raises:
        DownloadError: the file cannot be had, is too large or too slow, or the URL, or one that it
            leads to, is of another scheme.
    """
    late = f"{url}: expected an end within {deadline:.0f} s, received none"
    with _Session() as session, _alarm(deadline, DownloadError(late)):
        for pause in (*pauses, None):
            try:
                _attempt(session, url, path, most, timeout, scheme)
                return
            # The last one is what comes of addresses that cannot be taken apart.
            except (_AgainError, requests.RequestException, HTTPError, ValueError) as error:
                if pause is None or not _passing(error):
                    raise DownloadError(f"{url}: {error}") from error
            time.sleep(pause)


class _Session(requests.Session):
    """Leaves redirects to us: requests reads the whole answer before it follows one."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class _AgainError(Exception):
    """What another try may mend."""


@contextmanager
def _alarm(seconds: float, error: Exception) -> Iterator[None]:
    """Raise an error in the block if it has not ended in time."""

    def ring(*_: Any) -> None:
        raise error

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)  # again, where nobody could hear it
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _attempt(
    session: requests.Session, url: str, path: Path, most: int, timeout: float, scheme: str
) -> None:
    """Try once."""
    for _ in range(_MOST_REDIRECTS + 1):
        if not url.startswith(scheme):
            raise DownloadError(f"{url}: expected {scheme}, received another scheme")
        with session.get(
            url, stream=True, timeout=timeout, headers={"Accept-Encoding": "identity"}
        ) as answer:
            if answer.is_redirect:
                url = urljoin(url, answer.headers["Location"])
                continue
            if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise _AgainError(f"{answer.status_code} {answer.reason}")
            answer.raise_for_status()
            if answer.raw.chunked:  # a chunk may call itself endless, and would be read as one
                raise DownloadError(f"{url}: expected a file in one piece, received chunks")
            total = answer.raw.length_remaining
            with path.open("wb") as file, tqdm(total=total, unit="B", unit_scale=True) as bar:
                for chunk in answer.raw.stream(_CHUNK, decode_content=False):
                    if file.tell() + len(chunk) > most:
                        raise DownloadError(f"{url}: expected at most {most} bytes, received more")
                    file.write(chunk)
                    bar.update(len(chunk))
            return
    raise DownloadError(f"{url}: expected at most {_MOST_REDIRECTS} redirects, received more")


def _passing(error: Exception) -> bool:
    """Whether a server was there and was cut off or silent; that none is there will stay."""
    cause = error.args[0] if isinstance(error, requests.ConnectionError) and error.args else error
    return isinstance(cause, _AgainError | requests.ReadTimeout | ProtocolError | ReadTimeoutError)
