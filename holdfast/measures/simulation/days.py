"""The made-up program and its clients: who they are, what their days are like, and what goes wrong."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from holdfast.content.cadence import RATED, UNRATED
from holdfast.content.load import questionnaire
from holdfast.content.shapes import Urgency
from holdfast.measures.simulation import habits, noticing, tasks
from holdfast.measures.simulation.states import FOREVER, Client, Response, Staff
from holdfast.measures.simulation.world import SHIFT, START, World
from holdfast.oncall.rules import Level, Stint, Swap
from holdfast.people.rules import Role, Standing, zone

PLACES: Final = (
    ("NY", "America/New_York"),
    ("OH", "America/New_York"),
    ("TX", "America/Chicago"),
    ("CO", "America/Denver"),
    ("AZ", "America/Phoenix"),  # no summer time
    ("CA", "America/Los_Angeles"),
    ("HI", "Pacific/Honolulu"),
)
ROLES: Final = (Role.DIRECTOR, *[Role.SUPERVISOR] * 3, *[Role.CLINICIAN] * 16, *[Role.CARE_STAFF] * 4)
LEVELS: Final = ((Level.FIRST, 3), (Level.BACKUP, 2), (Level.SUPERVISOR, 1))
DAY: Final = timedelta(days=1)


def make(world: World, clients: int, days: int) -> None:
    """A program: staff, rota, clients, and the first of everything that is due."""
    world.timezone = world.chance.choice(PLACES)[1]
    places = world.chance.sample(PLACES, 3)
    for number, role in enumerate(ROLES, start=1):
        world.staff[number] = _staff(world, number, role, [state for state, _ in places])
    clinicians = [one.id for one in world.staff.values() if one.role is Role.CLINICIAN]
    for block in range(days * 3 + 4):
        world.shifts[block] = _shifts(world, block)
        world.at(START + SHIFT * block + SHIFT / 2, _somebody_goes_home, None)
    for number in range(1, clients + 1):
        client = _client(world, number, places, clinicians)
        world.clients.append(client)
        _begin(world, client)
    for day in range(days):
        world.at(START + DAY * day + DAY * world.chance.random(), _bad_hour, None)
        world.at(START + DAY * day + DAY * world.chance.random(), _phones_die, None)


def _staff(world: World, number: int, role: Role, states: Sequence[str]) -> Staff:
    chance = world.chance
    licences = [(state, date(2020, 1, 1), FOREVER) for state in states if chance.random() < 0.75]
    if chance.random() < 0.1:  # one that ends while we look
        licences = [(state, since, (START + DAY * chance.randrange(30)).date()) for state, since, _ in licences]
    if role is Role.CARE_STAFF:
        licences = []
    speaks = frozenset(("en", "es") if chance.random() < 0.3 else ("en",))
    return Staff(number, role, licences, speaks, tested=chance.random() < 0.95, steady=0.5 + 0.4 * chance.random())


def _shifts(world: World, block: int) -> tuple[list[Stint], list[Swap]]:
    """Eight hours of the rota: most often whole, at times without a first, now and then with nobody at all."""
    chance, since = world.chance, START + SHIFT * block
    until = since + SHIFT
    if chance.random() < 0.02:
        return [], []
    able = [one.id for one in world.staff.values() if one.role in (Role.CLINICIAN, Role.SUPERVISOR)]
    drawn = chance.sample(able, 6)
    stints = []
    for level, wanted in LEVELS:
        for _ in range(wanted):
            who = drawn.pop()
            if not (level is Level.FIRST and chance.random() < 0.15):
                stints.append(Stint(who, level, since, until))
    swaps = []
    if stints and chance.random() < 0.15:
        out = chance.choice(stints)
        others = [who for who in able if all(stint.staff != who for stint in stints)]
        coming = chance.choice(others) if chance.random() < 0.7 else None
        swaps.append(Swap(out.staff, coming, out.level, since + SHIFT / 4, until))
    return stints, swaps


def _client(world: World, number: int, places: Sequence[tuple[str, str]], clinicians: Sequence[int]) -> Client:
    chance = world.chance
    state, timezone = chance.choice(places)
    primary = chance.choice(clinicians)
    level = chance.choices((*RATED, UNRATED), weights=(45, 25, 12, 2, 16))[0]
    paused = chance.random() < 0.06
    return Client(
        id=number,
        state=state,
        timezone=timezone,
        zone=zone(timezone),
        language="es" if chance.random() < 0.15 else "en",
        risk=level,
        standing=Standing.PAUSED if paused else Standing.ACTIVE,
        since=START - timedelta(days=chance.random() * 20),
        primary=primary,
        team=frozenset((primary, chance.choice(clinicians))),
        wishes_reminders=chance.random() < 0.7,
        answers=0.55 + 0.44 * chance.random(),
        worry=chance.choice((0.3, 0.6, 1.0, 1.0, 3.0)),
        pause_ends_at=START + timedelta(days=1 + chance.random() * 25) if paused else None,
    )


def _begin(world: World, client: Client) -> None:
    chance = world.chance
    if client.pause_ends_at is not None:
        world.sweep(client.pause_ends_at, noticing.pause_over, client)
    else:
        # Before we look, everything was as it should be.
        client.checked_in = client.heard = START - timedelta(hours=12 * chance.random())
    client.silence_look_at = START
    world.sweep(START, noticing.look, client)
    if client.rated:
        client.reassessment = tasks.open_task(world, client, Urgency.ROUTINE, tasks.REASSESSMENT)
    world.at(START + DAY * chance.random(), a_day, client)


# --- a client's day ----------------------------------------------------------------------------


def a_day(world: World, client: Client) -> None:
    """They check in, or do not; they press for help, or fall silent for days."""
    chance, now = world.chance.random, world.now
    world.at(now + DAY * (0.9 + 0.2 * chance()), a_day, client)
    if chance() < 0.0008 * client.worry:
        world.within(0, 86400, press, client)
    if client.standing is Standing.PAUSED or (client.quiet_until is not None and now < client.quiet_until):
        return
    if chance() < 0.004:
        client.quiet_until = now + timedelta(days=1 + 8 * chance())
        return
    if chance() >= client.answers:
        return
    _check_in(world, client)
    for form in ("phq-9", "gad-7"):
        days = _days(world, client, form)
        if world.decide.is_offered(days, client.asked_last.get(form), now, client.timezone):
            _survey(world, client, form)


def _days(world: World, client: Client, form: str) -> int:
    return next(each.days(client.risk) for each in world.cadence.forms if each.form == form)


def _check_in(world: World, client: Client) -> None:
    chance, worry = world.chance.random, client.worry
    answers: dict[str, int | str | None] = {
        "1": int(11 * chance()),
        "2": int(11 * chance()),
        "3": 4 + int(8 * chance()),
        "4": int(4 * chance()),
        "5": 1 if chance() < 0.012 * worry else 0,
        "6": 0,
    }
    danger = chance()
    if danger < 0.004 * worry:
        answers["6"] = 2 if danger < 0.001 * worry else 1
    if chance() < 0.01:
        answers["7"] = 1
    if chance() < 0.05:
        del answers["1"]  # a question left out
    response = Response(client, "check-in", answers, world.now, unreadable=chance() < 0.0005)
    noticing.answered(world, response)


def _survey(world: World, client: Client, form: str) -> None:
    chance = world.chance.random
    hard = 0.2 + 0.2 * client.worry
    answers: dict[str, int | str | None] = {
        item.id: min(3, int(chance() * 4 * hard + chance())) for item in questionnaire(form).items
    }
    thoughts = 0
    if form == "phq-9":
        danger = chance()
        thoughts = 0 if danger > 0.05 * client.worry else 1 if danger > 0.015 * client.worry else 2
        answers["9"] = thoughts
    noticing.answered(world, Response(client, form, answers, world.now))
    if thoughts:
        screen = Response(client, "asq", {}, world.now)
        noticing.screen_opened(world, screen)
        if chance() < 0.85:
            world.within(30, 500, _screen, screen)


def _screen(world: World, screen: Response) -> None:
    """Five questions, asked because of what was said before."""
    chance = world.chance.random
    answers: dict[str, int | str | None] = {str(n): int(chance() < 0.3) for n in range(1, 5)}
    if any(answers.values()):
        answers["5"] = int(chance() < 0.15)
    screen.answers, screen.at, screen.unfinished_at = answers, world.now, None
    world.waiting.pop(screen, None)
    noticing.answered(world, screen)


def press(world: World, client: Client) -> None:
    """Once, or again and again."""
    noticing.help_pressed(world, client)
    if world.likely(0.3):
        world.within(20, 1800, press, client)
    if client.crisis is not None and world.likely(0.5):
        world.within(2, 90, habits.meddle, client.crisis)


# --- what goes wrong ---------------------------------------------------------------------------


def _bad_hour(world: World, _: None) -> None:
    """On some days several need somebody at once."""
    if world.likely(0.12):
        for client in world.chance.sample(world.clients, min(len(world.clients), 2 + int(3 * world.chance.random()))):
            world.within(0, 120, press, client)


def _phones_die(world: World, _: None) -> None:
    """A phone is out of order for some hours."""
    staff = world.staff[world.chance.randrange(1, len(world.staff) + 1)]
    staff.phone_dead = (world.now, world.now + timedelta(hours=1 + 20 * world.chance.random()))


def _somebody_goes_home(world: World, _: None) -> None:
    """Whoever holds a crisis, or anybody on duty, wants to end their shift early."""
    duty = sorted(frozenset().union(*world.on_duty().values()))
    holding_one = [who for who in duty if world.staff[who].holds]
    if duty and world.likely(0.1):
        habits.end_shift(world, world.staff[(holding_one or duty)[0]])
    elif holding_one:
        habits.end_shift(world, world.staff[holding_one[0]])
