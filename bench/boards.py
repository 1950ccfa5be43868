"""Many open boards: what each costs, whether all hear the bell, whether a page that reconnects is as fresh as a new one."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import psutil
import websockets

from bench.rig import Rig

AT_ONCE = 40
PATIENCE_S = 120
# What differs between two loads of the same board: form tokens, and clocks that tick.
PASSING = re.compile(
    r'<input[^>]*csrfmiddlewaretoken[^>]*>|<time\b.*?</time>|data-now="[^"]*"|\d+:\d\d|\d+ (?:min|s)\b', re.DOTALL
)


def measure(r: Rig, count: int) -> tuple[float, int, bool]:
    """Kilobytes a board, boards that heard a bell, whether a reconnected board equals a fresh one."""
    realtime = r.stack.programs["realtime"]
    key = r.stack.act("tests.acts:session", email=r.cast["staff"]["bea"]["email"])
    topic = f"board:{r.cast['program']['id']}"
    url = f"ws://127.0.0.1:{r.stack.realtime_port}/live?topic={topic}"
    headers = {"Cookie": f"sessionid={key}"}
    r.stack.until(lambda: asyncio.run(_connects(url, headers, r.stack.url)), "the live connection answers")
    before = _memory(realtime.pid or 0)
    heard, after = asyncio.run(_open(url, headers, r, count, lambda: _memory(realtime.pid or 0)))
    realtime.kill()
    (form,) = r.forms(1, "check-in")
    with r.stack.browser(url=r.web) as client:
        client.post(form["address"], data={"item-6": "2"})
    realtime.start()
    r.stack.until(lambda: asyncio.run(_connects(url, headers, r.stack.url)), "the live connection answers again")
    with (
        r.stack.browser(r.cast["staff"]["bea"]["email"], r.web) as again,
        r.stack.browser(r.cast["staff"]["bea"]["email"], r.web) as fresh,
    ):
        r.stack.until(r.is_idle, "nothing is under way")
        partial = again.get("/team/", headers={"HX-Request": "true"}).text
        whole = fresh.get("/team/").text
    return (after - before) / 1024 / count, heard, _board(partial) == _board(whole) != ""


def _memory(pid: int) -> float:
    return float(psutil.Process(pid).memory_info().rss)


def _board(page: str) -> str:
    found = re.search(r'<section[^>]*id="board".*?</section>|<main.*?</main>', page, re.DOTALL)
    return PASSING.sub("", found[0]) if found else ""


async def _connects(url: str, headers: dict[str, str], origin: str) -> bool:
    try:
        async with websockets.connect(url, additional_headers=headers, origin=origin):  # type: ignore[arg-type]
            return True
    except websockets.WebSocketException as error:
        raise OSError(str(error)) from None


async def _open(url: str, headers: dict[str, str], r: Rig, count: int, memory: Any) -> tuple[int, float]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one() -> Any:
        async with gate:
            return await websockets.connect(
                url,
                additional_headers=headers,
                origin=r.stack.url,
                compression=None,
                ping_interval=None,
                open_timeout=60,  # type: ignore[arg-type]
            )

    pages = await asyncio.gather(*(one() for _ in range(count)))
    used = memory()
    waiting = [asyncio.create_task(page.recv()) for page in pages]
    await asyncio.to_thread(
        r.stack.rows, "select pg_notify('holdfast_wake', %s)", f"live:board:{r.cast['program']['id']}"
    )
    done, late = await asyncio.wait(waiting, timeout=PATIENCE_S)
    for task in late:
        task.cancel()
    heard = sum(1 for task in done if task.exception() is None)
    await asyncio.gather(*(page.close() for page in pages), return_exceptions=True)
    return heard, used
