"""Text messages: taken from Twilio's interface, delivered to handsets, answered from them."""

from __future__ import annotations

import asyncio
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any, Final

from telephone.company import Company, Refusal, check_number, new_sid
from telephone.hooks import Answer, Postman
from telephone.log import Entry
from telephone.switches import Setting

#: Twilio's own test numbers, refused in every account with the code they are documented to give.
MAGIC: Final[Mapping[str, tuple[int, str]]] = {
    "+15005550001": (21211, "The 'To' number is not a valid phone number."),
    "+15005550002": (21612, "The 'To' phone number is not currently reachable."),
    "+15005550003": (21408, "Permission to send to this region has not been enabled."),
    "+15005550004": (21610, "Attempt to send to unsubscribed recipient."),
    "+15005550009": (21614, "'To' number is not a valid mobile number."),
}
STOP_WORDS: Final = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"})
START_WORDS: Final = frozenset({"START", "YES", "UNSTOP"})
ERRORS: Final[Mapping[str, int]] = {"undelivered": 30003, "unknown_number": 30005}
CODE: Final = re.compile(r"\b(\d{4})\b")


@dataclass(slots=True)
class Text:
    """One message as Twilio keeps it."""

    sid: str
    account: str
    to: str
    sender: str
    body: str
    callback: str
    entry: Entry
    created: str
    status: str = "queued"
    error: int | None = None
    direction: str = "outbound-api"

    def shown(self) -> dict[str, Any]:
        """The message document as Twilio words it."""
        path = f"/2010-04-01/Accounts/{self.account}/Messages/{self.sid}"
        return {
            "account_sid": self.account,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": self.created,
            "date_sent": self.created if self.status in ("sent", "delivered") else None,
            "date_updated": self.created,
            "direction": self.direction,
            "error_code": self.error,
            "error_message": None,
            "from": self.sender,
            "messaging_service_sid": None,
            "num_media": "0",
            "num_segments": "1",
            "price": None,
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{path}/Media.json"},
            "to": self.to,
            "uri": f"{path}.json",
        }


