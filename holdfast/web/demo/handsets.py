"""The handsets of staff and of the tour's client, as the telephone company shows them, put together by person."""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

import requests
from django.conf import settings

from holdfast.people.models import Client, Contact, Staff
from holdfast.web.demo.cast import CAL, CLIENT
from holdfast.web.sealed import opened

LOOK_S, ACT_S = 2.0, 12.0
KEYS: Final = (*"123456789", "*", "0", "#")
ASKS: Final = re.compile(r"[Rr]eply (?:the number of each [^:]*: )?((?:\d{4}\b(?:, )?)+)")
CODE: Final = re.compile(r"\b\d{4}\b")
LINK: Final = re.compile(r"\s*https?://\S+")
MISSED: Final = frozenset({"no-answer", "busy", "canceled"})
MOST_SHOWN: Final = 5


class Silent(Exception):
    """The telephone company does not answer."""


@dataclass(frozen=True)
class Item:
    """One text, call, push or mail that reached somebody. `title` is a push's or a mail's first line."""

    channel: str
    title: str
    words: str
    at: datetime
    answered: str = ""
    codes: tuple[str, ...] = ()
    links: tuple[str, ...] = ()  # of a mail


@dataclass
class Handset:
    """One person's phone, browser and mailbox, drawn as one."""

    staff: int  # 0: the client of the tour
    name: str
    role: str
    number: str = ""
    call: str = ""
    ringing: bool = False
    waiting: bool = False
    said: tuple[str, ...] = ()
    items: list[Item] = field(default_factory=list)

    @property
    def first_name(self) -> str:
        return self.name.split()[0]

    @property
    def plain(self) -> str:
        """The number as it may stand in an id."""
        return self.number.lstrip("+")

    @property
    def texts(self) -> list[Item]:
        return [item for item in self.items if item.channel == "sms"]

    @property
    def codes(self) -> tuple[str, ...]:
        """What the newest text that asks is still to be answered with. Other words answer nothing, so they stay."""
        text = next((item for item in self.items if item.codes), None)
        if text is None or any(item.at > text.at for item in self.items if item.channel == "voice" and item.answered):
            return ()
        answered = {code for item in self.items if item.channel == "sms" for code in CODE.findall(item.answered)}
        return tuple(code for code in text.codes if code not in answered)

    @property
    def busy(self) -> bool:
        return bool(self.call or self.items)


def look(since: timedelta) -> list[Handset]:
    """Every handset of the program with what it shows, newest first; Cal's always. Inside the program's scope.

    `since` is how far Holdfast's clock is from true time, so that both clocks agree on the page.
    """
    try:
        shown = _ask("handsets")
        missed = [call for call in _ask("log?channel=voice") if call["state"] in MISSED]
    except (requests.RequestException, ValueError) as problem:
        raise Silent from problem
    return _by_person([*shown, *({"number": call["to"], "screen": [call]} for call in missed)], since)


def _ask(what: str) -> list[dict[str, Any]]:
    answer = requests.get(f"{settings.HOLDFAST_TELEPHONE_URL}/company/{what}", timeout=LOOK_S)
    answer.raise_for_status()
    found: list[dict[str, Any]] = answer.json()
    return found


def _by_person(shown: Iterable[dict[str, Any]], since: timedelta) -> list[Handset]:
    owners: dict[str, Staff] = {}
    numbers: dict[int, str] = {}
    for contact in Contact.objects.filter(ended_at=None).select_related("staff"):
        address = _device(contact.address) if contact.kind == "push" else contact.address
        owners[address] = contact.staff
        if contact.kind == "phone":
            numbers.setdefault(contact.staff_id, address)
    found: dict[int, Handset] = {}
    cal = Staff.objects.filter(user__email=CAL).first()
    if cal is not None:
        found[cal.id] = Handset(cal.id, cal.name, cal.credential or cal.discipline, numbers.get(cal.id, ""))
    client = Client.objects.filter(user__email=CLIENT).first()
    hers = {CLIENT, opened(client, "phone")} if client else set()
    for one in shown:
        if client and one["number"] in hers:  # codes and letters about signing in
            _add(found.setdefault(0, Handset(0, client.preferred_name, "client")), one, since)
        staff = owners.get(one["number"])
        if staff is None:
            continue
        handset = found.setdefault(
            staff.id,
            Handset(
                staff.id, staff.name, staff.credential or staff.discipline.replace("_", " "), numbers.get(staff.id, "")
            ),
        )
        _add(handset, one, since)
    for handset in found.values():
        handset.items.sort(key=lambda item: item.at, reverse=True)
        del handset.items[MOST_SHOWN:]
    return sorted(found.values(), key=lambda h: (cal is None or h.staff != cal.id, not h.call, h.staff))


def _device(subscription: str) -> str:
    """The name of a simulated browser, from its push subscription."""
    try:
        return str(json.loads(subscription)["endpoint"]).rpartition("/")[2]
    except (ValueError, KeyError, TypeError):
        return ""


def _add(handset: Handset, one: dict[str, Any], since: timedelta) -> None:
    call = one.get("call")
    if call:
        handset.call, handset.ringing = call["sid"], call["state"] == "ringing"
        handset.waiting, handset.said = call["waiting_for_digits"], tuple(call["said"])
    handset.items += [_item(entry, since) for entry in one["screen"]]


def _item(entry: dict[str, Any], since: timedelta) -> Item:
    words, title = str(entry["text"]), ""
    if entry["channel"] == "push":
        try:
            read = json.loads(words)
            title, words = str(read.get("title", "")), str(read.get("body", ""))
        except ValueError:
            pass
    elif entry["channel"] == "email":
        title, _, words = words.partition("\n")
        title = "" if title.strip() == LINK.sub("", words).strip() else title
    elif entry.get("state") in MISSED:
        words = "Missed call"
    asked = " ".join(ASKS.findall(words)) if entry["channel"] == "sms" else ""
    return Item(
        channel=entry["channel"],
        title=title.strip(),
        words=LINK.sub("", words).strip(),
        at=datetime.fromisoformat(entry["reached_at"] or entry["at"]) + since,
        answered=entry["answered"] or "",
        codes=tuple(CODE.findall(asked)),
        links=tuple(link.strip() for link in LINK.findall(words)) if entry["channel"] == "email" else (),
    )


def act(path: str, body: dict[str, str] | None = None) -> None:
    """Do something at a handset. What the company refuses (the call has ended) is shown by the next look."""
    try:
        requests.post(f"{settings.HOLDFAST_TELEPHONE_URL}/company/{path}", json=body or {}, timeout=ACT_S)
    except requests.RequestException as problem:
        raise Silent from problem


def pick_up(sid: str) -> None:
    act(f"calls/{quote(sid, safe='')}/pick-up")


def hang_up(sid: str) -> None:
    act(f"calls/{quote(sid, safe='')}/hang-up")


def press(sid: str, key: str) -> None:
    act(f"calls/{quote(sid, safe='')}/digits", {"digits": key})


def reply(number: str, words: str) -> None:
    act(f"handsets/{quote(number, safe='')}/reply", {"body": words})


def clear() -> None:
    """Empty every handset."""
    try:
        requests.delete(f"{settings.HOLDFAST_TELEPHONE_URL}/company/log", timeout=LOOK_S)
    except requests.RequestException as problem:
        raise Silent from problem


def fingerprint(*parts: object) -> str:
    """A short word that changes when anything shown changes."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]
