"""Starts the telephone company: in this process, or in a thread of a test."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn

from telephone.app import build
from telephone.company import DEFAULT_ACCOUNT, DEFAULT_TOKEN, Company
from telephone.log import Log
from telephone.mail import start_mail


@dataclass(frozen=True, slots=True)
class Wanted:
    """How to start: port 0 asks for a free one, ``smtp_port`` None for no mail."""

    host: str = "127.0.0.1"
    port: int = 9000
    smtp_port: int | None = None
    account: str = DEFAULT_ACCOUNT
    token: str = DEFAULT_TOKEN
    log: Path | None = None
    settings: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Address:
    """Where it answers."""

    url: str
    smtp_port: int | None


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket that says it is TCP: only then does asyncio send small answers without waiting."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    listening.listen(1024)
    return listening


async def run(wanted: Wanted, ready: _Ready) -> None:
    """Serve until told to stop."""
    company = Company(Log(wanted.log), wanted.account, wanted.token)
    company.configure(wanted.settings)
    listening = _listen(wanted.host, wanted.port)
    mail, smtp_port = None, None
    if wanted.smtp_port is not None:
        mail, smtp_port = await start_mail(company, wanted.host, wanted.smtp_port)
    config = uvicorn.Config(
        build(company), log_level="critical", access_log=False, lifespan="on", timeout_graceful_shutdown=1
    )
    server = ready.server = uvicorn.Server(config)
    url = f"http://{wanted.host}:{listening.getsockname()[1]}"
    ready.tell(Address(url, smtp_port))
    try:
        await server.serve(sockets=[listening])
    finally:
        if mail is not None:
            mail.close()


class _Ready:
    """Tells the starter that the company can be reached."""

    def __init__(self, *, owns_process: bool) -> None:
        self.owns_process = owns_process
        self.server: uvicorn.Server | None = None
        self.address: Address | None = None
        self._event = threading.Event()

    def tell(self, address: Address) -> None:
        """The sockets listen from now on."""
        self.address = address
        self._event.set()
        if self.owns_process:
            mail = f", mail on port {address.smtp_port}" if address.smtp_port is not None else ""
            print(f"telephone company at {address.url}{mail}", flush=True)

    def wait(self, seconds: float) -> Address:
        """The address, once there is one."""
        if not self._event.wait(seconds) or self.address is None:
            raise RuntimeError("the telephone company did not start")
        return self.address


def serve(wanted: Wanted) -> None:
    """Run in this process until it is told to end."""
    asyncio.run(run(wanted, _Ready(owns_process=True)))


@contextmanager
def in_thread(wanted: Wanted | None = None) -> Iterator[Address]:
    """Run beside a test: ``with in_thread() as company: httpx.get(company.url + '/company/log')``."""
    chosen = wanted if wanted is not None else Wanted(port=0, smtp_port=0)
    ready = _Ready(owns_process=False)
    thread = threading.Thread(target=lambda: asyncio.run(run(chosen, ready)), daemon=True)
    thread.start()
    try:
        yield ready.wait(20)
    finally:
        if ready.server is not None:
            ready.server.should_exit = True
        thread.join(5)
