"""Downloads from servers that misbehave."""

import signal
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from urllib3.exceptions import MaxRetryError, SSLError

from stages.datasets import https
from stages.datasets.https import DownloadError, download

RIGHT = bytes(range(256)) * 100


@contextmanager
def serving(*answers: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[tuple[str, list[str]]]:
    """A server whose n-th answer, and the last one from then on, is as given; and who asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            with suppress(BrokenPipeError, ConnectionResetError):  # whoever asked has given up
                answers[min(len(asked), len(answers)) - 1](self)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        # How often it looks whether it is to stop, in seconds; half a one by default.
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/file", asked
        server.shutdown()


def head(handler: BaseHTTPRequestHandler, status: int, **headers: object) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), str(value))
    handler.end_headers()


def right(handler: BaseHTTPRequestHandler) -> None:
    head(handler, 200, Content_Length=len(RIGHT))
    handler.wfile.write(RIGHT)


def failing(handler: BaseHTTPRequestHandler) -> None:
    head(handler, 500)


def missing(handler: BaseHTTPRequestHandler) -> None:
    head(handler, 404)


def cut(handler: BaseHTTPRequestHandler) -> None:
    head(handler, 200, Content_Length=len(RIGHT))
    handler.wfile.write(RIGHT[:100])


def hanging_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


def silent(handler: BaseHTTPRequestHandler) -> None:
    head(handler, 200, Content_Length=len(RIGHT))
    handler.wfile.write(RIGHT[:100])
    mute(handler)


def mute(handler: BaseHTTPRequestHandler) -> None:
    handler.rfile.read(1)  # until the other side gives up


def trickling(handler: BaseHTTPRequestHandler) -> None:
    head(handler, 200, Content_Length=len(RIGHT))
    for value in RIGHT:
        handler.wfile.write(bytes([value]))
        time.sleep(0.05)


def endless(handler: BaseHTTPRequestHandler) -> None:
    head(handler, 200)
    while True:
        handler.wfile.write(bytes(10_000))


def elsewhere(handler: BaseHTTPRequestHandler) -> None:
    head(handler, 302, Location="/other")


def in_circles(handler: BaseHTTPRequestHandler) -> None:
    head(handler, 302, Location=handler.path)


def to_a_file(handler: BaseHTTPRequestHandler) -> None:
    head(handler, 302, Location="file:///etc/passwd")


def trickling_headers(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(1000):
        handler.wfile.write(b"X: %d\r\n" % number if number % 50 == 0 else b"")
        handler.wfile.flush()
        time.sleep(0.05)


def to_a_place_that_never_ends(handler: BaseHTTPRequestHandler) -> None:
    head(handler, 302, Location="/other")
    while handler.path == "/file":
        handler.wfile.write(bytes(10_000))


def to_no_address(handler: BaseHTTPRequestHandler) -> None:
    head(handler, 302, Location="http://[foo/x")


def in_chunks(handler: BaseHTTPRequestHandler) -> None:
    head(handler, 200, Transfer_Encoding="chunked")
    handler.wfile.write(b"-1\r\n")
    while True:
        handler.wfile.write(bytes(10_000))


def with_a_strange_length(handler: BaseHTTPRequestHandler) -> None:
    head(handler, 200, Content_Length="many")
    handler.wfile.write(RIGHT)


def get(url: str, folder: Path, **limits: Any) -> bytes:
    given = {"most": 30_000, "timeout": 60, "deadline": 600, "pauses": (0, 0), **limits}
    download(url, folder / "file", **given, scheme="http://")
    return (folder / "file").read_bytes()


# Servers that say nothing: a time limit alone ends the wait.
SILENT = (silent, mute)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses that were asked for, whether or not the server has got round to it."""
    urls: list[str] = []
    send = requests.adapters.HTTPAdapter.send

    def noted(adapter: Any, request: requests.PreparedRequest, **options: Any) -> Any:
        urls.append(str(request.url))
        return send(adapter, request, **options)

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", noted)
    return urls


@pytest.mark.parametrize("first", [failing, cut, hanging_up])
def test_what_another_try_mends_is_tried_again(tmp_path: Path, first: Any) -> None:
    with serving(first, right) as (url, asked):
        assert get(url, tmp_path) == RIGHT
    assert len(asked) == 2


@pytest.mark.parametrize("first", SILENT)
def test_after_silence_another_try_is_made(tmp_path: Path, first: Any) -> None:
    # Many tries, since a server that answers may be slower than the limit, too, now and then.
    with serving(first, right) as (url, _):
        assert get(url, tmp_path, timeout=1, pauses=(0,) * 99) == RIGHT


@pytest.mark.parametrize(
    ("answer", "tries", "reason"),
    [
        (failing, 3, "file: 500 Internal Server Error$"),
        (
            cut,
            3,
            r"file: connection cut \(IncompleteRead\(100 bytes read, 25500 more",
        ),
        (hanging_up, 3, r"file: connection cut \(Remote end closed connection without response\)$"),
        (silent, 3, "file: the server timed out$"),
        (mute, 3, "file: the server timed out$"),
        (missing, 1, "file: 404 Not Found$"),
        (endless, 1, "at most 30000 bytes, received more"),
        (in_circles, 6, "at most 5 redirects"),
        (to_a_file, 1, "file:///etc/passwd: expected http://"),
        (to_no_address, 1, "Invalid IPv6 URL"),
        (in_chunks, 1, "expected a file in one piece, received chunks"),
    ],
)
def test_a_bad_server_is_given_up(
    tmp_path: Path, sent: list[str], answer: Any, tries: int, reason: str
) -> None:
    limits = {"timeout": 0.1} if answer in SILENT else {}
    with serving(answer) as (url, _), pytest.raises(DownloadError, match=reason):
        get(url, tmp_path, **limits)
    assert len(sent) == tries


@pytest.mark.parametrize("answer", [trickling, trickling_headers])
def test_a_server_that_sends_a_byte_now_and_then_is_given_up(tmp_path: Path, answer: Any) -> None:
    with serving(answer) as (url, _), pytest.raises(DownloadError, match="an end within 1 s"):
        get(url, tmp_path, deadline=1)


@pytest.mark.parametrize("answer", [elsewhere, to_a_place_that_never_ends])
def test_a_redirect_is_followed_without_reading_what_comes_with_it(
    tmp_path: Path, answer: Any
) -> None:
    with serving(answer, right) as (url, asked):
        assert get(url, tmp_path) == RIGHT
    assert asked == ["/file", "/other"]


def test_a_length_that_is_no_number_does_no_harm(tmp_path: Path) -> None:
    with serving(with_a_strange_length) as (url, _):
        assert get(url, tmp_path) == RIGHT


def test_no_server_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Not the clock's own function, which a server of the test before may still be calling.
    sleepless = SimpleNamespace(sleep=lambda _: pytest.fail("waits for what is not there"))
    monkeypatch.setattr(https, "time", sleepless)
    with pytest.raises(DownloadError, match="refused"):
        get("http://127.0.0.1:9/file", tmp_path, pauses=(60,))


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (socket.gaierror(-3, "Temporary failure in name resolution"), "host not found (Temporary"),
        (ConnectionRefusedError(111, "Connection refused"), "no connection (Connection refused)"),
        (OSError(101, "Network is unreachable"), "no connection (Network is unreachable)"),
        (TimeoutError("timed out"), "no connection (timed out)"),
    ],
)
def test_a_missing_network_is_said_in_one_short_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: OSError, said: str
) -> None:
    def connect(*_: Any) -> None:
        raise fault

    monkeypatch.setattr(socket.socket, "connect", connect)
    if isinstance(fault, socket.gaierror):
        monkeypatch.setattr(socket, "getaddrinfo", connect)
    with pytest.raises(DownloadError) as raised:
        get("http://127.0.0.1:9/file", tmp_path)
    assert str(raised.value).startswith(f"http://127.0.0.1:9/file: {said}")
    assert len(str(raised.value)) < 100
    assert "\n" not in str(raised.value)


