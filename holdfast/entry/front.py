"""One address for people in the demo: a small front before the pages and the live connection.

It reads the head of the first request of a connection, picks the program behind it (`/live` goes to
the live connection, all else to the pages) and from then on only passes bytes, both ways, no faster
than the slower side takes them. When the pages are away it waits a moment, and then answers with a
help page of its own that needs nothing: no database, no file, no script.

In production Caddy or nginx stands here (see deploy/).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

LIVE: Final = b"/live"
CHUNK: Final = 64 * 1024

_HELP: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Help is still here - Holdfast</title>
<style>
body { font: 1.125rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 36rem; padding: 1.5rem; color: #1b2430; background: #fff }
h1 { font-size: 1.5rem; line-height: 1.25 }
li { margin: .75rem 0 }
a { color: #0b4f8a }
ul a { font-weight: 700; font-size: 1.25rem }
section { border-top: 1px solid #c4ccd6; margin-top: 1.5rem }
</style>
</head>
<body>
<main>
<h1>Holdfast cannot be reached right now, but help is still here</h1>
<p><strong>If you just sent something, please do not rely on it: it may not have arrived, and we cannot say
that anyone was told.</strong> You can reach a person now:</p>
<ul>
<li><a href="tel:988">Call 988</a> or <a href="sms:988">text 988</a>: Suicide &amp; Crisis Lifeline, free, day and night</li>
<li><a href="tel:911">Call 911</a> if you or someone else is in danger right now</li>
</ul>
<p><a href="">Try again</a></p>
<section lang="es">
<h2>No podemos abrir Holdfast en este momento, pero la ayuda sigue aqu&iacute;</h2>
<p><strong>Si acaba de enviar algo, no cuente con ello: puede que no haya llegado, y no podemos decir que
alguien haya recibido el aviso.</strong> Puede hablar con una persona ahora:</p>
<ul>
<li><a href="tel:988">Llame al 988 y oprima el 2</a>, o env&iacute;e AYUDA por mensaje de texto al
<a href="sms:988">988</a>: gratis, de d&iacute;a y de noche</li>
<li><a href="tel:911">Llame al 911</a> si usted u otra persona est&aacute; en peligro en este momento</li>
</ul>
<p><a href="">Intentar de nuevo</a></p>
</section>
</main>
</body>
</html>
"""


def _answer(status: str, body: bytes, kind: str, *, head_only: bool = False, more: str = "") -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
        f"{more}Connection: close\r\n\r\n"
    )
    return head.encode() + (b"" if head_only else body)


def help_page(*, head_only: bool = False) -> bytes:
    """The answer when the pages are away: 503, with people to call."""
    policy = "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\nRetry-After: 5\r\n"
    return _answer("503 Service Unavailable", _HELP.encode(), "text/html", head_only=head_only, more=policy)


def _refusal(status: str, sentence: str) -> bytes:
    return _answer(status, sentence.encode() + b"\n", "text/plain")


@dataclass(frozen=True)
class Limits:
    """How much the front takes on."""

    head_bytes: int = 32 * 1024
    head_s: float = 15.0  # for the whole head of the first request
    connections: int = 4000
    web_patience_s: float = 2.5  # how long a restart of the pages may take before the help page is shown
    goodbye_s: float = 3.0  # for open connections at the end


