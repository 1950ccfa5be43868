"""What the people of the storm do through Holdfast's own actions (see tests.acts)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tests.acts import World

MORE_STAFF = 8
FIRST_NUMBER = 200


def program(world: World, clients: int, nights: list[str]) -> dict[str, Any]:
    """More staff, a rota over the nights (and around them), and the clients with a form each."""
    from holdfast.oncall import actions as oncall
    from holdfast.oncall.rules import Level
    from holdfast.people import actions as people
    from holdfast.people.models import Staff, User
    from holdfast.people.rules import ContactKind, Discipline, Role
    from holdfast.people.tests.cast import FAR_AHEAD, LONG_AGO

    cast = world.cast
    team = [cast.cal, cast.bea, cast.priya]
    for number in range(MORE_STAFF):
        user = User.objects.create_user(f"nurse{number}@{world.cast.program.slug}.example")
        staff = people.hire(
            world.program,
            name=f"Nurse {number}",
            role=Role.CLINICIAN,
            discipline=Discipline.NURSE,
            since=LONG_AGO,
            user=user,
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
    desks = {one.id: (one.user.email, str(one.uid)) for one in Staff.objects.exclude(user=None).select_related("user")}
    return {"clients": made, "phones": [f"+15205550{FIRST_NUMBER + n}" for n in range(MORE_STAFF)], "desks": desks}


def unreadable(world: World, client: int) -> str:
    """An answer that was received and that no rule can read: its form is of a version that is not here."""
    from holdfast.assessment.actions import start_response
    from holdfast.assessment.models import Answer, Response

    response = start_response(world.program, client, "check-in", world.now)
    Answer.objects.create(program_id=world.program, response=response, item="6", value=2, via="web", at=world.now)
    Response.objects.filter(id=response.id).update(version="0.0", done_at=world.now)
    return str(response.uid)


def tidy_tasks(world: World) -> int:
    """Same-day tasks are done, so that they do not become crises of their own."""
    from holdfast.care.actions import finish, newest_words
    from holdfast.care.models import Task

    tasks = list(Task.objects.filter(done_at=None, late_at=None, about="finding")[:200])
    for task in tasks:
        finish(task, world.staff("bea"), "spoke with the client", world.now, read=newest_words(task))
    return len(tasks)


def press(world: World, uid: str, who: int, form: dict[str, str]) -> str:
    """One press of staff without the page around it: "done", or the sentence that refuses it."""
    from django.db import transaction

    from holdfast.crisis.models import Episode
    from holdfast.crisis.rules import NotAllowed
    from holdfast.people.models import Staff

    episode, staff = Episode.objects.select_related("client").get(uid=uid), Staff.objects.get(id=who)
    try:
        with transaction.atomic():
            _PRESSES[form["do"]](world, episode, staff, form)
    except NotAllowed as no:
        return str(no)
    return "done"


def _try(world: World, episode: Any, staff: Any, form: dict[str, str]) -> None:
    from holdfast.crisis.actions import log_try
    from holdfast.crisis.rules import Result

    log_try(episode.id, staff, Result(form["result"]), form["how"], form["note"], UUID(form["once"]), world.now)


def _formulate(world: World, episode: Any, staff: Any, form: dict[str, str]) -> None:
    from holdfast.crisis.judging import formulate

    words = {"rationale": form["rationale"], "plan": form["plan"], "level": form["level"]}
    left = {"asked": "", "risk_factors": "", "protective_factors": ""}
    formulate(episode.id, staff, **words, **left, raise_urgency=False, once=UUID(form["once"]), now=world.now)


def _plan(world: World, episode: Any, staff: Any, form: dict[str, str]) -> None:
    from holdfast.crisis.guide import plan_reviewed

    plan_reviewed(episode.id, staff, form["noted"], UUID(form["once"]), world.now)


def _note(world: World, episode: Any, staff: Any, form: dict[str, str]) -> None:
    from holdfast.crisis.guide import note

    note(episode.id, staff, form["note"], UUID(form["once"]), world.now)


def _settle(world: World, episode: Any, staff: Any, form: dict[str, str]) -> None:
    from holdfast.crisis.landing import settle
    from holdfast.crisis.rules import Disposition

    settle(
        episode.id,
        staff,
        disposition=Disposition(form["disposition"]),
        next_contact_at=world.now + timedelta(minutes=4),
        next_contact_by=staff.id,
        words="",
        now=world.now,
    )


def _close(world: World, episode: Any, staff: Any, form: dict[str, str]) -> None:
    from holdfast.crisis.landing import close

    close(episode.id, staff, risk_level=None, plan_reviewed=False, waivers={}, now=world.now)


def _hand_over(world: World, episode: Any, staff: Any, form: dict[str, str]) -> None:
    from holdfast.crisis.course import Asked
    from holdfast.crisis.handing import ask
    from holdfast.people.models import Staff

    ask(episode.id, staff, Asked.HAND_OVER, Staff.objects.get(uid=form["to"]), form["why"], world.now)


def _answer(world: World, episode: Any, staff: Any, form: dict[str, str]) -> None:
    from holdfast.crisis.handing import accept, decline

    (accept if form["do"] == "accept" else decline)(UUID(form["ask"]), staff, world.now)


_PRESSES = {
    "try": _try,
    "formulate": _formulate,
    "plan": _plan,
    "note": _note,
    "settle": _settle,
    "close": _close,
    "hand_over": _hand_over,
    "accept": _answer,
    "decline": _answer,
}
