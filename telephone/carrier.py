"""The parts of Twilio's interface that Holdfast uses, and the push service."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from telephone.wire import Exchange, badly, read_form

IDEMPOTENCY: Final = "i-twilio-idempotency-token"


async def create_text(exchange: Exchange, request: Request) -> Response:
    """POST Messages.json"""
    form = dict(await read_form(request))
    account, token = request.path_params["account"], request.headers.get(IDEMPOTENCY)
    return badly(
        exchange.company.switches.of("sms", form.get("To", "")),
        lambda: JSONResponse(exchange.texts.create(account, form, token).shown(), status_code=201),
    )


async def list_texts(exchange: Exchange, request: Request) -> Response:
    """GET Messages.json"""
    account = request.path_params["account"]
    found = exchange.texts.listed(account, request.query_params.get("To"))
    return page("messages", [text.shown() for text in found], request)


async def one_text(exchange: Exchange, request: Request) -> Response:
    """GET Messages/{sid}.json"""
    return JSONResponse(exchange.texts.find(**request.path_params).shown())


async def create_call(exchange: Exchange, request: Request) -> Response:
    """POST Calls.json"""
    fields = await read_form(request)
    form = dict(fields)
    events = [value for name, value in fields if name == "StatusCallbackEvent"]
    account, token = request.path_params["account"], request.headers.get(IDEMPOTENCY)
    return badly(
        exchange.company.switches.of("voice", form.get("To", "")),
        lambda: JSONResponse(exchange.calls.create(account, form, events, token).shown(), status_code=201),
    )


async def list_calls(exchange: Exchange, request: Request) -> Response:
    """GET Calls.json"""
    account = request.path_params["account"]
    found = exchange.calls.listed(account, request.query_params.get("To"))
    return page("calls", [call.shown() for call in found], request)


async def one_call(exchange: Exchange, request: Request) -> Response:
    """GET or POST Calls/{sid}.json; posting a status ends the call"""
    account, sid = request.path_params["account"], request.path_params["sid"]
    if request.method == "POST":
        form = dict(await read_form(request))
        return JSONResponse(exchange.calls.cancel(account, sid, form.get("Status", "")).shown())
    return JSONResponse(exchange.calls.find(sid, account).shown())


async def one_account(_exchange: Exchange, request: Request) -> Response:
    """GET Accounts/{sid}.json"""
    sid = request.path_params["account"]
    return JSONResponse({"sid": sid, "friendly_name": "Demo", "status": "active", "type": "Full"})


def page(name: str, rows: list[dict[str, Any]], request: Request) -> Response:
    """A first page of a list as Twilio words it."""
    size = min(1000, int(request.query_params.get("PageSize", "50")))
    return JSONResponse(
        {
            name: rows[:size],
            "page": 0,
            "page_size": size,
            "start": 0,
            "end": max(0, min(size, len(rows)) - 1),
            "uri": str(request.url.path),
            "first_page_uri": str(request.url.path),
            "next_page_uri": None,
            "previous_page_uri": None,
        }
    )


# ---- web push


async def receive_push(exchange: Exchange, request: Request) -> Response:
    """POST /push/{device}"""
    device = request.path_params["device"]
    body = await request.body()
    setting = exchange.company.switches.of("push", device)

    def good() -> Response:
        answer = exchange.push.receive(device, dict(request.headers), body)
        headers = {"Location": answer.location} if answer.location else {}
        return Response(answer.words, status_code=answer.status, headers=headers)

    return badly(setting, good)
