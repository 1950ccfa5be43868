"""What a carrier's webhooks mean. The web layer opens the scope of the program in the address and calls these.

Addresses, all below {HOLDFAST_PUBLIC_URL}/hooks/<program uid>/twilio/:
    sms                            a text that somebody wrote           -> text_from_handset
    sms-status/<attempt uid>       receipt of a text                    -> text_status
    voice/<attempt uid>            a call was picked up                 -> call_opening
    voice-digits/<attempt uid>?n=  a key was pressed at question n      -> call_digits
    call-status/<attempt uid>      receipt of a call                    -> call_status
Each is checked with `verify_signature` first; a refused one goes to `refuse`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, Literal
from uuid import UUID
from xml.sax.saxutils import escape, quoteattr

from django.conf import settings
from twilio.request_validator import RequestValidator

from holdfast.ledger.models import Program
from holdfast.notify import actions, clients, queries
from holdfast.notify.queries import Asked
from holdfast.notify.rules import (
    Cannot,
    Channel,
    Have,
    Help,
    Start,
    Stop,
    parse_sms_reply,
    spoken,
    spoken_opening,
    spoken_question,
    text_back,
)
from holdfast.people.queries import phone_contact

KEY_S: Final = 10
ASKED_TIMES: Final = 3

Word = Literal["have", "cannot"]


@dataclass(frozen=True)
class Heard:
    """What became of an answer: have, cannot, taken (by `name`), or over."""

    said: Literal["have", "cannot", "taken", "over", "there", "sees_to_it", "not_coming"]
    name: str = ""


#: The on-call module answers a page: (page id, have or cannot, sms or voice, now) -> what became of it.
AnswerPage = Callable[[int, Word, str, datetime], Heard]


#: A text of somebody who is not staff reaches a human: (number, words, now) -> what is said back.
HearText = Callable[[str, str, datetime], str]


# ---- who sends this? ----------------------------------------------------------------------------------


@lru_cache(maxsize=4)
def _validator(token: str) -> RequestValidator:
    return RequestValidator(token)


def public_address(path: str) -> str:
    """The address that the carrier signed: ours as seen from outside, whatever host name reached us."""
    return settings.HOLDFAST_PUBLIC_URL.rstrip("/") + path


def verify_signature(path: str, form: Mapping[str, str], signature: str) -> bool:
    """Whether the carrier signed this. `path` is the full path with its query (request.get_full_path())."""
    if not settings.HOLDFAST_TWILIO_TOKEN or not signature:
        return False
    checked: bool = _validator(settings.HOLDFAST_TWILIO_TOKEN).validate(public_address(path), form, signature)
    return checked


def refuse(program: int, kind: str, now: datetime) -> None:
    """A webhook that the carrier did not sign: the channel counts as failed, and alarms."""
    actions.channel_trouble(program, _channel(kind), actions.REFUSED_WEBHOOK, now)


def accept(program: int, kind: str, now: datetime) -> None:
    """A webhook with a good signature: if the channel stood refused, it works again."""
    actions.channel_works(program, _channel(kind), actions.REFUSED_WEBHOOK, now)


def _channel(kind: str) -> Channel:
    return Channel.SMS if kind.startswith("sms") else Channel.VOICE


# ---- receipts -----------------------------------------------------------------------------------------


def text_status(attempt: UUID, form: Mapping[str, str], now: datetime) -> bool:
    """A receipt of a text. False: we know no such attempt, or no such word."""
    code = form.get("ErrorCode", "")
    sid, status = form.get("MessageSid", ""), form.get("MessageStatus", "")
    return actions.text_receipt(attempt, sid, status, int(code) if code.isdecimal() else None, now)


def call_status(attempt: UUID, form: Mapping[str, str], now: datetime) -> bool:
    """A receipt of a call."""
    return actions.call_receipt(attempt, form.get("CallSid", ""), form.get("CallStatus", ""), now)


# ---- calls --------------------------------------------------------------------------------------------


def _say(*sentences: str) -> str:
    return "".join(f"<Say>{escape(sentence)}</Say>" for sentence in sentences if sentence)


def _document(*parts: str) -> str:
    return '<?xml version="1.0" encoding="UTF-8"?><Response>' + "".join(parts) + "</Response>"


def _ask(
    program: UUID, attempt: UUID, sender: str, asked: tuple[Asked, ...], position: int, before: tuple[str, ...]
) -> str:
    """Ask the next question that somebody still has to answer, three times; then say goodbye."""
    left = [number for number in range(position, len(asked)) if asked[number].wanted]
    if not left:
        ends = before or (f"This is {sender}.", spoken("over"))
        return _document(_say(*ends, spoken("bye")), "<Hangup/>")
    number = left[0]
    page = asked[number]
    opening = spoken_opening(sender, [each.item for each in asked], position if before else 0)
    question = spoken_question(page.item, number, len(asked))
    action = public_address(f"/hooks/{program}/twilio/voice-digits/{attempt}?n={number}")
    gather = f'<Gather input="dtmf" numDigits="1" timeout="{KEY_S}" method="POST" action={quoteattr(action)}>'
    first = gather + _say(*before, opening, question) + "</Gather>"
    again = (gather + _say(question) + "</Gather>") * (ASKED_TIMES - 1)
    return _document(first, again, _say(spoken("silence"), spoken("bye")), "<Hangup/>")


def call_opening(program: Program, attempt: UUID) -> str:
    """The document for a call that was picked up."""
    return _ask(program.uid, attempt, program.neutral_name, queries.asked_in_call(attempt), 0, ())


def call_digits(
    program: Program, attempt: UUID, position: int, form: Mapping[str, str], answer: AnswerPage, now: datetime
) -> str:
    """The document after a key: the page of this question is answered, then the next is asked."""
    asked = queries.asked_in_call(attempt)
    if not 0 <= position < len(asked):
        return _document(_say(spoken("over"), spoken("bye")), "<Hangup/>")
    page = asked[position]
    word = digit_means(page, form.get("Digits", ""))
    if word is None:
        return _ask(program.uid, attempt, program.neutral_name, asked, position, (spoken("unread"),))
    heard = answer(page.for_id, word, "voice", now)
    first = queries.attempt_by_uid(attempt)
    if first is not None and first.contact is not None:
        actions.contact_answered(first.contact, now)
    # Read again: the answer may have ended other questions of this call too.
    said = (spoken(heard.said, heard.name),)
    return _ask(program.uid, attempt, program.neutral_name, queries.asked_in_call(attempt), position + 1, said)


def digit_means(asked: Asked, digits: str) -> Word | None:
    """Which of the two keys of this question was pressed; anything else is no answer."""
    if digits and digits == asked.item.args.get("digit"):
        return "have"
    if digits and digits == asked.item.args.get("cannot_digit"):
        return "cannot"
    return None


# ---- texts from handsets ------------------------------------------------------------------------------


def text_from_handset(form: Mapping[str, str], answer: AnswerPage, hear: HearText, now: datetime) -> str:
    """A text written to the program's number: what it changes, and the document with our words back."""
    words = _reply(form.get("From", ""), form.get("Body", ""), answer, hear, now)
    return _document(*(f"<Message>{escape(sentence)}</Message>" for sentence in words if sentence))


