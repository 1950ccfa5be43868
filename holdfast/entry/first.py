"""`holdfast init`: the first program and the person who leads it, on an empty database.

What is nonsense is refused with a sentence that says what is wanted; nothing is written until all of it is right.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import click

from holdfast.people.rows import STATES
from holdfast.people.rules import Role, gives_away, plain_number, zone

_MAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")


class Refused(ValueError):
    """A sentence for whoever types."""


@dataclass(frozen=True)
class First:
    """What `init` writes down."""

    name: str
    slug: str
    neutral_name: str
    timezone: str
    state: str
    phone: str
    director: str
    email: str
    role: Role


def name(text: str) -> str:
    """A name of a program."""
    plain = " ".join(text.split())
    if not 2 <= len(plain) <= 120 or not any(letter.isalpha() for letter in plain):
        raise Refused("Write the name as people say it: 2 to 120 characters, at least one letter.")
    return plain


def person(text: str) -> str:
    """First and last name: pages call people by the first."""
    plain = " ".join(text.split())
    if len(plain.split()) < 2 or len(plain) > 120 or not plain[0].isalpha():
        raise Refused("Write first and last name, as in Dia Ortiz: staff and clients see it.")
    return plain


def neutral_name(text: str) -> str:
    """The sender of texts and calls."""
    plain = " ".join(text.split())
    if not 2 <= len(plain) <= 60:
        raise Refused("The sender's name has 2 to 60 characters.")
    if found := gives_away(plain):
        raise Refused(f"“{found}” would tell whoever sees the phone: choose a name that gives nothing away.")
    return plain


def timezone(text: str) -> str:
    """A time zone by its own name."""
    plain = text.strip()
    if "/" not in plain or zone(plain).key != plain:
        raise Refused(f"There is no time zone called “{plain[:60]}”. Write one like America/Phoenix.")
    return plain


def state(text: str) -> str:
    """A state or territory, two letters."""
    plain = text.strip().upper()
    if plain not in STATES:
        raise Refused(f"“{text.strip()[:20]}” is no state: write its two letters, as in AZ.")
    return plain


def phone(text: str) -> str:
    """A number with its area code."""
    plain = plain_number(text)
    if not re.fullmatch(r"[0-9 ().+-]+", text.strip()) or not re.fullmatch(r"\+(1[2-9]\d{9}|[2-9]\d{7,14})", plain):
        raise Refused("Write a telephone number with its area code, as in +1 520 555 0100.")
    return plain


def email(text: str) -> str:
    """A mail address; it is the name to sign in with."""
    plain = text.strip().lower()
    if len(plain) > 254 or not _MAIL.fullmatch(plain):
        raise Refused("Write a whole mail address, as in dia@example.org: it is the name to sign in with.")
    return plain


def slug_of(text: str) -> str:
    """Small letters and dashes, from the program's name."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:50] or "program"


def why_not_password(word: str, mail: str) -> str | None:
    """The sentence that says why not, of Django's own checks."""
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    if word.lower() in (mail, mail.partition("@")[0]):
        return "The password is the mail address: choose another."
    try:
        validate_password(word)
    except ValidationError as refused:
        return " ".join(refused.messages)
    return None


def why_not_here() -> str | None:
    """Why this database takes no first program."""
    from django.conf import settings
    from django.db import ProgrammingError

    from holdfast.ledger.models import Program

    if settings.HOLDFAST_DEMO:
        return "HOLDFAST_DEMO is set: a real program is never made in the demo. Unset it, and name another database."
    try:
        there = Program.objects.order_by("id").first()
    except ProgrammingError:
        return "The database has no tables yet: run `holdfast migrate` first."
    if there is not None:
        return f"This database has a program already ({there.slug}); `init` makes only the first."
    return None


def write(first: First, password: str) -> UUID:
    """Everything at once, or nothing. The program's uid stands in the telephone company's addresses."""
    from django.db import transaction

    from holdfast.ledger import keys
    from holdfast.ledger.models import Program
    from holdfast.ledger.scope import enter
    from holdfast.people import actions
    from holdfast.people.models import User
    from holdfast.people.rules import ContactKind, Discipline

    with transaction.atomic(durable=True):
        program = Program.objects.create(
            slug=first.slug,
            name=first.name,
            neutral_name=first.neutral_name,
            timezone=first.timezone,
            state=first.state,
            phone=first.phone,
        )
        now = enter(program.id)
        keys.make_first(program.id, now)
        staff = actions.hire(
            program.id,
            name=first.director,
            role=first.role,
            discipline=Discipline.OFFICE,
            since=now.astimezone(zone(first.timezone)).date(),
            user=User.objects.create_user(first.email, password),
        )
        actions.add_contact(staff, ContactKind.EMAIL, first.email, label="Work mail")  # tested once they answer on it
    return program.uid


NEXT: Final = """\
{name} is there, empty, and {director} leads it. Next:

  1. Start the programs (docs/how-to/install-debian.md), open {url}/sign-in/ and sign in as {email}.
  2. Tell Twilio where incoming texts go: {url}/hooks/{uid}/twilio/sms
  3. Set the program up in the order of docs/how-to/set-up.md: names, hours and channels; staff with licences and two
     contacts each; a test page, which each answers; cover; who is asked first.
  4. Read the clinical content and approve it, and let a second person confirm it: until then it is a draft. Then clients.
  5. `holdfast check` says what is still unsafe, and how to mend it.
  6. Take the first backup and rehearse its restore (docs/how-to/backup.md)."""


class Asked(click.ParamType["str"]):
    """An answer that is checked at once; at the keyboard a wrong one is asked again."""

    def __init__(self, check: Callable[[str], str]) -> None:
        self.check = check
        self.name = check.__name__.replace("_", "-")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return self.check(str(value))
        except Refused as refused:
            self.fail(str(refused), param, ctx)
