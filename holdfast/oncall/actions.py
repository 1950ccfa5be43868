"""The only writer of rota and pagings. Every action needs the open transaction of a scope.

Lock order everywhere: episode, paging, attempt.
"""

import logging
import secrets
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, connection, transaction

from holdfast.content.load import escalation
from holdfast.content.shapes import Urgency
from holdfast.ledger.record import record
from holdfast.ledger.rows import add
from holdfast.ledger.scope import read_now
from holdfast.ledger.wake import ring
from holdfast.notify import actions as notify
from holdfast.oncall import queries
from holdfast.oncall.facts import CoverMissing, PageAnswered, PagingStarted, PagingStopped, TurnTaken
from holdfast.oncall.models import Override, Page, Paging, Policy, Shift
from holdfast.oncall.rules import EVERYONE_FROM_ROUND, STEPS, Answer, BadPolicy, Cover, Level, Turn, is_due
from holdfast.oncall.rules import Policy as FrozenPolicy
from holdfast.oncall.rules import turn as whom_to_page
from holdfast.people.models import Staff

log = logging.getLogger("holdfast.oncall")

RANK = {"emergency": 0, "urgent": 1, "same_day": 2, "routine": 3}

CODES = tuple(map(str, range(1000, 10000)))
CODES_DRAWN = 50


def add_shift(program: int, staff: Staff, level: Level, since: datetime, until: datetime) -> Shift:
    """Put somebody on the rota. Raises ValueError, in words, for a shift that overlaps another of theirs."""
    if until <= since:
        raise ValueError("A shift must end after it begins.")
    between: Any = (since, until)
    if Shift.objects.filter(program_id=program, staff=staff, during__overlap=between, ended_at=None).exists():
        raise ValueError(f"{staff.name} already has a shift in that time. One person cannot answer twice.")
    return Shift.objects.create(program_id=program, staff=staff, level=level, during=(since, until))


def swap(
    program: int, out: Staff, in_: Staff | None, level: Level, since: datetime, until: datetime, reason: str = ""
) -> Override:
    return Override.objects.create(
        program_id=program, staff_out=out, staff_in=in_, level=level, during=(since, until), reason=reason
    )


def end_swap(override: Override, now: datetime) -> None:
    """The swap is over early: the rota counts again from now on."""
    since = override.during.lower
    Override.objects.filter(id=override.id).update(during=(since, max(since, now)))


def end_shift(staff: Staff, now: datetime) -> bool:
    """Their duty is over from now on, by the rota and by swaps. Called by `crisis.leaving.end_shift` alone, which
    refuses while they have an open crisis. False when they were not on duty.
    """
    ended = False
    for shift in Shift.objects.select_for_update().filter(staff=staff, during__contains=now, ended_at=None):
        begun: Any = (shift.during.lower, now)
        Shift.objects.filter(id=shift.id).update(during=begun)
        ended = True
    for override in Override.objects.select_for_update().filter(staff_in=staff, during__contains=now):
        end_swap(override, now)
        ended = True
    return ended


def set_policy(program: int, name: str, steps: Iterable[str], now: datetime) -> Policy:
    """Replace the policy of this name. Running pagings keep the one they started with."""
    wanted = tuple(steps)
    FrozenPolicy(wanted, timedelta(minutes=2))  # refuses a policy that would ask nobody
    Policy.objects.filter(program_id=program, name=name, until=None).update(until=now)
    return Policy.objects.create(program_id=program, name=name, steps=list(wanted), since=now)


