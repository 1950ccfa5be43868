"""The telephone company over HTTP: every address and who answers there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from telephone import carrier, desk
from telephone.calls import Calls, NotNow
from telephone.company import Company, Refusal
from telephone.hooks import Postman
from telephone.push import Push
from telephone.texts import Texts
from telephone.wire import Endpoint, Exchange, refused


def _twilio(endpoint: Endpoint, exchange: Exchange) -> Callable[[Request], Awaitable[Response]]:
    async def guarded(request: Request) -> Response:
        try:
            account = request.path_params["account"]
            exchange.company.check_account(account, request.headers.get("authorization"))
            return await endpoint(exchange, request)
        except Refusal as refusal:
            return refused(refusal)

    return guarded


def _own(endpoint: Endpoint, exchange: Exchange) -> Callable[[Request], Awaitable[Response]]:
    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(exchange, request)
        except Refusal as refusal:
            return JSONResponse({"error": refusal.message}, status_code=refusal.status)
        except NotNow as problem:
            return JSONResponse({"error": str(problem)}, status_code=409)
        except ValueError as problem:
            return JSONResponse({"error": str(problem)}, status_code=400)

    return guarded


def routes(exchange: Exchange) -> list[Route]:
    """Every address of the company."""
    account = "/2010-04-01/Accounts/{account}"
    twilio = [
        (f"{account}/Messages.json", carrier.create_text, "POST"),
        (f"{account}/Messages.json", carrier.list_texts, "GET"),
        (account + "/Messages/{sid}.json", carrier.one_text, "GET"),
        (f"{account}/Calls.json", carrier.create_call, "POST"),
        (f"{account}/Calls.json", carrier.list_calls, "GET"),
        (account + "/Calls/{sid}.json", carrier.one_call, "GET"),
        (account + "/Calls/{sid}.json", carrier.one_call, "POST"),
        (f"{account}.json", carrier.one_account, "GET"),
    ]
    own = [
        ("/push/{device}", carrier.receive_push, "POST"),
        ("/company/log", desk.show_log, "GET"),
        ("/company/log", desk.wipe_log, "DELETE"),
        ("/company/handsets", desk.show_handsets, "GET"),
        ("/company/handsets/{number}/reply", desk.reply, "POST"),
        ("/company/calls/{sid}/pick-up", desk.pick_up, "POST"),
        ("/company/calls/{sid}/digits", desk.press, "POST"),
        ("/company/calls/{sid}/hang-up", desk.hang_up, "POST"),
        ("/company/push-devices", desk.add_device, "POST"),
        ("/company/configure", desk.configure, "POST"),
        ("/company/switches", desk.show_switches, "GET"),
        ("/company/switches", desk.set_switches, "POST"),
        ("/company/switches", desk.clear_switches, "DELETE"),
        ("/company/health", desk.health, "GET"),
    ]
    return [Route(path, _twilio(end, exchange), methods=[how]) for path, end, how in twilio] + [
        Route(path, _own(end, exchange), methods=[how]) for path, end, how in own
    ]


def build(company: Company) -> Starlette:
    """The application for one company."""
    postman = Postman(company)
    exchange = Exchange(company, postman, Texts(company, postman), Calls(company, postman), Push(company))

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await company.stop()
        await postman.close()
        company.log.close()

    return Starlette(routes=routes(exchange), lifespan=lifespan)
