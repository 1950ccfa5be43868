"""What the addresses of the company share: reading requests, and answers that misbehave on the wire."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from telephone.calls import Calls
from telephone.company import Company, Refusal
from telephone.hooks import Postman
from telephone.push import Push
from telephone.switches import Setting
from telephone.texts import Texts

Endpoint = Callable[["Exchange", Request], Awaitable[Response]]


class Broken(Response):
    """An answer that misbehaves on the wire: dripping, hanging or cut off."""

    def __init__(self, how: str, inner: Response | None = None, seconds: float = 1.0) -> None:
        super().__init__(inner.body if inner else b"", inner.status_code if inner else 200)
        self.how = how
        self.inner = inner
        self.seconds = seconds

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Send what there is to send, badly."""
        if self.how == "hang":
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        headers = self.inner.raw_headers if self.inner else []
        await send({"type": "http.response.start", "status": self.status_code, "headers": headers})
        if self.how == "answer_lost":
            return  # the server cuts a connection whose answer stays unfinished
        body = bytes(self.body)
        for place in range(len(body)):
            await asyncio.sleep(self.seconds)
            more = place < len(body) - 1
            await send({"type": "http.response.body", "body": body[place : place + 1], "more_body": more})


@dataclass(frozen=True, slots=True)
class Exchange:
    """The whole company behind its interface."""

    company: Company
    postman: Postman
    texts: Texts
    calls: Calls
    push: Push


async def read_form(request: Request) -> list[tuple[str, str]]:
    """The form of a request, in order."""
    return parse_qsl((await request.body()).decode(), keep_blank_values=True)


async def read_json(request: Request) -> dict[str, Any]:
    """The JSON object of a request; nothing sent is an empty one."""
    body = await request.body()
    given = json.loads(body) if body else {}
    if not isinstance(given, dict):
        raise ValueError("send a JSON object")
    return given


def badly(setting: Setting, good: Callable[[], Response]) -> Response:
    """The answer, spoilt as the switches say; ``500`` and ``hang`` leave the work undone."""
    if "500" in setting:
        return refused(Refusal(500, 20500, "An internal server error has occurred"))
    if "hang" in setting:
        return Broken("hang")
    answer = good()
    if "answer_lost" in setting:
        return Broken("answer_lost", answer)
    if "drip" in setting:
        return Broken("drip", answer, setting.seconds("drip", 1.0))
    return answer


def refused(refusal: Refusal) -> Response:
    """A refusal as a document."""
    return JSONResponse(refusal.shown(), status_code=refusal.status)