def start_paging(
    program: int,
    what: str,
    what_id: int,
    *,
    urgency: str,
    state: str | None,
    client_id: int | None,
    now: datetime,
    wait: timedelta | None = None,
    fresh: bool = False,
    only: Iterable[int] = (),
    marks: Mapping[str, str] | None = None,
) -> Paging:
    """Begin to seek a human, and take the first turn at once. One runs for one thing at a time.

    `wait` is the time each step has; for a crisis it comes from the urgency. `fresh`: the thing did not exist before.
    With `only` nobody but these is ever asked; `marks` say in a word of what, for the text and the call.
    """
    found = None if fresh else _running(program, what, what_id)
    if found:
        return _hurry(found, urgency, now)
    each = wait or _next_turn(urgency)
    paging = Paging(
        program_id=program,
        what=what,
        what_id=what_id,
        urgency=urgency,
        client_id=client_id,
        state=state,
        policy={
            "steps": list(escalation().steps),
            "wait_s": each.total_seconds(),
            **({"only": sorted(only), "marks": dict(marks or {})} if only else {}),
        },
        started_at=now,
        look_again_at=now,
    )
    try:
        cover, steps = _cover_and_steps(paging, now)
        if steps is not None:
            paging.policy["steps"] = steps
        plan = _plan(paging, cover), cover
        _note_turn(paging, plan[0], now)
    except DatabaseError:
        raise
    except Exception as error:
        plan = None
        _first_turn_failed(paging, error)
    add([paging])
    record(PagingStarted(program=program, paging=paging.id, what=what, what_id=what_id), now)
    if plan:
        try:
            with transaction.atomic():
                _ask(paging, *plan, now)
        except DatabaseError:
            raise
        except Exception as error:
            _first_turn_failed(paging, error)
            Paging.objects.filter(id=paging.id).update(look_again_at=now)
    return paging


def _running(program: int, what: str, what_id: int) -> Paging | None:
    """The paging that runs about this, locked."""
    pagings = Paging.objects.select_for_update()
    return pagings.filter(program_id=program, what=what, what_id=what_id, stopped_at=None).first()


def _first_turn_failed(paging: Paging, error: Exception) -> None:
    """Whatever is wrong with the rota, the crisis and a paging that is due now are kept; the sweep tries again."""
    log.error("the first turn failed", exc_info=error, extra={"kind": paging.what, "id": paging.what_id})


def _next_turn(urgency: str) -> timedelta:
    return timedelta(seconds=escalation().crises[Urgency(urgency)].next_turn)


def _hurry(paging: Paging, urgency: str, now: datetime) -> Paging:
    """A paging that runs becomes more urgent: the shorter wait counts from now; it is never put off."""
    if RANK[urgency] < RANK[paging.urgency]:
        wait = _next_turn(urgency)
        paging.urgency = urgency
        paging.policy = {**paging.policy, "wait_s": wait.total_seconds()}
        paging.look_again_at = min(paging.look_again_at or now, now)
        paging.save(update_fields=["urgency", "policy", "look_again_at"])
        _take_turn(paging, now)
    elif paging.no_cover_since is None and not _cover_and_steps(paging, now)[0].on_duty:
        _take_turn(paging, now)  # whoever was asked has gone home meanwhile: everybody is asked at once
    return paging


def take_turn(paging_id: int, now: datetime) -> bool:
    """Take the next turn of a paging that is due. False when somebody else does, or it is not due any more."""
    paging = Paging.objects.select_for_update(skip_locked=True).filter(id=paging_id, stopped_at=None).first()
    if paging is None or not is_due(paging.look_again_at, _frozen(paging).wait, now):
        return False
    _take_turn(paging, now)
    return True


def _frozen(paging: Paging) -> FrozenPolicy:
    try:
        return FrozenPolicy(tuple(paging.policy["steps"]), timedelta(seconds=paging.policy["wait_s"]))
    except (BadPolicy, KeyError, TypeError, ValueError, OverflowError):
        # A policy that could ask nobody was stored behind our back: ask by the default, never nobody.
        return FrozenPolicy(STEPS, timedelta(minutes=2))


def _cover_and_steps(paging: Paging, now: datetime) -> tuple[Cover, list[str] | None]:
    """Who can be asked about this at this moment, and the program's policy of today."""
    pages = Page.objects.filter(paging=paging, answer=Answer.CANNOT) if paging.turn else Page.objects.none()
    refused = pages.values_list("staff_id", flat=True)
    if only := paging.policy.get("only"):
        return queries.only_these(only, refused), [STEPS[0]]
    return queries.cover_and_steps_now(paging.program_id, paging.state, paging.client_id, now, refused)


def _plan(paging: Paging, cover: Cover, *, moved_on: bool = False) -> Turn:
    """Whom to ask next. Changes nothing."""
    return whom_to_page(_frozen(paging), paging.round, paging.step, cover, moved_on=moved_on)