def test_a_certificate_that_nobody_signed_is_said_in_one_short_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] ... (_ssl.c:1006)")
    fault.verify_message = "self-signed certificate"

    def request(*_: Any, **__: Any) -> None:
        raise requests.exceptions.SSLError(MaxRetryError(None, "/", SSLError(fault)))  # type: ignore[arg-type]

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", request)
    with pytest.raises(DownloadError) as raised:
        get("http://127.0.0.1:9/file", tmp_path)
    said = "no trusted connection (self-signed certificate)"
    assert str(raised.value) == f"http://127.0.0.1:9/file: {said}"


def test_only_https_is_spoken_unless_a_test_says_so(tmp_path: Path) -> None:
    with (
        serving(right) as (url, asked),
        pytest.raises(DownloadError, match="expected https://, received another scheme"),
    ):
        download(url, tmp_path / "file", 1000, 5)
    assert asked == []


def test_a_disk_that_is_full_is_no_fault_of_the_server(tmp_path: Path) -> None:
    with serving(right) as (url, _), pytest.raises(IsADirectoryError):
        download(url, tmp_path, 30_000, 5, scheme="http://")


def test_an_alarm_of_somebody_else_is_set_again(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGALRM)
    with serving(right) as (url, _):
        get(url, tmp_path)
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
