"""Downloading one file from a web server that may be slow, broken or hostile."""

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
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    MaxRetryError,
    NameResolutionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

_CHUNK = 2**16
_MOST_REDIRECTS = 5


class DownloadError(Exception):
    """The file cannot be downloaded from this server, or not within the limits."""


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

    Tries again after errors that may pass: a status of 500 or above, a connection that is cut or
    silent. Redirects stay within HTTPS, and certificates are checked. Must run in the main thread,
    since the deadline is an alarm signal; it also stops a server that sends a byte now and then.

    Args:
        path: to write to; its content is undefined after an error.
        most: largest size of the file in bytes.
        deadline: seconds for all tries together.
        timeout: seconds without a byte after which a try fails.
        pauses: seconds before each further try.
        scheme: that the URL and all redirects must have.

    Raises:
        DownloadError: the file cannot be downloaded, is too large or too slow, or the URL or a
            redirect has another scheme.
    """
    late = f"{url}: expected an end within {deadline:.0f} s, received none"
    with _Session() as session, _alarm(deadline, DownloadError(late)):
        for pause in (*pauses, None):
            try:
                _attempt(session, url, path, most, timeout, scheme)
                return
            # ValueError is raised for a URL that cannot be parsed.
            except (_RetryError, requests.RequestException, HTTPError, ValueError) as error:
                if pause is None or not _is_transient(error):
                    raise DownloadError(f"{url}: {_reason(error)}") from error
            time.sleep(pause)


class _Session(requests.Session):
    """Does not follow redirects: requests would read the whole answer before it follows one."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class _RetryError(Exception):
    """An error that may not occur again."""


@contextmanager
def _alarm(seconds: float, error: Exception) -> Iterator[None]:
    """Raise an error in the block if it has not ended in time."""

    def ring(*_: Any) -> None:
        raise error

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)  # again, if the first error was swallowed
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _attempt(
    session: requests.Session, url: str, path: Path, most: int, timeout: float, scheme: str
) -> None:
    """Try once, following redirects."""
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
                raise _RetryError(f"{answer.status_code} {answer.reason}")
            answer.raise_for_status()
            if answer.raw.chunked:  # a chunk may claim any size, and would be read in one piece
                raise DownloadError(f"{url}: expected a file in one piece, received chunks")
            total = answer.raw.length_remaining
            with path.open("wb") as file, tqdm(total=total, unit="byte", unit_scale=True) as bar:
                for chunk in answer.raw.stream(_CHUNK, decode_content=False):
                    if file.tell() + len(chunk) > most:
                        raise DownloadError(f"{url}: expected at most {most} bytes, received more")
                    file.write(chunk)
                    bar.update(len(chunk))
            return
    raise DownloadError(f"{url}: expected at most {_MOST_REDIRECTS} redirects, received more")


def _is_transient(error: Exception) -> bool:
    """Whether a server answered but was cut off or fell silent; a missing one stays missing."""
    cause = error.args[0] if isinstance(error, requests.ConnectionError) and error.args else error
    return isinstance(cause, _RetryError | requests.ReadTimeout | ProtocolError | ReadTimeoutError)


def _reason(error: Exception) -> str:
    """Say what happened in a few words, without the objects that requests and urllib3 name."""
    wrapped = error.args[:1] if isinstance(error, requests.RequestException) else ()
    inner = next((part for part in wrapped if isinstance(part, HTTPError)), error)
    if isinstance(inner, MaxRetryError) and inner.reason:  # urllib3's word for a try that failed
        inner = inner.reason
    cause = inner.__cause__ or next(reversed(inner.args), inner)
    detail = getattr(cause, "strerror", None) or cause
    match inner:
        case NameResolutionError():
            return f"host not found ({detail})"
        case ReadTimeoutError():
            return "the server timed out"
        case ProtocolError():
            return f"connection cut ({detail})"
        case SSLError():
            return f"no trusted connection ({getattr(cause, 'verify_message', detail)})"
        case ProxyError() | ConnectTimeoutError():
            return f"no connection ({detail})"
        case requests.HTTPError():
            return f"{inner.response.status_code} {inner.response.reason}"
    return str(error)
