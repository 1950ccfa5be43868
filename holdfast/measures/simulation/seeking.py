"""Seeks a human until one answers: what `oncall.actions` and the senders do, on objects in memory."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from holdfast.content.shapes import Urgency
from holdfast.measures.simulation.states import Asked, Attempt, Client, Crisis, Page, Paging, Refused, Task
from holdfast.measures.simulation.world import World, waits
from holdfast.notify.rules import WAITING, Channel, News
from holdfast.oncall.rules import EVERYONE_FROM_ROUND, Answer, Cover, Policy, Turn

CHANNELS: Final = (Channel.SMS, Channel.VOICE)


def start(
    world: World,
    what: str,
    client: Client,
    urgency: Urgency,
    running: Paging | None,
    *,
    crisis: Crisis | None = None,
    task: Task | None = None,
    wait: timedelta | None = None,
) -> Paging:
    """Begin to seek, and take the first turn at once; one that runs is hurried where it has become graver."""
    if running is not None and running.stopped_at is None:
        _hurry(world, running, urgency)
        return running
    policy = Policy(world.escalation.steps, wait or waits(urgency).next_turn)
    paging = Paging(what, crisis, task, client, urgency, policy, world.now)
    world.pagings[paging] = None
    world.counts["pagings"] += 1
    _take_turn(world, paging)
    return paging


def stop(world: World, paging: Paging | None) -> None:
    """Somebody has it, or nobody is needed any more."""
    if paging is not None and paging.stopped_at is None:
        paging.stopped_at, paging.look_again_at = world.now, None
        world.pagings.pop(paging, None)
        world.touched.append(paging)


def _hurry(world: World, paging: Paging, urgency: Urgency) -> None:
    if urgency.weight > paging.urgency.weight:
        paging.urgency, paging.policy = urgency, Policy(paging.policy.steps, waits(urgency).next_turn)
        _take_turn(world, paging, hurried=True)
    elif paging.no_cover_since is None and not _cover(world, paging).on_duty:
        _take_turn(world, paging, hurried=True)  # whoever was asked has gone home meanwhile


def due(world: World, paging: Paging) -> None:
    """The sweep: take the next turn, if it is due."""
    if paging.stopped_at is None and world.decide.is_due(paging.look_again_at, paging.policy.wait, world.now):
        _take_turn(world, paging)


def _cover(world: World, paging: Paging) -> Cover:
    cannot = frozenset(who for who, page in paging.pages.items() if page.answer is Answer.CANNOT)
    return world.cover(paging.client, cannot)


def _take_turn(world: World, paging: Paging, *, same_round: bool = False, hurried: bool = False) -> None:
    """Ask the next people. With `same_round` nothing happens where that would ring the same people again early."""
    cover = _cover(world, paging)
    if same_round:
        cover = replace(cover, asked=frozenset(who for who, page in paging.pages.items() if page.answer is None))
    turn = world.decide.turn(paging.policy, paging.round, paging.step, cover, moved_on=same_round)
    all_asked = turn.round > paging.round or paging.round >= EVERYONE_FROM_ROUND
    if same_round and (paging.no_cover_since is not None if turn.no_cover else all_asked):
        return
    if same_round and turn.no_cover and turn.people <= cover.asked:
        paging.no_cover_since = world.now
        return
    asked = Asked(
        paging=paging,
        turn=turn,
        cover=cover,
        at=world.now,
        before=paging.turn_at,
        rung_at={who: page.asked_at for who, page in paging.pages.items()},
        round_before=paging.round,
        staff=world.staff,
        today=world.today(),
        hurried=hurried,
    )
    paging.turn, paging.round, paging.step = paging.turn + 1, turn.round, turn.at
    paging.turn_at, paging.look_again_at = world.now, world.now + turn.wait
    paging.no_cover_since = (paging.no_cover_since or world.now) if turn.no_cover else None
    world.sweep(paging.look_again_at, due, paging)
    _ask(world, paging, turn)
    world.touched += (asked, paging)


def _ask(world: World, paging: Paging, turn: Turn) -> None:
    counts = world.counts
    counts["turns"] += 1
    counts["rounds without cover"] += turn.no_cover
    for who in sorted(turn.people):
        page = paging.pages.get(who)
        if page is None:
            page = paging.pages[who] = Page(paging, who, paging.turn)
        page.turn, page.answer, page.asked_at = paging.turn, None, world.now
        counts["pages"] += 1
        for channel in CHANNELS:
            world.sweep(world.now, send, Attempt(page, paging.turn, channel, world.now))
    if paging.what == "second" and paging.crisis is not None:
        _not_the_owner(world, paging, paging.crisis)


def _not_the_owner(world: World, paging: Paging, crisis: Crisis) -> None:
    """Whoever has it, or helps already, is not the second person: with nobody else asked the next is at once."""
    for who in sorted({crisis.owner, crisis.helper} - {None}, key=lambda one: one or 0):
        page = paging.pages.get(who or 0)
        if page is not None and page.answer is None:
            page.answer = Answer.CANNOT
            if not any(p.turn == paging.turn and p.answer is None for p in paging.pages.values()):
                _move_on(world, paging, page.turn)


def cannot(world: World, page: Page) -> None:
    """ "I cannot": the next people are asked at once."""
    if page.paging.stopped_at is not None:
        return
    page.answer = Answer.CANNOT
    world.counts["answers: I cannot"] += 1
    cover = _cover(world, page.paging)
    _move_on(world, page.paging, page.turn)
    world.touched.append(Refused(page, cover, world.now))


def not_only(world: World, paging: Paging | None, staff: int, *, by_hand: bool) -> None:
    """This person has just given it back, or lost it by silence: they are not the only one asked."""
    page = paging.pages.get(staff) if paging else None
    if paging is None or page is None or page.answer is not None:
        return
    if by_hand:
        cannot(world, page)
    elif not any(p.turn == page.turn and p.answer is None and p is not page for p in paging.pages.values()):
        _move_on(world, paging, page.turn)


def _move_on(world: World, paging: Paging, turn: int) -> None:
    if paging.stopped_at is None and world.decide.moves_on(Answer.CANNOT, paging.turn == turn):
        _take_turn(world, paging, same_round=True)


# --- sends -------------------------------------------------------------------------------------


def send(world: World, attempt: Attempt) -> None:
    """A sender: is it still wanted, then send, then mark."""
    page = attempt.page
    if attempt.state not in WAITING or attempt.due_at is None:
        return
    # Asked afresh in a later turn, a page has new attempts; the old ones are wanted as long as it is.
    if not world.decide.still_sought(page.answer, page.paging.stopped_at):
        attempt.state, attempt.due_at = world.decide.sent(attempt.state, News.NOT_NEEDED), None
        return
    attempt.began_at, attempt.tries = world.now, attempt.tries + 1
    world.counts["sends"] += 1
    world.touched.append(attempt)
    staff = world.staff[page.staff]
    dead = staff.phone_dead is not None and staff.phone_dead[0] <= world.now < staff.phone_dead[1]
    if dead or world.likely(0.03):
        attempt.state = world.decide.sent(attempt.state, News.FAILED)
        wait = world.decide.retry_after(attempt.tries)
        attempt.due_at = None if wait is None else world.now + wait
        world.counts["sends that failed"] += 1
        if attempt.due_at is not None:
            world.sweep(attempt.due_at, send, attempt)
        return
    attempt.state, attempt.due_at = world.decide.sent(attempt.state, News.SENT), None
    world.within(0.5, 6, delivered, attempt)


def delivered(world: World, attempt: Attempt) -> None:
    """It is on the handset. That is no answer; it lets a person give one."""
    attempt.state = world.decide.sent(attempt.state, News.DELIVERED)
    page = attempt.page
    if page.heard < attempt.turn:
        page.heard = attempt.turn
        world.rings(world, page)
