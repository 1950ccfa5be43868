"""Posts signed webhooks to Holdfast, as the carrier does."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
from twilio.request_validator import RequestValidator

from telephone.company import Company
from telephone.log import Entry
from telephone.switches import Setting


@dataclass(frozen=True, slots=True)
class Answer:
    """What a webhook answered; status 0 means that nobody was there."""

    status: int
    body: str


class Postman:
    """Signs and posts; keeps connections alive."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._session: aiohttp.ClientSession | None = None
        self._validators: dict[str, RequestValidator] = {}

    async def post(
        self, url: str, form: Mapping[str, str], account: str, *, method: str = "POST", forged: bool = False
    ) -> Answer:
        """Post one signed webhook and read the answer."""
        token = self._company.token_of(account)
        validator = self._validators.get(token)
        if validator is None:
            validator = self._validators[token] = RequestValidator(token)
        signature = validator.compute_signature(url, dict(form))
        if forged:
            signature = signature[::-1]
        headers = {"X-Twilio-Signature": signature, "User-Agent": "TwilioProxy/1.1"}
        try:
            async with self._open().request(
                method, self._address(url), data=dict(form), headers=headers, allow_redirects=False
            ) as response:
                return Answer(response.status, await response.text())
        except (aiohttp.ClientError, TimeoutError, OSError, UnicodeDecodeError) as problem:
            return Answer(0, type(problem).__name__)

    async def receipt(self, url: str, form: Mapping[str, str], account: str, entry: Entry, setting: Setting) -> None:
        """Post one receipt, as late and as often as the switches say."""
        if not url or "lost_receipts" in setting or "accepted_lost" in setting:
            return
        if "late_receipts" in setting:
            await asyncio.sleep(setting.seconds("late_receipts", 5.0))
        for _ in range(2 if "doubled_receipts" in setting else 1):
            answer = await self.post(url, form, account, forged="forged_receipts" in setting)
            said = form.get("MessageStatus") or form.get("CallStatus")
            self._company.log.event("receipt", entry, said=said, status=answer.status)

    def _address(self, url: str) -> str:
        """Where to connect: the public address may be another than the one we can reach."""
        settings = self._company.settings
        if settings.deliver_to and settings.public_url and url.startswith(settings.public_url):
            return settings.deliver_to.rstrip("/") + url[len(settings.public_url.rstrip("/")) :]
        return url

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=64),
                timeout=aiohttp.ClientTimeout(total=self._company.settings.hook_seconds),
            )
        return self._session

    async def close(self) -> None:
        """Close the kept connections."""
        if self._session is not None:
            await self._session.close()
