"""Makes the demo's two programs and their weeks of history.

Everything goes through the same actions as real work, with `now` walked through the past. A story is a
generator that yields the moment at which it goes on; the world lets the earliest go on first, so that what
happened is written down in its order. What a story would do after the present is left undone: those are
the tasks and crises that are open when the demo begins.
"""

import heapq
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Final
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password

from holdfast.assessment import actions as assessment
from holdfast.assessment.models import Response
from holdfast.care import actions as care
from holdfast.care.models import Task
from holdfast.entry.demo_people import Colleague, Person
from holdfast.ledger.models import Program
from holdfast.notify import actions as notify
from holdfast.notify.models import Attempt
from holdfast.notify.rules import Channel
from holdfast.oncall import actions as oncall
from holdfast.oncall.models import Shift
from holdfast.oncall.rules import Level
from holdfast.people import actions as people
from holdfast.people.models import Client, Staff, User
from holdfast.people.rules import ContactKind, Pause, Standing

Story = Iterator[datetime]
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HANDOVER: Final = {"day": time(8), "night": time(20)}


@dataclass
class World:
    """One program while its history is being made. `now` is the present, where every story stops."""

    program: Program
    now: datetime
    chance: random.Random
    staff: dict[str, Staff] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    _queue: list[tuple[datetime, int, Story]] = field(default_factory=list)
    _number: Iterator[int] = field(default_factory=count)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.program.timezone)

    def begin(self, story: Story) -> None:
        """Let a story begin when its time comes."""
        for at in story:
            heapq.heappush(self._queue, (at, next(self._number), story))
            return

    def run(self) -> None:
        """Let every story go on, the earliest first, until the present."""
        while self._queue and self._queue[0][0] <= self.now:
            _, _, story = heapq.heappop(self._queue)
            self.begin(story)

    def some(self, least: float, most: float) -> float:
        return self.chance.uniform(least, most)


# --- people ------------------------------------------------------------------------------------


def hire(world: World, colleague: Colleague, password_hash: str, login: str = "") -> None:
    """One member of staff, with licences, two tested contacts and, for some, a way to sign in."""
    today = world.now.date()
    user = User.objects.create_user(login or colleague.email)
    user.password = password_hash
    user.save()
    since = today - timedelta(days=365 * colleague.years + 40)
    staff = people.hire(
        world.program.id,
        name=colleague.name,
        role=colleague.role,
        discipline=colleague.discipline,
        since=since,
        credential=colleague.credential,
        languages=colleague.languages,
        user=user,
    )
    for number, (state, licence) in enumerate(colleague.licences):
        begins = since - timedelta(days=365 - 90 * number)
        people.license_in(
            staff, state, number=licence, valid_from=begins, valid_until=today + timedelta(days=190 + 130 * number)
        )
    tested = world.now - timedelta(days=world.chance.randint(3, 25))
    people.add_contact(staff, ContactKind.PHONE, colleague.phone, label="Mobile", tested_at=tested)
    people.add_contact(staff, ContactKind.EMAIL, colleague.email, label="Work mail", tested_at=tested)
    world.staff[colleague.first] = staff


def enrol(world: World, person: Person, user: User | None = None) -> None:
    """One client with a care team."""
    since = world.now - timedelta(days=7 * person.weeks)
    client = people.enrol(
        world.program.id,
        name=person.name,
        preferred_name=person.preferred,
        pronouns=person.pronouns,
        language=person.language,
        state=person.state,
        timezone=person.timezone,
        phone=person.phone,
        born=date(1963 + 7 * (len(person.name) % 6), 1 + len(person.name) % 12, 4),
        standing=Standing.INVITED if person.standing is Standing.INVITED else Standing.ACTIVE,
        user=user,
        now=since,
    )
    team = {"primary": person.therapist, **_rest_of_team(world, person)}
    for part, first in team.items():
        people.join_care_team(client, world.staff[first], part, since.date())
    world.clients[person.name], world.people[person.name] = client, person


def _rest_of_team(world: World, person: Person) -> dict[str, str]:
    team = {
        "prescriber": "Jonah" if person.state == "ID" else "Priya",
        "case_manager": "Noor",
        **({"peer": "Dee"} if person.drinks else {}),
    }
    return {part: first for part, first in team.items() if first in world.staff}


# --- the rota ----------------------------------------------------------------------------------

# For each day of the week from Monday: who is first and backup by day, who by night.
Week = Sequence[tuple[str, str, str, str]]


