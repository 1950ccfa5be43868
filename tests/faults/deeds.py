"""What the people of the storm do through Holdfast's own actions (see tests.acts)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.acts import World

MORE_STAFF = 8
FIRST_NUMBER = 200


def program(world: World, clients: int, nights: list[str]) -> dict[str, Any]:
    """More staff, a rota over the nights (and around them), and the clients with a form each."""
    from holdfast.oncall import actions as oncall
    from holdfast.oncall.rules import Level
    from holdfast.people import actions as people
    from holdfast.people.rules import ContactKind, Discipline, Role
    from holdfast.people.tests.cast import FAR_AHEAD, LONG_AGO

    cast = world.cast
    team = [cast.cal, cast.bea, cast.priya]
    for number in range(MORE_STAFF):
        staff = people.hire(
            world.program, name=f"Nurse {number}", role=Role.CLINICIAN, discipline=Discipline.NURSE, since=LONG_AGO
        )
        people.license_in(staff, "AZ", number=f"AZ-{number}", valid_from=LONG_AGO, valid_until=FAR_AHEAD)
        phone = f"+15205550{FIRST_NUMBER + number}"
        people.add_contact(staff, ContactKind.PHONE, phone, label="mobile", tested_at=world.now)
        people.add_contact(staff, ContactKind.EMAIL, f"nurse{number}@desk.example", label="work", tested_at=world.now)
        team.append(staff)
    for night in (datetime.fromisoformat(text) for text in nights):
        for place, staff in enumerate(team):
            level = (Level.FIRST, Level.BACKUP, Level.SUPERVISOR)[place % 3]
            oncall.add_shift(world.program, staff, level, night - timedelta(days=2), night + timedelta(days=90))
    zones = ("America/Denver", "America/Phoenix", "America/Boise")
    made = [
        people.enrol(
            world.program, name=f"Client {number}", state="AZ", timezone=zones[number % 3], now=world.now, phone=""
        ).id
        for number in range(clients)
    ]
    return {"clients": made, "phones": [f"+15205550{FIRST_NUMBER + n}" for n in range(MORE_STAFF)]}


def unreadable(world: World, client: int) -> str:
    """An answer that was received and that no rule can read: its form is of a version that is not here."""
    from holdfast.assessment.actions import start_response
    from holdfast.assessment.models import Answer, Response

    response = start_response(world.program, client, "check-in", world.now)
    Answer.objects.create(program_id=world.program, response=response, item="6", value=2, via="web", at=world.now)
    Response.objects.filter(id=response.id).update(version="0.0", done_at=world.now)
    return str(response.uid)


def follow_up(world: World, most: int) -> int:
    """Owners do their work: they open the page, reach the client, settle it, speak again and close it."""
    from holdfast.crisis import actions as crisis
    from holdfast.crisis.models import Episode
    from holdfast.crisis.rules import Disposition, Result, counts_from

    done = 0
    owned = Episode.objects.filter(state__in=("owned", "reached", "settled")).select_related("owner").order_by("id")
    for episode in owned[:most]:
        owner, now = episode.owner, world.now
        assert owner is not None
        crisis.opened(episode, owner, now)
        if episode.state != "settled":
            crisis.log_try(episode.id, owner, Result.REACHED, "phone", "", uuid4(), now)
            crisis.settle(
                episode.id,
                owner,
                disposition=Disposition.SAFE_WITH_PLAN,
                next_contact_at=now + timedelta(hours=2),
                next_contact_by=owner.id,
                words="",
                now=now,
            )
        episode.refresh_from_db()  # the next contact is made when it counts
        agreed = counts_from(episode.settled_at, episode.next_contact_at) or now
        later = max(now, agreed)
        crisis.log_try(episode.id, owner, Result.REACHED, "phone", "", uuid4(), later)
        crisis.close(episode.id, owner, risk_level="low", plan_reviewed=True, waivers={}, now=later)
        done += 1
    return done


def tidy_tasks(world: World) -> int:
    """Same-day tasks are done, so that they do not become crises of their own."""
    from holdfast.care.actions import finish
    from holdfast.care.models import Task

    tasks = list(Task.objects.filter(done_at=None, late_at=None)[:200])
    for task in tasks:
        finish(task, world.staff("bea"), "spoke with the client", world.now)
    return len(tasks)
