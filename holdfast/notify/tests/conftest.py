"""The world of notify's tests: the cast at night, a telephone company, and senders driven by hand."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import transaction

from holdfast.ledger.scope import program_scope
from holdfast.notify.channels.base import Outside
from holdfast.notify.models import Attempt
from holdfast.notify.one_sender import OneSender
from holdfast.notify.rules import Channel
from holdfast.notify.sender import Senders
from holdfast.people.models import Staff
from holdfast.people.tests.cast import Cast, make_cast
from telephone.company import DEFAULT_ACCOUNT, DEFAULT_TOKEN
from telephone.running import Address, Wanted, in_thread


@pytest.fixture(scope="session")
def carrier() -> Iterator[Address]:
    """One telephone company for all tests of this process."""
    with in_thread(Wanted(port=0, smtp_port=0)) as address:
        yield address


@dataclass
class Desk:
    """What a test holds."""

    cast: Cast
    url: str
    outside: Outside

    def senders(self, deadline_s: float = 5.0, **other: Any) -> Senders:
        return Senders(deadline_s=deadline_s, where=replace(self.outside, **other))

    def sender(self, channel: Channel, deadline_s: float = 5.0) -> OneSender:
        return self.senders(deadline_s).one(channel)

    def send(self, *channels: Channel, deadline_s: float = 5.0) -> None:
        """Send all that is due."""
        self.senders(deadline_s).drain(channels or tuple(Channel))

    def once(self, channel: Channel, deadline_s: float = 5.0) -> None:
        """One send and no more, however slow the machine is."""
        sender = self.sender(channel, deadline_s)
        assert sender.step()
        sender.close()

    def do(self, work: Callable[[Any], Any]) -> Any:
        """Something in the program's scope, in a transaction of its own."""
        with program_scope(self.cast.program.id) as now:
            return work(now)

    def attempts(self, channel: Channel | None = None, staff: Staff | None = None) -> list[Attempt]:
        def read(_: Any) -> list[Attempt]:
            found = Attempt.objects.order_by("urgency_rank", "at", "id")
            found = found.filter(channel=channel) if channel else found
            return list(found.filter(staff=staff) if staff else found)

        return list(self.do(read))

    def log(self, **asked: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = requests.get(self.url + "/company/log", params=asked, timeout=15).json()
        return found

    def company(self, path: str, **given: Any) -> Any:
        return requests.post(f"{self.url}/company/{path}", json=given, timeout=15).json()

    def switch(self, **targets: Any) -> None:
        self.company("switches", **targets)


@pytest.fixture
def desk(transactional_db: None, carrier: Address) -> Desk:
    """Cal on shift, Priya behind him; every send goes to the telephone company."""
    with transaction.atomic():
        cast = make_cast()
        cast.night_shift()
    requests.delete(carrier.url + "/company/log", timeout=15)
    requests.delete(carrier.url + "/company/switches", timeout=15)
    requests.post(carrier.url + "/company/configure", json={"receipts": []}, timeout=15)
    key = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value.to_bytes(32, "big")
    outside = Outside(
        public_url="http://127.0.0.1:9",  # nobody is there: receipts are given by hand
        twilio={"sid": DEFAULT_ACCOUNT, "token": DEFAULT_TOKEN, "from": "+15205550100", "api": carrier.url},
        smtp_url=f"smtp://127.0.0.1:{carrier.smtp_port}",
        mail_from="desk@juniper.example",
        vapid_key=base64.urlsafe_b64encode(key).decode().rstrip("="),
        demo=True,
    )
    return Desk(cast, carrier.url, outside)