def extend_rota(world: World, week: Week, supervisors: Sequence[str], since: date, until: date) -> None:
    """Put the weeks' shifts on the rota, in the program's own time, whatever its clocks do on a Sunday in spring."""
    day = since
    while day < until:
        morning, evening, next_morning = (
            datetime.combine(d, t, world.zone)
            for d, t in ((day, HANDOVER["day"]), (day, HANDOVER["night"]), (day + DAY, HANDOVER["day"]))
        )
        first, backup, night_first, night_backup = week[day.weekday()]
        supervisor = supervisors[day.isocalendar().week % len(supervisors)]
        for name, level, begins, ends in (
            (first, Level.FIRST, morning, evening),
            (backup, Level.BACKUP, morning, evening),
            (night_first, Level.FIRST, evening, next_morning),
            (night_backup, Level.BACKUP, evening, next_morning),
            (supervisor, Level.SUPERVISOR, morning, next_morning),
        ):
            oncall.add_shift(world.program.id, world.staff[name], level, begins, ends)
        day += DAY


def rota_ends(world: World) -> date | None:
    """The day of the last supervisor's shift on the rota."""
    last = Shift.objects.filter(level=Level.SUPERVISOR).order_by("-during").first()
    return last.during.lower.astimezone(world.zone).date() + DAY if last else None


# --- everyday answers --------------------------------------------------------------------------

NOTES: Final = {
    "en": (
        "Could we move my Thursday session? My shift changed.",
        "The new dose makes me sleepy in the morning. Is that usual?",
        "My sister visits this weekend. I look forward to it.",
        "I slept badly because of the neighbours. Otherwise okay.",
        "Thank you for the breathing exercise. It helped on the bus.",
    ),
    "es": (
        "¿Podemos cambiar la sesión del jueves? Me cambiaron el turno.",
        "La medicina nueva me da sueño en la mañana. ¿Es normal?",
        "Mi hermana viene este fin de semana. Me da gusto.",
    ),
}


def local_time(day: date, hour: float, timezone: str) -> datetime:
    return datetime.combine(day, time(int(hour), int(hour % 1 * 60), int(hour * 3600) % 60), ZoneInfo(timezone))


GONE_QUIET: Final = "Kayla Benally"  # answered well for weeks, and then no more


def everyday(world: World, name: str) -> Story:
    """A client's check-ins and weekly forms, from the day after they joined until today or until they left."""
    client, person = world.clients[name], world.people[name]
    zone = ZoneInfo(person.timezone)
    today = world.now.astimezone(zone).date()
    first = client.standing_since.astimezone(zone).date() + DAY
    last = today if person.standing is Standing.ACTIVE else today - timedelta(days=world.chance.randint(5, 12))
    if name == GONE_QUIET:
        last = today - 3 * DAY
    weekly = world.chance.randrange(7)
    touring = person is next(iter(world.people.values()))
    if touring:  # the client of the tour has one thing to do today: the check-in
        last, weekly = today - DAY, (today - 2 * DAY - first).days % 7
    for number in range((last - first).days + 1):
        day = first + number * DAY
        due = number % 7 == weekly
        if world.chance.random() > (0.88 if due else person.keeps) and not (due and touring):
            continue
        at = local_time(day, world.some(7.2, 21.3), person.timezone)
        yield at
        check_in(world, client, person, at)
        if due:
            for form, answers in _weekly(world, person, number / max((today - first).days, 1)).items():
                if touring and form == "phq-9" and day > today - 8 * DAY:
                    continue  # the tour's client has a PHQ-9 to answer too
                at += timedelta(seconds=world.some(70, 150))
                yield at
                fill(world, client, form, answers, at)
    if person.standing is not Standing.ACTIVE:
        at = local_time(last + DAY, 11, person.timezone)
        yield at
        pause = (
            Pause((at + timedelta(days=21)).date(), "Away with family") if person.standing is Standing.PAUSED else None
        )
        people.change_standing(client, person.standing, at, pause)


def check_in(
    world: World, client: Client, person: Person, at: datetime, *, safe: int = 0, used: int | None = None
) -> Response:
    weight = sum(person.phq) / 2
    used = int(person.drinks and world.chance.random() < 0.03) if used is None else used
    note = world.chance.choice(NOTES.get(person.language, NOTES["en"])) if world.chance.random() < 0.015 else ""
    mood = round(world.some(9.5, 6.5) - weight / 4 - 2 * safe)
    answers = {
        "1": str(max(0, min(10, mood))),
        "2": str(max(0, min(10, round(world.some(0, 5) + 2 * used)))) if person.drinks else "0",
        "3": str(round(world.some(5, 8.4) - safe)),
        "4": str(world.chance.choices((0, 1, 2, 3), (80, 8, 4, 8))[0]),
        "5": str(used),
        "6": str(safe),
        "7": note,
    }
    return fill(world, client, "check-in", answers, at)[0]