def _take_turn(paging: Paging, now: datetime, *, same_round: bool = False) -> None:
    """Ask the next people. With `same_round` nothing happens where that would ring the same people again early."""
    cover, _ = _cover_and_steps(paging, now)
    if same_round:
        waiting = Page.objects.filter(paging=paging, answer=None)
        cover = replace(cover, asked=frozenset(waiting.values_list("staff_id", flat=True)))
    turn = _plan(paging, cover, moved_on=same_round)
    if same_round and (paging.no_cover_since is not None if turn.no_cover else _all_asked(paging, turn)):
        return
    if same_round and turn.no_cover and turn.people <= cover.asked:  # all are being rung already
        paging.no_cover_since = now
        paging.save(update_fields=["no_cover_since"])
        record(CoverMissing(program=paging.program_id, paging=paging.id, staff=tuple(sorted(turn.people))), now)
        return
    _note_turn(paging, turn, now)
    paging.save(update_fields=["turn", "round", "step", "look_again_at", "no_cover_since"])
    _ask(paging, turn, cover, now)


def _all_asked(paging: Paging, turn: Turn) -> bool:
    """Whether this round has nobody left to ask: its steps are through, or it asks everybody from the start."""
    return turn.round > paging.round or paging.round >= EVERYONE_FROM_ROUND


def _note_turn(paging: Paging, turn: Turn, now: datetime) -> None:
    """Write on the paging that this turn is taken now. The caller saves it."""
    paging.turn, paging.round, paging.step = paging.turn + 1, turn.round, turn.at
    paging.look_again_at = now + turn.wait
    paging.no_cover_since = (paging.no_cover_since or now) if turn.no_cover else None


def _ask(paging: Paging, turn: Turn, cover: Cover, now: datetime) -> None:
    """Page the people of a turn."""
    may_treat = cover.on_duty | frozenset().union(*cover.groups.values())
    people = tuple(sorted(turn.people))
    asked_before = _asked_again(paging, people)
    asked = [*asked_before, *_first_asked(paging, people, {page.staff_id for page in asked_before}, may_treat, now)]
    again = {page.id for page in asked_before}
    notify.send_pages(
        paging.program_id,
        [
            notify.PageToSend(
                page.id, page.staff_id, page.code, page.digit, page.cannot_digit, page.uid, page.id in again
            )
            for page in asked
        ],
        rank=RANK[paging.urgency],
        no_cover=turn.no_cover,
        again=turn.loud,
        now=now,
        marks=paging.policy.get("marks", {}),
    )
    record(
        TurnTaken(
            program=paging.program_id,
            paging=paging.id,
            what=paging.what,
            what_id=paging.what_id,
            turn=paging.turn,
            round=turn.round,
            staff=people,
        ),
        now,
    )
    if turn.no_cover:
        record(CoverMissing(program=paging.program_id, paging=paging.id, staff=people), now)
    ring("send")


def _asked_again(paging: Paging, people: Sequence[int]) -> list[Page]:
    """Asked again in a later turn, a person has the same page with the same code, and may answer it afresh."""
    if paging.turn <= 1:
        return []
    pages = list(Page.objects.filter(paging=paging, staff_id__in=people).order_by("staff_id"))
    Page.objects.filter(id__in=[page.id for page in pages]).update(turn=paging.turn, answer=None, answered_at=None)
    return pages


def _first_asked(
    paging: Paging, people: Sequence[int], known: Container[int], licensed: Container[int], now: datetime
) -> Sequence[Page]:
    """Pages of people who have not been asked in this paging before."""
    new = [staff for staff in people if staff not in known]
    codes = _free_codes(new)
    made = []
    for staff in new:
        digit, cannot = _two_digits()
        made.append(
            Page(
                program_id=paging.program_id,
                paging=paging,
                staff_id=staff,
                turn=paging.turn,
                at=now,
                licensed=staff in licensed,
                code=codes[staff],
                digit=digit,
                cannot_digit=cannot,
            )
        )
    return add(made)


def _free_codes(people: Sequence[int]) -> dict[int, str]:
    """Four digits for each person that none of their open pages has.

    A handful is drawn and looked up by its index, however many pages a person has open. Should all of them be taken,
    which needs thousands of open pages, any will do: the next person must be asked all the same.
    """
    drawn = secrets.SystemRandom().sample(CODES, CODES_DRAWN)
    taken: dict[int, set[str]] = {staff: set() for staff in people}
    with connection.cursor() as cursor:
        cursor.execute(
            "with had as materialized (select g.staff_id, g.code, g.paging_id from oncall_page g"
            " where g.staff_id = any(%s) and g.code = any(%s))"
            " select had.staff_id, had.code from had join oncall_paging p on p.id = had.paging_id"
            " where p.stopped_at is null",
            [list(people), drawn],
        )
        for staff, code in cursor.fetchall():
            taken[staff].add(code)
    return {staff: _free_code(drawn, taken[staff]) for staff in people}