@dataclass
class Front:
    """The front itself: `async with` starts it, leaving stops it."""

    port: int
    web_port: int
    realtime_port: int
    hosts: Sequence[str] = ("127.0.0.1", "::1")
    behind: str = "127.0.0.1"
    limits: Limits = field(default_factory=Limits)
    _server: asyncio.Server | None = None
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Front:
        self._server = await self._listen()
        if not self.port:
            self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def _listen(self) -> asyncio.Server:
        limit = max(self.limits.head_bytes, CHUNK)
        hosts = list(self.hosts)
        if not self.port:
            hosts = hosts[:1]  # any free port, so one address is all that can be asked for
        while True:
            try:
                return await asyncio.start_server(self._serve, hosts, self.port, limit=limit, backlog=1024)
            except OSError as trouble:
                # A machine without IPv6 still has 127.0.0.1; a taken port is the caller's to hear of.
                if trouble.errno == errno.EADDRINUSE or len(hosts) == 1:
                    raise
                hosts = hosts[:1]

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        if self._open:
            await asyncio.wait(set(self._open), timeout=self.limits.goodbye_s)
        for task in set(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._open.add(task)
            task.add_done_callback(self._open.discard)
        try:
            if len(self._open) > self.limits.connections:
                await _say(reader, writer, help_page())
            else:
                await self._pass_on(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the other side is gone: nothing is left to say
        except asyncio.CancelledError:
            pass  # we are stopping
        finally:
            await _close(writer)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await self._head(reader, writer)
        if not head:
            return
        method, _, rest = head.split(b"\r\n", 1)[0].partition(b" ")
        path = rest.split(b" ", 1)[0].split(b"?", 1)[0]
        live = path == LIVE or path.startswith(LIVE + b"/")
        behind = await self._connect(self.realtime_port if live else self.web_port)
        if behind is None:
            await _say(reader, writer, help_page(head_only=method == b"HEAD"))
            return
        back_reader, back_writer = behind
        try:
            back_writer.write(head)
            await back_writer.drain()
            forth = asyncio.create_task(_forth(reader, back_writer))
            try:
                answered = await _copy(back_reader, writer)
            finally:
                forth.cancel()
                await asyncio.gather(forth, return_exceptions=True)
        finally:
            await _close(back_writer)
        if not answered:  # taken, and dropped without a word: killed in between
            await _say(reader, writer, help_page(head_only=method == b"HEAD"))

    async def _head(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        """The head of the first request, or nothing after having said why."""
        try:
            async with asyncio.timeout(self.limits.head_s):
                head = await reader.readuntil(b"\r\n\r\n")
        except TimeoutError:
            await _say(reader, writer, _refusal("408 Request Timeout", "The request took too long to arrive."))
            return b""
        except asyncio.LimitOverrunError:
            head, too_long = b"", True
        except asyncio.IncompleteReadError:
            return b""  # a connection opened ahead of need, or given up
        else:
            too_long = len(head) > self.limits.head_bytes
        if too_long:
            await _say(
                reader, writer, _refusal("431 Request Header Fields Too Large", "The head of the request is too long.")
            )
            return b""
        return head

    async def _connect(self, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """To the program behind; a restart of it is waited for, since nothing was sent yet."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self.limits.web_patience_s
        while True:
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(max(0.2, until - loop.time())):
                    return await asyncio.open_connection(self.behind, port, limit=CHUNK)
            if loop.time() >= until:
                return None
            await asyncio.sleep(0.05)


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> int:
    """Passes bytes on until the source ends; waits whenever the target is slow. How many there were."""
    count = 0
    with contextlib.suppress(OSError):
        while chunk := await source.read(CHUNK):
            target.write(chunk)
            await target.drain()
            count += len(chunk)
    return count


async def _forth(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """From the person to the program behind, their goodbye included."""
    await _copy(source, target)
    with contextlib.suppress(OSError):
        if target.can_write_eof():
            target.write_eof()


async def _say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: bytes) -> None:
    """An answer of our own. What is still being sent is read and dropped for a moment: closing at once
    would make the system throw the answer away with it."""
    writer.write(answer)
    await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(2):
            while await reader.read(CHUNK):
                pass


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError, asyncio.CancelledError, TimeoutError):
        async with asyncio.timeout(1):
            await writer.wait_closed()


def _raise_file_limit() -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 16384 if hard == resource.RLIM_INFINITY else min(hard, 16384)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def _until_stopped(front: Front) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with front:
        await stopped.wait()


def run(port: int, web_port: int, realtime_port: int) -> None:
    """Serves until SIGTERM or Ctrl-C."""
    _raise_file_limit()
    try:
        asyncio.run(_until_stopped(Front(port, web_port, realtime_port)))
    except OSError as trouble:
        if trouble.errno != errno.EADDRINUSE:
            raise
        sys.exit(f"Port {port} is in use by another program: choose one with HOLDFAST_PORT.")


def main(words: Sequence[str] | None = None) -> None:
    """`python -m holdfast.entry.front --port 8000 --web 8002 --realtime 8001`"""
    parser = argparse.ArgumentParser(prog="holdfast.entry.front", description="One address for people, in the demo.")
    for name, meaning in (
        ("port", "where people come in"),
        ("web", "where the pages are served"),
        ("realtime", "where the live connection is served"),
    ):
        parser.add_argument(f"--{name}", type=int, required=True, help=meaning)
    told = parser.parse_args(words)
    run(told.port, told.web, told.realtime)


if __name__ == "__main__":
    main()