def _weekly(world: World, person: Person, passed: float) -> dict[str, dict[str, str]]:
    begin, now = person.phq
    total = max(0, min(19, round(begin + (now - begin) * passed + world.some(-1.8, 1.8))))
    drank = int(person.drinks and world.chance.random() < 0.08)
    worry = min(19, round(total * world.some(0.65, 0.95)))
    return {"phq-9": phq9(world, total), "gad-7": _spread(world, worry, 7), "bam-iop": _bam(world, total, drank)}


def _spread(world: World, total: int, items: int) -> dict[str, str]:
    """A total shared out among the items of a form, at most 3 each."""
    values = [0] * items
    for _ in range(total):
        values[world.chance.choice([i for i, value in enumerate(values) if value < 3])] += 1
    return {str(i + 1): str(value) for i, value in enumerate(values)}


def phq9(world: World, total: int, thoughts: int = 0) -> dict[str, str]:
    return {**_spread(world, total, 8), "9": str(thoughts), "10": str(min(3, total // 6))}


def _bam(world: World, total: int, drank: int) -> dict[str, str]:
    burden = min(4, total // 5)
    pick = world.chance.randint
    answers = {
        "1": pick(1, 3),
        "2": burden,
        "3": burden,
        "4": drank,
        "6": 0,
        "8": pick(0, 2),
        "9": pick(2, 4),
        "10": pick(0, 2),
        "11": pick(0, 1),
    }
    answers |= {
        "12": pick(1, 4),
        "13": pick(1, 3),
        "14": 4,
        "15": pick(0, 2),
        "16": pick(1, 3),
        "17": pick(2, 4),
        **({"5": 0} if drank else {}),
    }
    return {item: str(value) for item, value in answers.items()}


def fill(
    world: World, client: Client, form: str, answers: Mapping[str, str], at: datetime
) -> tuple[Response, Response | None]:
    """A client fills in a form; the answers are judged, and what they lead to begins. Returns the form and the one asked next."""
    response = assessment.start_response(world.program.id, client.id, form, at)
    return response, answer(world, response, answers, at)


def answer(world: World, response: Response, answers: Mapping[str, str], at: datetime) -> Response | None:
    saved = assessment.save_answers(response.uid, answers, "web", at)
    if saved.refused:
        raise ValueError(f"the demo's own answers were refused: {saved.refused}")
    assessment.judge_response(response.id, at)
    for task in Task.objects.filter(client_id=response.client_id, opened_at=at, done_at=None):
        world.begin(_do_task(world, task))
    return Response.objects.get(uid=saved.next_response) if saved.next_response else None


OUTCOMES: Final = (
    "Called back. We moved the session and talked about the week.",
    "Called. A hard evening; a plan for tonight, and group tomorrow.",
    "Spoke for ten minutes. Told the prescriber, who looks at the dose today.",
    "Called. It was one drink; we looked at what came before it.",
    "Left a neutral message, then spoke in the afternoon. Doing well.",
)


def _do_task(world: World, task: Task) -> Story:
    """Its owner does it well before half its time is over."""
    at = task.opened_at + ((task.half_at or task.due_at) - task.opened_at) * world.some(0.15, 0.85)
    yield at
    care.finish(
        task, task.owner or world.staff["Noor"], world.chance.choice(OUTCOMES), at, read=care.newest_words(task)
    )


# --- what came of messages --------------------------------------------------------------------


def deliver(at: datetime) -> None:
    """What became of each message of the past, as its carrier would have told. Nothing of it is sent to anybody."""
    for attempt in Attempt.objects.filter(due_at__isnull=False):
        if attempt.channel == Channel.VOICE:
            notify.call_receipt(attempt.uid, f"past {attempt.id}", "no-answer", at + 25 * SECOND)
        else:
            notify.text_receipt(attempt.uid, f"past {attempt.id}", "delivered", None, at + 3 * SECOND)


def one_hash(password: str) -> str:
    """The demo's one password, hashed once for all who use it."""
    return make_password(password)
