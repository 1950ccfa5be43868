"""What measurements do through Holdfast's own actions (see tests.acts)."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from tests.acts import World


def close_all(world: World) -> int:
    """Every crisis is taken, reached, settled and closed."""
    from holdfast.crisis import actions as crisis
    from holdfast.crisis.models import Episode
    from holdfast.crisis.rules import Disposition, Result

    done = 0
    for episode in Episode.objects.exclude(state="closed").select_related("owner").order_by("id")[:2000]:
        now = world.now
        owner = episode.owner or world.staff("dia")
        if episode.owner is None:
            crisis.take(episode.id, owner, "board", now)
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
        crisis.log_try(episode.id, owner, Result.REACHED, "phone", "", uuid4(), now + timedelta(milliseconds=1))
        crisis.close(episode.id, owner, risk_level="low", plan_reviewed=True, waivers={}, now=now)
        done += 1
    return done


def attempts(world: World, people: int) -> int:
    """So many people with a phone and a mailbox each, and a page for each of them that is due now."""
    from holdfast.notify import actions as notify
    from holdfast.oncall.models import Page, Paging
    from holdfast.people import actions as staffing
    from holdfast.people.rules import ContactKind, Discipline, Role
    from holdfast.people.tests.cast import LONG_AGO

    paging = Paging.objects.create(
        program_id=world.program,
        what="measure",
        what_id=1,
        urgency="urgent",
        policy={"steps": ["first"], "wait_s": 300},
        started_at=world.now,
        look_again_at=world.now + timedelta(seconds=300),  # no turn of its own while it is measured
    )
    pages = []
    for number in range(people):
        staff = staffing.hire(
            world.program, name=f"Staff {number}", role=Role.CLINICIAN, discipline=Discipline.NURSE, since=LONG_AGO
        )
        for kind, where in (
            (ContactKind.PHONE, f"+1520556{number:04d}"),
            (ContactKind.EMAIL, f"s{number}@desk.example"),
        ):
            staffing.add_contact(staff, kind, where, label="", tested_at=world.now)
        page = Page.objects.create(
            program_id=world.program,
            paging=paging,
            staff=staff,
            turn=1,
            at=world.now,
            code=f"{1000 + number}",
            digit="5",
            cannot_digit="7",
            licensed=True,
        )
        pages.append(notify.PageToSend(page.id, staff.id, page.code, page.digit, page.cannot_digit))
    made = notify.send_pages(world.program, pages, rank=1, no_cover=False, again=False, now=world.now)
    return len(made)
