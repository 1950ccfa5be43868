"""Requests as bytes: what a proxy and a server could read in two ways, what never ends, what is no HTTP."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from tests.stack import Stack

CLI = Path(__file__).resolve().parents[2] / "holdfast" / "entry" / "cli.py"

TWO_WAYS = {
    "two lengths": b"POST /help/stranger HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    "a length and chunks": b"POST /help/stranger HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /team/ HTTP/1.1\r\n\r\n",
    "a length that is no number": b"POST /help/stranger HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nabcde",
    "another encoding": b"POST /help/stranger HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n",
    "a space before the colon": b"GET /help HTTP/1.1\r\nHost : x\r\n\r\n",
    "a folded line": b"GET /help HTTP/1.1\r\nHost: x\r\nX-A: a\r\n b\r\n\r\n",
    "a bare line end": b"GET /help HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n",
    "a zero byte": b"GET /help HTTP/1.1\r\nHost: x\r\nX-A: a\x00b\r\n\r\n",
    "a method of its own": b"get /help HTTP/1.1\r\nHost: x\r\n\r\n",
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00",
    "a line without end": b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "headers without end": b"GET /help HTTP/1.1\r\nHost: x\r\n"
    + b"".join(b"X-%d: a\r\n" % n for n in range(500))
    + b"\r\n",
}


def said(port: int, sent: bytes) -> bytes:
    """All that comes back until the other side hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=15) as line:
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
        heard = b""
        try:
            while more := line.recv(65536):
                heard += more
        except ConnectionError:
            pass
        return heard


@pytest.mark.parametrize("what", sorted(TWO_WAYS))
def test_a_request_that_can_be_read_in_two_ways_is_refused(stack: Stack, what: str) -> None:
    """And no second request is ever found inside a first."""
    heard = said(stack.web_port, TWO_WAYS[what])
    statuses = re.findall(rb"HTTP/1\.[01] (\d{3})", heard)
    assert len(statuses) <= 1, statuses
    assert not statuses or statuses[0][:1] == b"4" or statuses[0] == b"501", statuses
    assert b"Traceback" not in heard
    assert b"/team/" not in heard


def test_nothing_makes_the_server_read_more_loosely() -> None:
    loose = (
        "permit-obsolete-folding",
        "permit-unconventional",
        "casefold-http-method",
        "strip-header-spaces",
        "dangerous",
        "forwarder-headers",
    )
    source = CLI.read_text()
    assert not [word for word in loose if word in source]
    assert '"--header-map", "drop"' in source
