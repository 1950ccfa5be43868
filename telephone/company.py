"""What every part of the telephone company shares: accounts, settings, log, switches and its own timers."""

from __future__ import annotations

import asyncio
import base64
import re
import secrets
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from telephone.log import Log
from telephone.switches import Switchboard

DEFAULT_ACCOUNT: Final = "AC" + "0" * 31 + "1"
DEFAULT_TOKEN: Final = "demo-telephone-company-token"  # noqa: S105 (opens nothing real)
PHONE: Final = re.compile(r"^\+[1-9]\d{6,14}$")


class Refusal(Exception):
    """A request that Twilio's interface would refuse, with its own code."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def shown(self) -> dict[str, Any]:
        """The error document as Twilio words it."""
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


@dataclass(slots=True)
class Settings:
    """What ``POST /company/configure`` may change."""

    sms_webhook: str = ""
    numbers: dict[str, str] = field(default_factory=dict)
    public_url: str = ""
    deliver_to: str = ""
    answered_alone: str = ""  # a text with these words in it is answered by its handset
    delivery_seconds: float = 0.02
    receipts: tuple[str, ...] = ("sent", "delivered")
    hook_seconds: float = 10.0


def new_sid(prefix: str) -> str:
    """An identifier shaped like Twilio's."""
    return prefix + uuid4().hex


class Company:
    """The shared state; one event loop, so no locks."""

    def __init__(self, log: Log, account: str = DEFAULT_ACCOUNT, token: str = DEFAULT_TOKEN) -> None:
        self.log = log
        self.switches = Switchboard()
        self.settings = Settings()
        self.seed = "telephone company"
        self._accounts: dict[str, str] = {}
        self._signed_in: dict[str, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.add_account(account, token)

    def add_account(self, sid: str, token: str) -> None:
        """Let this account use the interface; a new token replaces the old one."""
        self._accounts[sid] = token
        self._signed_in = {
            "Basic " + base64.b64encode(f"{s}:{t}".encode()).decode(): s for s, t in self._accounts.items()
        }

    def token_of(self, account: str) -> str:
        """The secret with which this account's webhooks are signed."""
        return self._accounts[account]

    @property
    def first_account(self) -> str:
        """The account for inbound texts when nothing tells which."""
        return next(reversed(self._accounts))

    def check_account(self, sid: str, authorization: str | None) -> None:
        """Refuse a request whose name or password is wrong, as Twilio does."""
        found = self._signed_in.get(authorization or "")
        if found is None or not secrets.compare_digest(found, sid):
            raise Refusal(401, 20003, "Authenticate")

    def configure(self, given: Mapping[str, Any]) -> None:
        """Change settings; unknown names are refused with a sentence."""
        known = set(Settings.__dataclass_fields__) | {"token", "account_sid"}
        unknown = sorted(set(given) - known)
        if unknown:
            raise ValueError(f"Unknown settings: {', '.join(unknown)}; known are {', '.join(sorted(known))}.")
        for name, value in given.items():
            if name in ("token", "account_sid"):
                continue
            setattr(self.settings, name, tuple(value) if name == "receipts" else value)
        if "token" in given or "account_sid" in given:
            sid = str(given.get("account_sid") or self.first_account)
            self.add_account(sid, str(given.get("token") or self._accounts.get(sid, DEFAULT_TOKEN)))

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run something of the company's own beside the request that caused it."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def stop(self) -> None:
        """Let go of everything that is still under way."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def check_number(number: str) -> None:
    """Refuse what is not a phone number, with Twilio's code."""
    if not PHONE.match(number):
        raise Refusal(400, 21211, f"The 'To' number {number} is not a valid phone number.")
