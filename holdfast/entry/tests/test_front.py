"""The one address of the demo: where a request goes, and what is said when nobody is behind."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from holdfast.entry.front import CHUNK, Front, Limits, help_page
from holdfast.entry.postgres import free_port

QUICK = Limits(web_patience_s=0.1, head_s=0.3, head_bytes=2048, goodbye_s=0.2)
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Behind:
    """A program behind the front that answers with its own name and the line it was asked."""

    name: str
    port: int = 0
    heard: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            self.heard.append(line)
            while (await reader.readline()) not in (b"\r\n", b""):
                pass
            body = self.name.encode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            await writer.drain()
        writer.close()


@asynccontextmanager
async def listening(serve: Serve) -> AsyncIterator[int]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@asynccontextmanager
async def whole(limits: Limits = QUICK) -> AsyncIterator[tuple[Front, Behind, Behind]]:
    web, live = Behind("pages"), Behind("live")
    async with (
        listening(web.serve) as web.port,
        listening(live.serve) as live.port,
        Front(0, web.port, live.port, limits=limits) as front,
    ):
        yield front, web, live


async def ask(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    return answer


def request(path: str, method: str = "GET", more: str = "") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{more}\r\n".encode()


@pytest.mark.parametrize(
    ("path", "whither"),
    [
        ("/", b"pages"),
        ("/help", b"pages"),
        ("/live", b"live"),
        ("/live?topics=board", b"live"),
        ("/live/", b"live"),
        ("/lively", b"pages"),
        ("/team/live", b"pages"),
        ("/?next=/live", b"pages"),
    ],
)
def test_only_live_goes_to_the_live_connection(path: str, whither: bytes) -> None:
    async def run() -> bytes:
        async with whole() as (front, _, _):
            return await ask(front.port, request(path))

    assert asyncio.run(run()).endswith(whither)


def test_one_connection_carries_many_requests() -> None:
    async def run() -> tuple[bytes, list[bytes]]:
        async with whole() as (front, web, _):
            return await ask(front.port, request("/a") + request("/b")), web.heard

    answer, heard = asyncio.run(run())
    assert answer.count(b"pages") == 2
    assert [line.split()[1] for line in heard] == [b"/a", b"/b"]


@pytest.mark.parametrize("path", ["/", "/help", "/live"])
def test_when_nobody_is_behind_the_help_page_names_988_and_911(path: str) -> None:
    """The helplines are there whatever dies; and no word says that anyone was told."""

    async def run() -> bytes:
        gone = free_port()
        async with Front(0, gone, gone, limits=QUICK) as front:
            return await ask(front.port, request(path))

    answer = asyncio.run(run()).decode()
    assert answer.startswith("HTTP/1.1 503 ")
    assert "no-store" in answer
    for must in (
        'href="tel:988"',
        'href="sms:988"',
        'href="tel:911"',
        'lang="en"',
        'lang="es"',
        "may not have arrived",
    ):
        assert must in answer
    assert not re.search(r"(src|href)=\"https?:", answer)
    assert "<script" not in answer


def test_a_large_answer_sent_into_an_outage_still_gets_the_help_page() -> None:
    async def run() -> bytes:
        gone = free_port()
        async with Front(0, gone, gone, limits=QUICK) as front:
            body = b"x" * 500_000
            return await ask(front.port, request("/check-in", "POST", f"Content-Length: {len(body)}\r\n") + body)

    assert b"tel:988" in asyncio.run(run())


def test_a_head_request_gets_a_head() -> None:
    head, _, body = help_page(head_only=True).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503")
    assert body == b""


def test_a_request_dropped_without_a_word_gets_the_help_page() -> None:
    """The pages were killed between the question and the answer."""

    async def drop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.transport.abort()

    async def run() -> bytes:
        async with listening(drop) as port, Front(0, port, port, limits=QUICK) as front:
            return await ask(front.port, request("/check-in", "POST"))

    assert b"tel:988" in asyncio.run(run())


def test_a_restart_of_the_pages_is_waited_for() -> None:
    async def run() -> bytes:
        web = Behind("pages", free_port())
        patient = Limits(web_patience_s=20)
        async with Front(0, web.port, web.port, limits=patient) as front:
            asking = asyncio.create_task(ask(front.port, request("/")))
            await asyncio.sleep(0.1)
            server = await asyncio.start_server(web.serve, "127.0.0.1", web.port)
            try:
                return await asking
            finally:
                server.close()

    assert asyncio.run(run()).endswith(b"pages")


def test_a_head_too_long_is_refused_in_words() -> None:
    async def run() -> bytes:
        async with whole() as (front, web, _):
            answer = await ask(front.port, request("/", more=f"X-Long: {'y' * 4000}\r\n"))
            assert not web.heard
            return answer

    answer = asyncio.run(run())
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b"too long" in answer


def test_a_head_without_end_is_refused() -> None:
    async def run() -> bytes:
        async with whole() as (front, _, _):
            return await ask(front.port, b"GET /" + b"a" * (3 * CHUNK))

    assert asyncio.run(run()).startswith(b"HTTP/1.1 431 ")


def test_a_head_that_dawdles_is_let_go() -> None:
    async def run() -> bytes:
        async with whole() as (front, _, _):
            reader, writer = await asyncio.open_connection("127.0.0.1", front.port)
            writer.write(b"GET / HTTP/1.1\r\n")
            answer = await reader.read()
            writer.close()
            return answer

    assert asyncio.run(run()).startswith(b"HTTP/1.1 408 ")


def test_a_slow_reader_holds_the_sender_back() -> None:
    """The front must not fill its memory for somebody who does not read."""
    sent = 0

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readline()
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(2000):
            writer.write(b"z" * CHUNK)
            await writer.drain()
            sent += CHUNK

    async def run() -> None:
        async with listening(pour) as port, Front(0, port, port, limits=QUICK) as front:
            _, writer = await asyncio.open_connection("127.0.0.1", front.port, limit=CHUNK)
            writer.write(request("/export"))
            before = -1
            while before != sent or not sent:
                before = sent
                await asyncio.sleep(0.2)
            assert sent < 1000 * CHUNK
            writer.transport.abort()

    asyncio.run(run())


def test_leaving_ends_open_connections() -> None:
    async def run() -> bytes:
        async with whole() as (front, _, _):
            reader, writer = await asyncio.open_connection("127.0.0.1", front.port)
            writer.write(request("/"))
            await reader.readuntil(b"pages")
        rest = await reader.read()
        writer.close()
        return rest

    assert asyncio.run(asyncio.wait_for(run(), 10)) == b""
