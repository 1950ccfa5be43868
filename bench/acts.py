"""What measurements do through Holdfast's own actions (see tests.acts)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from tests.acts import World


def close_all(world: World) -> int:
    """Every crisis is taken, reached, settled and closed."""
    from holdfast.crisis import actions as crisis
    from holdfast.crisis import landing
    from holdfast.crisis.models import Episode
    from holdfast.crisis.rules import Disposition, Result, counts_from

    done = 0
    for episode in Episode.objects.exclude(state="closed").select_related("owner").order_by("id")[:2000]:
        now = world.now
        owner = episode.owner or world.staff("dia")
        if episode.owner is None:
            crisis.take(episode.id, owner, "board", now)
        crisis.log_try(episode.id, owner, Result.REACHED, "phone", "", uuid4(), now)
        landing.settle(
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
        landing.close(episode.id, owner, risk_level="low", plan_reviewed=True, waivers={}, now=later)
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


def two_years(world: World) -> str:
    """Ana answered for two years, has a plan, and is in a crisis that Cal has: the crisis's uid."""
    from holdfast.assessment import actions as assessment
    from holdfast.assessment.models import Answer, Response
    from holdfast.crisis import actions as crisis
    from holdfast.crisis.models import Episode
    from holdfast.plans import actions as plans
    from holdfast.plans.rules import Part, Someone

    ana, cal = world.cast.ana, world.staff("cal")
    for day in range(730, 0, -1):
        at = world.now - timedelta(days=day)
        for instrument, items in (
            ("check-in", {"1": day % 11, "6": 0}),
            *([("phq-9", {"1": 1})] if day % 7 == 0 else []),
        ):
            form = Response.objects.create(
                program_id=world.program,
                client=ana,
                instrument=instrument,
                version="1",
                opened_at=at,
                done_at=at,
                total=day % 20 if instrument == "phq-9" else None,
            )
            Answer.objects.bulk_create(
                Answer(program_id=world.program, response=form, item=item, value=value, at=at, judged_at=at)
                for item, value in items.items()
            )
    people = (Someone(Part.HELPERS, "Frank", "520 555 0142"), Someone(Part.PROFESSIONALS, "988", "988"))
    plans.write(ana, world.staff("bea"), {Part.SIGNS: "Not sleeping."}, people, "moderate", world.now)
    assessment.ask_for_help(ana, "session", world.now)
    episode = Episode.objects.get(client=ana)
    crisis.take(episode.id, cal, "board", world.now)
    return str(episode.uid)


def cry_for_help(world: World, count: int, first: int) -> int:
    """So many further clients press "I need help now"."""
    from holdfast.assessment import actions as assessment
    from holdfast.people.models import Client
    from tests.acts import enrol

    ids = enrol(world, count=count, first=first)
    for client in Client.objects.filter(id__in=ids).order_by("id"):
        assessment.ask_for_help(client, "session", world.now)
    return len(ids)


def queries(world: World, path: str) -> int:
    """How often a page asks the database, for Cal."""
    from django.db import connection
    from django.test import Client as Browser
    from django.test.utils import CaptureQueriesContext

    from holdfast.web.tests.signing_in import marked

    browser = Browser(HTTP_HOST="localhost")
    browser.force_login(world.staff("cal").user)
    session = browser.session
    marked(session)
    session.save()
    browser.cookies["sessionid"] = browser.session.session_key
    connection.atomic_blocks[-1]._from_testcase = True  # noqa: SLF001 - as for Django's own tests: an act is a transaction
    with CaptureQueriesContext(connection) as seen:
        said = browser.get(path)
    assert said.status_code == 200, said.status_code
    beside = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT", "ROLLBACK")
    # That Cal looked is written down with one statement more; it asks nothing.
    return sum(not q["sql"].startswith(beside) and "insert into ledger_chartread" not in q["sql"] for q in seen)


def access_check(world: World) -> int:
    """How often a chart page asks whether, and why, somebody may see it, beyond the read of the client's own row.

    The most of three: of the care team, of those who lead, and of somebody who opened the chart with a reason.
    """
    from django.db import connection
    from django.test import RequestFactory
    from django.test.utils import CaptureQueriesContext
    from django.urls import ResolverMatch

    from holdfast.people.opening import open_chart
    from holdfast.people.queries import actor_of
    from holdfast.web.team.because import because
    from holdfast.web.team.person import client_of

    ana = world.cast.ana
    open_chart(actor_of(world.staff("priya")), ana, "For a measurement of what it costs.", world.now)
    most = 0
    for name in ("bea", "dia", "priya"):
        request: Any = RequestFactory().get("/team/")
        request.actor, request.now = actor_of(world.staff(name)), world.now
        request.resolver_match = ResolverMatch(lambda: None, (), {}, url_name="client_plan")
        with CaptureQueriesContext(connection) as seen:
            client_of(request, ana.uid)
            said = because(request)
        assert said is not None, name
        most = max(most, len(seen) - 1)
    return most
