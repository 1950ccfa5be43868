"""Texts that somebody who is not staff writes to the program's number: each reaches a human.

A writer; needs the open transaction of a scope.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from holdfast.assessment.actions import announce, signal
from holdfast.assessment.facts import ConcernReceived
from holdfast.assessment.models import Concern
from holdfast.assessment.queries import texts_from
from holdfast.ledger.record import record
from holdfast.ledger.sealed import readable
from holdfast.people.models import Client
from holdfast.people.queries import client_with_number
from holdfast.people.rules import plain_number

SAME_TEXT: Final = timedelta(minutes=2)  # a carrier may bring the same text again
ANSWERED: Final = timedelta(minutes=1)  # two machines that answer each other must come to an end
ONLY_A_CODE: Final = re.compile(r"\s*(no\s*)?[0-9]{4}\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Written:
    """A text that was kept: whose it is, if we know, and whether they were told a moment ago that somebody reads it."""

    client: Client | None
    told_already: bool


def receive_text(program: int, number: str, words: str, now: datetime) -> Written | None:
    """An urgent signal of the client whose number it is, or of somebody we do not know. The words are sealed.

    None where a number that we do not know sends the number of a page and nothing else: that is meant for us, but
    it is nobody's cry.
    """
    plain = plain_number(number) if any(each.isdigit() for each in number) else ""  # a withheld number is nobody's
    _one_at_a_time(plain)
    client = client_with_number(program, plain)
    if client is None and ONLY_A_CODE.fullmatch(words):
        return None
    before = texts_from(plain, now)
    told = any(text.at > now - ANSWERED for text in before)
    if any(text.at > now - SAME_TEXT and readable(text, "words") == words for text in before):
        return Written(client, told)
    text = Concern.objects.create(program_id=program, name="", phone=plain, words=words, place="", at=now)
    record(ConcernReceived(program=program, concern=text.id), now)
    if client is None:
        announce([signal("stranger-text", now, program_id=program, concern=text)], concern=text)
    else:
        found = signal("client-text", now, program_id=program, client=client, concern=text)
        announce([found], client_id=client.id, concern=text)
    return Written(client, told)


def _one_at_a_time(number: str) -> None:
    """Two texts of one number are read one after the other, so that the second finds the first."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('text from ' || %s))", [number])
