"""The company's own interface, for tests and the demo page."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from telephone.switches import SWITCHES
from telephone.wire import Exchange, read_json


async def show_log(exchange: Exchange, request: Request) -> Response:
    """GET /company/log?after=&channel=&to=&at_least=&wait=

    With ``wait`` the answer comes as soon as ``at_least`` entries (1) are there, at most so many seconds later.
    """
    asked = request.query_params
    after, wait = int(asked.get("after", "0")), float(asked.get("wait", "0"))
    at_least = int(asked.get("at_least", "1"))
    # A plus in an address bar is a space; no number, device or mailbox here holds a space.
    to = asked["to"].replace(" ", "+") if "to" in asked else None
    loop = asyncio.get_running_loop()
    until = loop.time() + min(wait, 60.0)
    while True:
        found = exchange.company.log.after(after, asked.get("channel"), to)
        if asked.get("state"):
            found = [entry for entry in found if asked["state"] in entry.states]
        if asked.get("text"):
            found = [entry for entry in found if asked["text"] in entry.text]
        left = until - loop.time()
        if len(found) >= at_least or left <= 0:
            return JSONResponse([entry.shown() for entry in found])
        await exchange.company.log.next_change(left)


async def wipe_log(exchange: Exchange, _request: Request) -> Response:
    """DELETE /company/log: forget every text, call and mail; what rings is hung up"""
    exchange.calls.forget()
    exchange.texts.forget()
    exchange.company.log.wipe()
    return JSONResponse({"entries": 0})


async def show_handsets(exchange: Exchange, _request: Request) -> Response:
    """GET /company/handsets: every address that was reached, what it shows and whether it rings"""
    handsets: dict[str, dict[str, Any]] = {}
    for entry in exchange.company.log.entries:
        handset = handsets.setdefault(
            entry.to,
            {
                "number": entry.to,
                "kind": {"push": "browser", "email": "mailbox"}.get(entry.channel, "phone"),
                "label": exchange.push.labels.get(entry.to, ""),
                "call": None,
                "screen": [],
            },
        )
        if entry.reached_at is not None:
            handset["screen"].append(entry.shown())
    for number, handset in handsets.items():
        call = exchange.calls.at(number)
        handset["call"] = call.heard() if call is not None else None
        handset["screen"] = handset["screen"][-30:]
    return JSONResponse(list(handsets.values()))


async def reply(exchange: Exchange, request: Request) -> Response:
    """POST /company/handsets/{number}/reply {body, to?}"""
    given = await read_json(request)
    answer = await exchange.texts.reply(request.path_params["number"], str(given.get("body", "")), given.get("to"))
    return JSONResponse({"webhook_status": answer.status, "webhook_body": answer.body})


async def pick_up(exchange: Exchange, request: Request) -> Response:
    """POST /company/calls/{sid}/pick-up"""
    return JSONResponse(await exchange.calls.pick_up(request.path_params["sid"]))


async def press(exchange: Exchange, request: Request) -> Response:
    """POST /company/calls/{sid}/digits {digits}"""
    given = await read_json(request)
    return JSONResponse(await exchange.calls.press(request.path_params["sid"], str(given.get("digits", ""))))


async def hang_up(exchange: Exchange, request: Request) -> Response:
    """POST /company/calls/{sid}/hang-up"""
    return JSONResponse(await exchange.calls.hang_up(request.path_params["sid"]))


async def add_device(exchange: Exchange, request: Request) -> Response:
    """POST /company/push-devices {id?, label?}: subscribe a simulated browser"""
    given = await read_json(request)
    device = str(given.get("id") or f"device-{len(exchange.push.labels) + 1}")
    exchange.push.labels[device] = str(given.get("label", ""))
    return JSONResponse(exchange.push.subscription(device, str(request.base_url)), status_code=201)


async def configure(exchange: Exchange, request: Request) -> Response:
    """POST /company/configure"""
    exchange.company.configure(await read_json(request))
    return JSONResponse({"configured": True})


async def show_switches(exchange: Exchange, _request: Request) -> Response:
    """GET /company/switches"""
    return JSONResponse({"set": exchange.company.switches.shown(), "known": dict(SWITCHES)})


async def set_switches(exchange: Exchange, request: Request) -> Response:
    """POST /company/switches {"+15550100": "busy", "sms": ["late_receipts:3", "doubled_receipts"], "*": "ok"}"""
    exchange.company.switches.put(await read_json(request))
    return JSONResponse({"set": exchange.company.switches.shown()})


async def clear_switches(exchange: Exchange, _request: Request) -> Response:
    """DELETE /company/switches"""
    exchange.company.switches.clear()
    return JSONResponse({"set": {}})


async def health(_exchange: Exchange, _request: Request) -> Response:
    """GET /company/health"""
    return JSONResponse({"ready": True})