def _reply(number: str, body: str, answer: AnswerPage, hear: HearText, now: datetime) -> list[str]:
    contact = phone_contact(number) if number else None
    if contact is None:
        return [_reply_to_others(number, body, hear, now)]
    match parse_sms_reply(body):
        case Stop():
            actions.contact_lost(contact.id, "has said STOP", now)
            return [text_back("stop")]
        case Start():
            actions.contact_back(contact)
            actions.contact_answered(contact, now)
            return [text_back("start")]
        case Help():
            return [text_back("help")]
        case Have(codes):
            said = [_answer_code(number, code, "have", answer, now) for code in codes]
        case Cannot(codes):
            said = [_answer_code(number, code, "cannot", answer, now) for code in codes]
        case _:
            return [text_back("unread")]
    if text_back("no_such_code") not in said:
        actions.contact_answered(contact, now)
    return [" ".join(dict.fromkeys(said))]


def _reply_to_others(number: str, body: str, hear: HearText, now: datetime) -> str:
    """Somebody who is not staff. Only the carrier's own words for "no more" and "again" are not for a human to read.

    Those are the word alone: "stop, I can't go on" is not one of them, and neither is HELP, whatever else it means.
    """
    match parse_sms_reply(body):
        case Stop():
            clients.stopped(number, now)
            return text_back("stop")
        case Start():
            return text_back("stop")  # the carrier answers this too; reminders begin again when they are wished again
        case _:
            return hear(number, body, now)


def _answer_code(number: str, code: str, word: Word, answer: AnswerPage, now: datetime) -> str:
    """One code of a text: only what was asked on this very handset can be answered from it."""
    asked = queries.asked_by_code(number, code, now)
    if asked is None:
        return text_back("no_such_code")
    if asked.for_what == "test":
        return text_back("tested")
    heard = answer(asked.for_id, word, "sms", now)
    return text_back(heard.said, heard.name)
