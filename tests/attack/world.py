"""The cast, another program, and something of everything that has an address; and browsers for everyone in it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client as Browser

from holdfast.approval import copying
from holdfast.assessment import actions as assessment
from holdfast.consent import actions as consents
from holdfast.consent import words as consent_words
from holdfast.crisis import actions as crisis
from holdfast.crisis import after, landing
from holdfast.crisis.models import Episode
from holdfast.crisis.rules import Disposition, Ground, Result
from holdfast.crisis.tests.course import MINUTE
from holdfast.ledger import vouch
from holdfast.ledger.scope import enter
from holdfast.notify.models import Attempt
from holdfast.oncall import actions as oncall
from holdfast.oncall.models import Page
from holdfast.oncall.rules import Level
from holdfast.people import actions as people
from holdfast.people import bringing, reaching
from holdfast.people import opening as openings
from holdfast.people.models import Client, Staff, User
from holdfast.people.queries import actor_of
from holdfast.people.reaching import Wishes
from holdfast.people.rules import Discipline, Role, Way
from holdfast.people.sheets import Kind
from holdfast.people.tests.cast import LONG_AGO, Cast, _staff, _user, make_cast
from holdfast.plans import actions as plans
from holdfast.plans.rules import Part, Someone
from holdfast.web import marks
from holdfast.web.client.answers import address
from holdfast.web.client.help import SALT as HELP_SALT
from holdfast.web.signed import Token, write
from holdfast.web.team.words import PROMISES

# Everything that is known of Ana alone holds one of these. Whoever is refused a page is shown none of them.
MARKS: Final = ("Ana", "Morales", "555-0118", "5205550118", "marker-of-ana", "Rosa")
TABLE: Final = """name,state,time zone,phone,since
marker-of-ana,AZ,America/Phoenix,520 555 0171,2026-01-02
"""
HOUR: Final = timedelta(hours=1)


@dataclass
class World:
    cast: Cast
    supervisor: Staff
    care_staff: Staff
    ben: Client  # of Bea's too, with nothing open
    olga: Client  # of the other program
    episode: Episode  # Ana's, open, Cal has it
    closed: Episode  # Ben's, closed
    others_episode: Episode  # of the other program, open
    device: str
    ids: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)

    def browser(self, who: str, *, csrf: bool = False) -> Browser:
        """A browser of one of `WHO`; signed in, where they can be."""
        browser = Browser(enforce_csrf_checks=csrf, raise_request_exception=False)
        if who in self.keys:
            browser.cookies[settings.SESSION_COOKIE_NAME] = self.keys[who]
        if who == "device":
            browser.cookies[settings.HOLDFAST_DEVICE_COOKIE] = self.device
        return browser

    def in_program(self) -> None:
        """Look at the rows of the first program from here on."""
        enter(self.cast.program.id)

    def in_the_other(self) -> None:
        enter(self.cast.other.id)


# Everyone who knocks. "form": holds the address of one of Ana's forms, and nothing else.
WHO: Final = (
    "on the team",
    "not on the team",
    "care staff",
    "supervisor",
    "director",
    "administrator",
    "Ana",
    "another client",
    "device",
    "form",
    "Eve",
    "nobody",
)


def session_of(user: User) -> str:
    """A session as signing in makes one, with a second factor just now: its key."""
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    marks.proved(store, "totp")
    store.create()
    return str(store.session_key)


def make_world() -> World:
    cast = make_cast()
    now = cast.now
    program = cast.program.id
    vouch.vouch(vouch.WATCHDOG, dict.fromkeys(PROMISES, True))
    vouch.vouch(vouch.WORKER, {})
    vera = _staff(cast.program, "Vera Holm", Role.SUPERVISOR, Discipline.THERAPIST, "+15205550106", now)
    gil = _staff(cast.program, "Gil Amos", Role.CARE_STAFF, Discipline.PEER, "+15205550107", now)
    cast.night_shift()

    def client(program: int, name: str, phone: str) -> Client:
        first = name.split(maxsplit=1)[0].lower()
        user = _user(f"{first}@clients.example")
        return people.enrol(program, name=name, state="AZ", timezone="America/Phoenix", now=now, phone=phone, user=user)

    ben = client(program, "Ben Ortiz", "+15205550117")
    people.join_care_team(ben, cast.bea, "primary", LONG_AGO)
    said = {part: f"marker-of-ana {part}" for part in (Part.SIGNS, Part.STAYING)}
    plans.write(cast.ana, cast.bea, said, (Someone(Part.HELPERS, "Rosa", "520 555 0177"),), "high", now)
    reaching.write_reaching(cast.ana, Wishes(way=Way.CALL, caller_says="marker-of-ana the garden"), cast.bea, now)

    assessment.ask_for_help(ben, "session", now)
    once = Episode.objects.get(client=ben)
    crisis.take(once.id, cast.bea, "board", now)
    crisis.log_try(once.id, cast.bea, Result.REACHED, "phone", "", None, now + MINUTE)
    landing.settle(
        once.id,
        cast.bea,
        disposition=Disposition.SAFE_WITH_PLAN,
        next_contact_at=now + timedelta(days=1),
        next_contact_by=cast.bea.id,
        words="",
        now=now + 2 * MINUTE,
    )
    closed = landing.close(
        once.id,
        cast.bea,
        risk_level="low",
        plan_reviewed=True,
        waivers={"next_contact": "He said no."},
        ground=Ground.REFUSED,
        now=now + 3 * MINUTE,
    )
    action = after.assign(
        closed,
        cast.bea,
        what="Ring him",
        to=cast.bea,
        due=(now + timedelta(days=9)).date(),
        once=uuid4(),
        now=now + 4 * MINUTE,
    )

    form = assessment.start_response(program, cast.ana.id, "check-in", now)
    assessment.save_answers(form.uid, {"7": "marker-of-ana rain"}, "web", now)
    call = assessment.ask_for_help(cast.ana, "session", now)
    concern = assessment.receive_concern(
        program, name="Frank", phone="5205550199", words="marker-of-ana", place="", now=now
    )
    episode = Episode.objects.get(client=cast.ana)
    page = Page.objects.filter(staff=cast.cal).order_by("id").first()
    episode = crisis.take(episode.id, cast.cal, "board", now)
    asked = Page.objects.filter(staff=cast.cal, paging__what_id=episode.id).order_by("id").first() or page
    crisis.log_try(episode.id, cast.cal, Result.NO_ANSWER, "phone", "marker-of-ana voicemail", uuid4(), now)
    device, key = people.install_device(cast.ana.id, program, "iPhone", now)

    shift = oncall.add_shift(program, cast.bea, Level.BACKUP, now + 48 * HOUR, now + 56 * HOUR)
    table = bringing.keep_table(program, Kind.CLIENTS, TABLE, (), cast.adam, now)
    copy = copying.begin("panic", cast.bea, now)
    step = json.loads(copy.body)["steps"][0]["id"]
    attempt = Attempt.objects.order_by("id").first()

    frank = reaching.name_supporter(cast.ana, name="Frank", relation="", phone="520 555 0142", by=cast.bea, now=now)
    consent = consents.agree(
        cast.ana,
        consent_words.Kind.TELEHEALTH,
        scopes=(),
        signature="marker-of-ana",
        how=consent_words.How.IN_APP,
        language="en",
        now=now,
    )
    opening = openings.open_chart(actor_of(cast.priya), ben, "marker-of-ben rang the desk", now)
    openings.close_again(actor_of(cast.priya), opening, now)

    enter(cast.other.id)
    olga = client(cast.other.id, "Olga Reyes", "+15205550191")
    assessment.ask_for_help(olga, "session", now)
    others = Episode.objects.get(client=olga)
    enter(program)

    world = World(cast, vera, gil, ben, olga, episode, closed, others, f"{program}.{key}")
    world.keys = {
        who: session_of(person.user)
        for who, person in (
            ("on the team", cast.bea),
            ("not on the team", cast.priya),
            ("care staff", gil),
            ("supervisor", vera),
            ("director", cast.dia),
            ("administrator", cast.adam),
            ("Ana", cast.ana),
            ("another client", ben),
            ("Eve", cast.eve),
            ("Cal", cast.cal),
        )
    }
    token = address(program, cast.ana.id, form.uid, now).split("/")[2]
    world.ids = {
        "crisis": episode.uid,
        "closed": closed.uid,
        "page": asked.uid if asked else None,
        "ana": cast.ana.uid,
        "ben": ben.uid,
        "bea": cast.bea.uid,
        "shift": shift.uid,
        "table": table.uid,
        "action": action.uid,
        "attempt": attempt.uid if attempt else None,
        "program": cast.program.uid,
        "answer": token,
        "help": write(HELP_SALT, Token(program, cast.ana.id, call.uid, now)),
        "concern": write(HELP_SALT, Token(program, 0, concern.uid, now)),
        "step": step,
        "device": device.uid,
        "frank": frank.uid,
        "consent": consent.uid,
        "opening": opening.uid,
    }
    return world
