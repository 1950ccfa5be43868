"""The live connection: one LISTEN a process, fanned out to every open page.

A message is a topic and nothing else; the page then fetches its own part again. So a lost message
costs at most the page's own half-minute refresh. A raw ASGI application, without a framework: a page
costs a small object and a socket.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
from asgiref.sync import sync_to_async
from django.conf import settings

from holdfast.ledger.wake import CHANNEL
from holdfast.web.live import what_rings

log = logging.getLogger("holdfast.realtime")

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

POLICY_VIOLATION = 1008


class Hub:
    """Who listens to which topic."""

    def __init__(self) -> None:
        self.pages: dict[str, set[Send]] = {}

    def join(self, topic: str, page: Send) -> None:
        self.pages.setdefault(topic, set()).add(page)

    def leave(self, topic: str, page: Send) -> None:
        pages = self.pages.get(topic, set())
        pages.discard(page)
        if not pages:
            self.pages.pop(topic, None)

    async def tell(self, topic: str) -> None:
        for page in tuple(self.pages.get(topic, ())):
            try:
                await page({"type": "websocket.send", "text": topic})
            except Exception:
                self.leave(topic, page)

    async def tell_all(self) -> None:
        """After the bell was lost, every page looks again."""
        for topic in tuple(self.pages):
            await self.tell(topic)


hub = Hub()


async def listen() -> None:
    """Hear the bell; when the connection is lost, connect again and let every page look."""
    while True:
        try:
            connection = await psycopg.AsyncConnection.connect(settings.HOLDFAST_DATABASE_URL, autocommit=True)
            async with connection:
                await connection.execute(f"listen {CHANNEL}")
                await hub.tell_all()
                async for heard in connection.notifies():
                    if heard.payload.startswith("live:"):
                        await hub.tell(heard.payload)
        except (psycopg.Error, OSError) as error:
            log.warning("bell lost", extra={"error": type(error).__name__})
            await asyncio.sleep(1)


def _header(scope: Message, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def _same_origin(scope: Message) -> bool:
    """Whether one of our own pages asks. The demo has two names, so there the name that was asked is one of ours."""
    origin = urlsplit(_header(scope, b"origin")).netloc
    ours = {urlsplit(settings.HOLDFAST_PUBLIC_URL).netloc}
    return origin != "" and origin in (ours | {_header(scope, b"host")} if settings.HOLDFAST_DEMO else ours)


async def _page(scope: Message, receive: Receive, send: Send) -> None:
    topic = (parse_qs(scope["query_string"].decode("latin-1")).get("topic") or [""])[0][:200]
    cookies: SimpleCookie = SimpleCookie(_header(scope, b"cookie"))
    session = cookies[settings.SESSION_COOKIE_NAME].value if settings.SESSION_COOKIE_NAME in cookies else ""
    await receive()
    bell = await sync_to_async(what_rings)(session, topic) if _same_origin(scope) else None
    if bell is None:
        await send({"type": "websocket.close", "code": POLICY_VIOLATION})
        return
    await send({"type": "websocket.accept"})
    hub.join(f"live:{bell}", send)
    try:
        while (await receive())["type"] != "websocket.disconnect":
            pass
    finally:
        hub.leave(f"live:{bell}", send)


async def _lifespan(receive: Receive, send: Send) -> None:
    task: asyncio.Task[None] | None = None
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            task = asyncio.create_task(listen())
            await send({"type": "lifespan.startup.complete"})
        else:
            if task:
                task.cancel()
            await send({"type": "lifespan.shutdown.complete"})
            return


async def application(scope: Message, receive: Receive, send: Send) -> None:
    """The ASGI application of `/live`."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "websocket" and scope["path"] == "/live":
        await _page(scope, receive, send)
    elif scope["type"] == "http":
        await send({"type": "http.response.start", "status": 404, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": b"Only /live lives here."})
    else:
        await receive()
        await send({"type": "websocket.close", "code": POLICY_VIOLATION})
