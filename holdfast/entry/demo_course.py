"""How the team of the demo has judged its clients' risk week by week, and the one client who has gone quiet."""

from datetime import datetime, timedelta
from typing import Final

from holdfast.assessment import silence
from holdfast.care.rules import half_time, same_day_due
from holdfast.content.load import cadence, escalation
from holdfast.entry.demo_history import DAY, GONE_QUIET, HOUR, MINUTE, Story, World
from holdfast.people.models import Client
from holdfast.people.queries import primary_of
from holdfast.people.rating import look_for_silence, set_risk_level, wish_reminders
from holdfast.people.rules import ReminderBy, RiskLevel, Standing

NOT_JUDGED: Final = frozenset({"Nadia Haines", "Mina Park"})  # new here; nobody has judged it yet
DUE_TOMORROW: Final = frozenset({"Theodore Walsh", "Robin Castellanos"})
WANT_REMINDERS: Final = frozenset(
    {"Marcus Bell", "Olivia Grant", "Ethan Brooks", "Aisha Rahman", "Diego Ramírez", "Greta Nilsson", "Camila Rojas"}
)
ROOM: Final = timedelta(minutes=30)

WHY: Final = {
    RiskLevel.HIGH: "Thoughts on most days, sleeps little; no intent. Seen twice a week, and the plan is at hand.",
    RiskLevel.MODERATE: "Thoughts now and then, no intent. Uses the plan, comes to group.",
    RiskLevel.LOW: "No thoughts for weeks. Works the plan, has people near.",
}


def judged_over_time(world: World, name: str) -> Story:
    """A clinician judges the risk after the first session, and again before each judgement has run out."""
    client, person = world.clients[name], world.people[name]
    days = cadence().reassess_days
    at = client.standing_since + DAY + 3 * HOUR
    if person.standing is not Standing.ACTIVE or name in NOT_JUDGED:
        return
    if name in WANT_REMINDERS:
        yield at
        wish_reminders(client, ReminderBy.SMS, person.phone, at)
    begin, now = person.phq
    # Whose next judgement is due tomorrow was judged last on this day.
    last = world.now - (days[_level(now)] - 1) * DAY if name in DUE_TOMORROW else None
    while True:
        yield at
        passed = (at - client.standing_since) / (world.now - client.standing_since)
        level = _level(begin + (now - begin) * passed)
        by = next((one for one in world.staff.values() if one.id == primary_of(client.id, at)), None)
        if by is not None:
            set_risk_level(client, level, by, at, WHY[level])
        if last is not None and at >= last:
            return
        at += timedelta(days=days[level] - world.chance.randint(1, 3), minutes=world.chance.randint(-90, 90))
        at = at if last is None else min(at, last)


def _level(total: float) -> RiskLevel:
    """What the demo's clinicians came to; a number never decides it in real work."""
    return RiskLevel.HIGH if total >= 17 else RiskLevel.MODERATE if total >= 8 else RiskLevel.LOW


def went_quiet(world: World, at: datetime) -> None:
    """One client has not answered for three days: what is said of it is open now, with time to go."""
    client, person = world.clients[GONE_QUIET], world.people[GONE_QUIET]
    clock = escalation().same_day
    due = same_day_due(clock, person.timezone, at)
    if half_time(clock, at, due) - world.now > ROOM:
        look_for_silence(client.id, at - MINUTE)
        silence.look(client.id, at)


def begin_again(now: datetime) -> None:
    """From now on the worker counts everybody's silence; the made-up past is not held against anybody."""
    for client in Client.objects.all():
        look_for_silence(client.id, now)