def _free_code(drawn: Sequence[str], taken: Container[str]) -> str:
    return secrets.choice([code for code in drawn if code not in taken] or drawn)


def _two_digits() -> tuple[str, str]:
    """Digits to be spoken; never 1, which voicemail menus and pockets press."""
    digits = "3456789"
    have = secrets.choice(digits)
    return have, secrets.choice(digits.replace(have, ""))


def answer(page_id: int, answer_: Answer, via: str, now: datetime) -> Page:
    """A human answers a page. "I cannot" moves the paging on at once; "I have this" is told upward.

    Whoever is second is told who has it; that is decided above, where the owner is known.
    """
    page = Page.objects.select_related("paging").get(id=page_id)
    paging = page.paging
    fact = PageAnswered(
        program=page.program_id,
        paging=paging.id,
        page=page.id,
        staff=page.staff_id,
        what=paging.what,
        what_id=paging.what_id,
        answer=answer_,
        via=via,
    )
    # The row of the page comes last or under the paging's lock: lock order is episode, paging, page.
    if answer_ is Answer.HAVE:
        record(fact, now)
        _note_answer(page, answer_, via, now)
    else:
        Paging.objects.select_for_update().get(id=paging.id)
        _note_answer(page, answer_, via, now)
        record(fact, now)
        _move_on(paging.id, page.turn, now)
    return page


def _note_answer(page: Page, answer_: Answer, via: str, now: datetime) -> None:
    Page.objects.filter(id=page.id).update(answer=answer_, answered_at=now, via=via)
    page.answer, page.answered_at, page.via = answer_, now, via


def _move_on(paging_id: int, turn: int, now: datetime) -> None:
    """The next step is asked at once; the others asked in this turn stay asked. A round is not cut short."""
    paging = Paging.objects.select_for_update().filter(id=paging_id, stopped_at=None, turn=turn).first()
    if paging:
        _take_turn(paging, now, same_round=True)


def not_only(program: int, what: str, what_id: int, staff: int, *, cannot: bool, now: datetime) -> None:
    """This person has just given it back, or lost it by silence: the next step is asked at once.

    Who gave it back by hand has said "I cannot"; who was silent stays asked, and is not asked alone.
    """
    page = Page.objects.filter(
        program_id=program,
        paging__what=what,
        paging__what_id=what_id,
        paging__stopped_at=None,
        staff_id=staff,
        answer=None,
    ).first()
    if page is None:
        return
    if cannot:
        answer(page.id, Answer.CANNOT, "given back", now)
    elif not Page.objects.filter(paging_id=page.paging_id, turn=page.turn, answer=None).exclude(id=page.id).exists():
        _move_on(page.paging_id, page.turn, now)


def not_this_one(program: int, what: str, what_id: int, staff: int, now: datetime) -> None:
    """This person is in it already and cannot be the one who is sought. With nobody else asked, the next is at once."""
    page = Page.objects.filter(
        program_id=program, paging__what=what, paging__what_id=what_id, paging__stopped_at=None, staff_id=staff
    ).first()
    if page is None or page.answer is not None:
        return
    _note_answer(page, Answer.CANNOT, "in it", now)
    if not Page.objects.filter(paging_id=page.paging_id, turn=page.turn, answer=None).exists():
        _move_on(page.paging_id, page.turn, now)


def about(program: int, whats: Sequence[str], what_id: int, client_id: int, state: str) -> None:
    """It is known now whom these pagings are about: from the next turn on, who may treat them there is asked."""
    running = Paging.objects.filter(program_id=program, what__in=whats, what_id=what_id, stopped_at=None)
    running.update(client_id=client_id, state=state)


def stop_paging(program: int, what: str, what_id: int, reason: str, now: datetime) -> None:
    """Stop seeking: somebody has it. Sends that wait their turn are not begun."""
    paging = _running(program, what, what_id)
    if paging is None:
        return
    # Read now, under the lock: sends that began while this answer waited for its turn began before it.
    paging.stopped_at, paging.look_again_at, paging.stop_reason = max(now, read_now()), None, reason
    paging.save(update_fields=["stopped_at", "look_again_at", "stop_reason"])
    record(PagingStopped(program=program, paging=paging.id, reason=reason), now)
