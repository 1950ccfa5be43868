"""Voice calls: taken from Twilio's interface, rung at handsets, picked up, spoken and answered by digits."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, Final

from telephone import twiml
from telephone.company import Company, Refusal, check_number, new_sid
from telephone.hooks import Postman
from telephone.log import Entry
from telephone.switches import Setting
from telephone.twiml import NotTwiml, Verb

ENDED: Final = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
#: The name of each state among the events that a caller may ask to be told of.
EVENT_OF: Final[Mapping[str, str]] = {
    "initiated": "initiated",
    "ringing": "ringing",
    "in-progress": "answered",
    **dict.fromkeys(ENDED, "completed"),
}
PRESS: Final = re.compile(r"[Pp]ress (\d) if you (have|can)")
MOST_DOCUMENTS: Final = 100


class NotNow(Exception):
    """A handset was asked for something that this call does not allow now."""


@dataclass(slots=True)
class Call:
    """One call as Twilio keeps it, and what its handset does."""

    sid: str
    account: str
    to: str
    sender: str
    url: str
    callback: str
    events: frozenset[str]
    entry: Entry
    created: str
    setting: Setting
    timeout: float
    inline: str = ""
    machine_detection: bool = False
    status: str = "queued"
    said: list[str] = field(default_factory=list)
    waiting: bool = False
    digits: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    picked_up: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    receipts: int = 0
    last_receipt: asyncio.Task[None] | None = None

    def shown(self) -> dict[str, Any]:
        """The call document as Twilio words it."""
        return {
            "account_sid": self.account,
            "answered_by": None,
            "api_version": "2010-04-01",
            "caller_name": None,
            "date_created": self.created,
            "date_updated": self.created,
            "direction": "outbound-api",
            "duration": "1" if self.status == "completed" else None,
            "end_time": self.created if self.status in ENDED else None,
            "forwarded_from": None,
            "from": self.sender,
            "from_formatted": self.sender,
            "group_sid": None,
            "parent_call_sid": None,
            "phone_number_sid": None,
            "price": None,
            "price_unit": "USD",
            "queue_time": "0",
            "sid": self.sid,
            "start_time": self.created if self.status in ("in-progress", "completed") else None,
            "status": self.status,
            "subresource_uris": {},
            "to": self.to,
            "to_formatted": self.to,
            "trunk_sid": None,
            "uri": f"/2010-04-01/Accounts/{self.account}/Calls/{self.sid}.json",
        }

    def heard(self, start: int = 0) -> dict[str, Any]:
        """What the person at the handset hears, from a place on."""
        return {
            "sid": self.sid,
            "state": self.status,
            "said": self.said[start:],
            "waiting_for_digits": self.waiting,
        }


class Calls:
    """Every call of every account."""

    def __init__(self, company: Company, postman: Postman) -> None:
        self._company = company
        self._postman = postman
        self._by_sid: dict[str, Call] = {}
        self._by_token: dict[tuple[str, str], Call] = {}
        self._line: dict[str, Call] = {}

    def forget(self) -> None:
        """Start afresh, as after a wipe of the log; what still rings is cut off without a receipt."""
        for call in self._by_sid.values():
            if call.task is not None:
                call.task.cancel()
            call.settled.set()
        self._by_sid.clear()
        self._by_token.clear()
        self._line.clear()

    def find(self, sid: str, account: str | None = None) -> Call:
        """One call, or Twilio's 404."""
        call = self._by_sid.get(sid)
        if call is None or account not in (None, call.account):
            raise Refusal(404, 20404, f"The requested resource /Calls/{sid}.json was not found")
        return call

    def listed(self, account: str, to: str | None) -> list[Call]:
        """This account's calls, newest first."""
        found = [c for c in self._by_sid.values() if c.account == account and to in (None, c.to)]
        return found[::-1]

    def at(self, number: str) -> Call | None:
        """The call that this handset rings with or is in."""
        return self._line.get(number)

    def create(self, account: str, form: Mapping[str, str], events: list[str], token: str | None) -> Call:
        """Accept a call, or refuse it; the same token is the same call."""
        if token is not None and (known := self._by_token.get((account, token))):
            self._company.log.event("repeated", known.entry)
            return known
        to, sender = form.get("To", ""), form.get("From", "")
        setting = self._company.switches.of("voice", to)
        self._check(to, sender, form, setting)
        sid = new_sid("CA")
        entry = self._company.log.add(
            sid=sid, channel="voice", to=to, sender=sender, text="", state="queued", token=token
        )
        call = Call(
            sid=sid,
            account=account,
            to=to,
            sender=sender,
            url=form.get("Url", ""),
            inline=form.get("Twiml", ""),
            callback=form.get("StatusCallback", ""),
            events=frozenset(" ".join(events).split()) or frozenset({"completed"}),
            entry=entry,
            created=formatdate(usegmt=True),
            setting=setting,
            timeout=min(float(form.get("Timeout") or 60), 600.0),
            machine_detection="MachineDetection" in form,
        )
        self._by_sid[sid] = call
        if token is not None:
            self._by_token[account, token] = call
        if "accepted_lost" not in setting:
            call.task = self._company.start(self._ring(call))
        return call

    def _check(self, to: str, sender: str, form: Mapping[str, str], setting: Setting) -> None:
        if not to:
            raise Refusal(400, 21201, "No 'To' number is specified")
        if not sender:
            raise Refusal(400, 21213, "No 'From' number is specified")
        if not form.get("Url") and not form.get("Twiml"):
            raise Refusal(400, 21205, "Url parameter is required.")
        check_number(to)
        if "gone" in setting or to == "+15005550001":
            raise Refusal(400, 21211, f"The 'To' number {to} is not a valid phone number.")

    async def _ring(self, call: Call) -> None:
        """From the network to the end of the call."""
        await asyncio.sleep(self._company.settings.delivery_seconds)
        self._move(call, "initiated")
        if call.to in self._line:
            call.entry.collided = True
            self._move(call, "busy")
            return
        if "busy" in call.setting:
            self._move(call, "busy")
            return
        self._line[call.to] = call
        try:
            self._move(call, "ringing")
            if not await self._is_picked_up(call):
                self._move(call, "no-answer")
                return
            self._move(call, "in-progress")
            await self._follow(call)
            self._move(call, "completed")
        except NotTwiml as problem:
            self._company.log.event("failed", call.entry, why=str(problem))
            call.said.append(f"(application error: {problem})")
            self._move(call, "failed")
        finally:
            if self._line.get(call.to) is call:
                del self._line[call.to]
            call.waiting = False
            call.settled.set()

    async def _is_picked_up(self, call: Call) -> bool:
        setting = call.setting
        if "no_answer" in setting:
            await asyncio.sleep(setting.seconds("no_answer", 2.0))
            return False
        if "voicemail" in setting:
            await asyncio.sleep(setting.seconds("voicemail", 0.05))
            return True
        if "auto" in setting:
            await asyncio.sleep(setting.seconds("auto", 2.0))
            return True
        try:
            await asyncio.wait_for(call.picked_up.wait(), call.timeout)
        except TimeoutError:
            return False
        return True

    async def _follow(self, call: Call) -> None:
        """Fetch and play documents until one of them ends the call."""
        more = {"AnsweredBy": "machine_start"} if "voicemail" in call.setting else {}
        verbs, url = twiml.read(call.inline) if call.inline else [], call.url
        if not call.inline:
            verbs = await self._fetch(call, url, more if call.machine_detection else {})
        for _ in range(MOST_DOCUMENTS):
            following = await self._play(call, verbs, url)
            if following is None:
                return
            url, form = following
            verbs = await self._fetch(call, url, form)
        raise NotTwiml(f"more than {MOST_DOCUMENTS} documents in one call")

    async def _fetch(self, call: Call, url: str, more: Mapping[str, str]) -> list[Verb]:
        answer = await self._postman.post(url, self._form(call, "in-progress") | dict(more), call.account)
        self._company.log.event("document", call.entry, status=answer.status)
        if answer.status != 200:
            raise NotTwiml(f"status {answer.status} from the webhook")
        return twiml.read(answer.body)

    async def _play(self, call: Call, verbs: list[Verb], url: str) -> tuple[str, dict[str, str]] | None:
        """Play one document; the next one and what to send with it, or nothing at the end."""
        for verb in verbs:
            match verb.name:
                case "Say":
                    self._say(call, verb)
                case "Hangup" | "Reject":
                    return None
                case "Redirect":
                    return twiml.target(url, verb), {}
                case "Gather":
                    digits = await self._gather(call, verb)
                    if digits:
                        return twiml.target(url, verb), {"Digits": digits, "msg": "Gather End"}
                case _:
                    pass  # <Pause>: nobody has to wait here
        return None

    async def _gather(self, call: Call, verb: Verb) -> str:
        for inner in verb.inner:
            if inner.name == "Say":
                self._say(call, inner)
        if "voicemail" in call.setting:
            return ""
        if "auto" in call.setting:
            return self._digits_by_itself(call)
        wanted = int(verb.number("numDigits", 0))
        seconds = verb.number("timeout", 5)
        pressed = ""
        call.waiting = True
        call.settled.set()
        try:
            while True:
                pressed += await asyncio.wait_for(call.digits.get(), seconds)
                if pressed.endswith("#"):
                    return pressed[:-1]
                if wanted and len(pressed) >= wanted:
                    return pressed[:wanted]
        except TimeoutError:
            return pressed
        finally:
            call.waiting = False

    def _digits_by_itself(self, call: Call) -> str:
        """A simulated person does what was last said."""
        wish = "can" if call.setting.word("auto", 1, "have") == "cannot" else "have"
        for said in reversed(call.said):
            for digit, meaning in PRESS.findall(said):
                if meaning == wish:
                    self._answered(call, digit)
                    return str(digit)
        return ""

    def _say(self, call: Call, verb: Verb) -> None:
        for _ in range(max(1, min(10, int(verb.number("loop", 1))))):
            call.said.append(verb.text)
        call.entry.text = " ".join(call.said)
        self._company.log.event("said", call.entry, text=verb.text)
        self._company.log.changed()

    def _answered(self, call: Call, digits: str) -> None:
        call.entry.answered = (call.entry.answered or "") + digits
        self._company.log.event("digits", call.entry, digits=digits)
        self._company.log.changed()

    def _form(self, call: Call, status: str) -> dict[str, str]:
        return {
            "CallSid": call.sid,
            "AccountSid": call.account,
            "From": call.sender,
            "Caller": call.sender,
            "To": call.to,
            "Called": call.to,
            "CallStatus": status,
            "ApiVersion": "2010-04-01",
            "Direction": "outbound-api",
        }

    def _move(self, call: Call, status: str) -> None:
        call.status = status
        self._company.log.move(call.entry, status)
        if EVENT_OF[status] not in call.events or not call.callback:
            return
        form = self._form(call, status) | {
            "SequenceNumber": str(call.receipts),
            "CallbackSource": "call-progress-events",
            "Timestamp": formatdate(usegmt=True),
        }
        if status in ENDED:
            form |= {"CallDuration": "1" if status == "completed" else "0", "Duration": "1"}
        call.receipts += 1
        call.last_receipt = self._company.start(self._receipt(call, form, call.last_receipt))

    async def _receipt(self, call: Call, form: dict[str, str], before: asyncio.Task[None] | None) -> None:
        """One receipt after the other, unless the order is to be wrong."""
        if "shuffled_receipts" in call.setting:
            await asyncio.sleep(0.0 if form["CallStatus"] in ENDED else 0.3)
        elif before is not None:
            await asyncio.wait((before,))
        await self._postman.receipt(call.callback, form, call.account, call.entry, call.setting)

    async def pick_up(self, sid: str) -> dict[str, Any]:
        """Pick up a ringing handset and listen until the voice waits or the call ends."""
        call = self.find(sid)
        if call.status != "ringing" or call.picked_up.is_set():
            raise NotNow(f"This call does not ring; it is {call.status}.")
        call.settled.clear()
        call.picked_up.set()
        await call.settled.wait()
        return call.heard()

    async def press(self, sid: str, digits: str) -> dict[str, Any]:
        """Press keys and listen until the voice waits again or the call ends."""
        call = self.find(sid)
        if not re.fullmatch(r"[0-9*#]{1,20}", digits):
            raise NotNow("Only 0 to 9, * and # can be pressed.")
        if not call.waiting:
            raise NotNow(f"This call does not wait for a key; it is {call.status}.")
        start = len(call.said)
        call.settled.clear()
        self._answered(call, digits)
        call.digits.put_nowait(digits)
        await call.settled.wait()
        return call.heard(start)

    async def hang_up(self, sid: str) -> dict[str, Any]:
        """Put the handset down, or refuse a ringing call."""
        call = self.find(sid)
        if call.status in ENDED:
            raise NotNow(f"This call has ended; it is {call.status}.")
        return self._end(call, "completed" if call.status == "in-progress" else "busy")

    def cancel(self, account: str, sid: str, status: str) -> Call:
        """The caller ends the call through the interface."""
        call = self.find(sid, account)
        if call.status not in ENDED and status in ("completed", "canceled"):
            self._end(call, "completed" if call.status == "in-progress" else "canceled")
        return call

    def _end(self, call: Call, status: str) -> dict[str, Any]:
        if call.task is not None:
            call.task.cancel()
        if self._line.get(call.to) is call:
            del self._line[call.to]
        call.waiting = False
        self._move(call, status)
        call.settled.set()
        return call.heard()