class Texts:
    """Every message of every account."""

    def __init__(self, company: Company, postman: Postman) -> None:
        self._company = company
        self._postman = postman
        self._by_sid: dict[str, Text] = {}
        self._by_token: dict[tuple[str, str], Text] = {}

    def forget(self) -> None:
        """Start afresh, as after a wipe of the log."""
        self._by_sid.clear()
        self._by_token.clear()

    def find(self, account: str, sid: str) -> Text:
        """One message of this account, or Twilio's 404."""
        text = self._by_sid.get(sid)
        if text is None or text.account != account:
            raise Refusal(404, 20404, f"The requested resource /Messages/{sid}.json was not found")
        return text

    def listed(self, account: str, to: str | None) -> list[Text]:
        """This account's messages, newest first."""
        found = [t for t in self._by_sid.values() if t.account == account and to in (None, t.to)]
        return found[::-1]

    def create(self, account: str, form: Mapping[str, str], token: str | None) -> Text:
        """Accept a message for delivery, or refuse it; the same token is the same message."""
        if token is not None and (known := self._by_token.get((account, token))):
            self._company.log.event("repeated", known.entry)
            return known
        to, sender, body = form.get("To", ""), form.get("From", ""), form.get("Body", "")
        setting = self._company.switches.of("sms", to)
        self._check(to, sender or form.get("MessagingServiceSid", ""), body, setting)
        sid = new_sid("SM")
        entry = self._company.log.add(
            sid=sid, channel="sms", to=to, sender=sender, text=body, state="queued", token=token
        )
        text = Text(
            sid=sid,
            account=account,
            to=to,
            sender=sender,
            body=body,
            callback=form.get("StatusCallback", ""),
            entry=entry,
            created=formatdate(usegmt=True),
        )
        self._by_sid[sid] = text
        if token is not None:
            self._by_token[account, token] = text
        if "accepted_lost" not in setting:
            self._company.start(self._deliver(text, setting))
        return text

    def _check(self, to: str, sender: str, body: str, setting: Setting) -> None:
        if not to:
            raise Refusal(400, 21604, "A 'To' phone number is required.")
        if not sender:
            raise Refusal(400, 21603, "A 'From' phone number is required.")
        if not body:
            raise Refusal(400, 21602, "Message body is required.")
        if len(body) > 1600:
            raise Refusal(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
        check_number(to)
        if to in MAGIC:
            raise Refusal(400, *MAGIC[to])
        if "gone" in setting:
            raise Refusal(400, 21211, f"The 'To' number {to} is not a valid phone number.")
        if "landline" in setting:
            raise Refusal(400, 21614, f"'To' number is not a valid mobile number: {to}")
        if "stop" in setting:
            raise Refusal(400, 21610, "Attempt to send to unsubscribed recipient.")

    async def _deliver(self, text: Text, setting: Setting) -> None:
        await asyncio.sleep(self._company.settings.delivery_seconds)
        wanted = self._company.settings.receipts
        if "queued" in wanted:
            await self._receipt(text, "queued", setting)
        error = next((code for name, code in ERRORS.items() if name in setting), None)
        last = "undelivered" if error is not None else "delivered"
        # The handset shows the text first: a receipt is news about that, and may come late.
        text.error = error
        for status in ("sent", last):
            text.status = status
            self._company.log.move(text.entry, status)
        words = self._company.settings.answered_alone
        if error is None and ("auto" in setting or (words and words in text.body)):
            self._company.start(self._answer_by_itself(text, setting))
        steps = (last, "sent") if "shuffled_receipts" in setting else ("sent", last)
        for status in steps:
            if status in wanted or status == "undelivered":
                await self._receipt(text, status, setting)

    async def _receipt(self, text: Text, status: str, setting: Setting) -> None:
        form = {
            "MessageSid": text.sid,
            "SmsSid": text.sid,
            "MessageStatus": status,
            "SmsStatus": status,
            "To": text.to,
            "From": text.sender,
            "AccountSid": text.account,
            "ApiVersion": "2010-04-01",
        }
        if text.error is not None and status == "undelivered":
            form["ErrorCode"] = str(text.error)
        await self._postman.receipt(text.callback, form, text.account, text.entry, setting)

    async def _answer_by_itself(self, text: Text, setting: Setting) -> None:
        await asyncio.sleep(setting.seconds("auto", 2.0))
        code = CODE.search(text.body)
        if code is None:
            return
        cannot = setting.word("auto", 1, "have") == "cannot"
        await self.reply(text.to, f"NO {code[1]}" if cannot else code[1])

    async def reply(self, number: str, body: str, to: str | None = None) -> Answer:
        """A person at the handset writes a text to the program's number."""
        company = self._company
        last = next((e for e in reversed(company.log.entries) if e.to == number and e.channel == "sms"), None)
        sent = self._by_sid.get(last.id) if last is not None else None
        receiver = to or (last.sender if last is not None else "+15550000000")
        account = sent.account if sent is not None else company.first_account
        form = self._inbound(account, number, receiver, body)
        if last is not None:
            last.answered = body
            company.log.event("reply", last, body=body)
            company.log.changed()
        webhook = company.settings.numbers.get(receiver) or company.settings.sms_webhook
        if not webhook:
            return Answer(0, "no sms_webhook is configured")
        answer = await self._postman.post(webhook, form, account)
        if last is not None:
            company.log.event("reply_taken", last, status=answer.status)
        self._show_answer(answer, number, receiver)
        return answer

    def _inbound(self, account: str, number: str, receiver: str, body: str) -> dict[str, str]:
        sid = new_sid("SM")
        form = {
            "MessageSid": sid,
            "SmsMessageSid": sid,
            "SmsSid": sid,
            "AccountSid": account,
            "From": number,
            "To": receiver,
            "Body": body,
            "NumMedia": "0",
            "NumSegments": "1",
            "SmsStatus": "received",
            "ApiVersion": "2010-04-01",
        }
        word = body.strip().upper()
        if word in STOP_WORDS:
            self._company.switches.add(number, "stop")
            form["OptOutType"] = "STOP"
        elif word in START_WORDS:
            self._company.switches.remove(number, "stop")
            form["OptOutType"] = "START"
        elif word in ("HELP", "INFO"):
            form["OptOutType"] = "HELP"
        return form

    def _show_answer(self, answer: Answer, number: str, receiver: str) -> None:
        """A webhook may answer a text with texts of its own (<Message>)."""
        if answer.status != 200 or "<Message" not in answer.body:
            return
        try:
            document = ET.fromstring(answer.body)  # noqa: S314 (our own webhook's answer)
        except ET.ParseError:
            return
        for message in document.iter("Message"):
            said = "".join(message.itertext()).strip()
            entry = self._company.log.add(
                sid=new_sid("SM"), channel="sms", to=number, sender=receiver, text=said, state="sent"
            )
            self._company.log.move(entry, "delivered")  # so that the handset shows it
