"""The made-up staff: how they answer pages, work through a crisis, fall silent, hand over, and do their tasks."""

from datetime import timedelta
from typing import Final

from holdfast.content.shapes import Urgency
from holdfast.crisis.course import RISK_LEVELS
from holdfast.crisis.rules import HAS_OWNER, Disposition, Ground, Result, State, counts_from
from holdfast.measures.simulation import holding, noticing, seeking, tasks
from holdfast.measures.simulation.states import Crisis, Leaving, Page, Staff, Task
from holdfast.measures.simulation.world import SHIFT, START, World
from holdfast.people.rules import Role, zone

Held = tuple[Crisis, int]  # a crisis, and which of its owners meant this

ENDINGS: Final = (
    Disposition.SAFE_WITH_PLAN,
    Disposition.STAYING_WITH_SOMEONE,
    Disposition.MOBILE_CRISIS,
    Disposition.EMERGENCY_ROOM,
    Disposition.NO_DANGER_FOUND,
)
GROUNDS: Final = (Ground.ADMITTED, Ground.REFUSED)


# --- a page reaches them -----------------------------------------------------------------------


def rings(world: World, page: Page) -> None:
    """A phone rings. By day most answer within minutes; at night some sleep."""
    staff = world.staff[page.staff]
    hour = world.now.astimezone(zone(world.timezone)).hour
    awake = staff.steady if 7 <= hour < 22 else staff.steady * 0.6
    if world.likely(awake):
        world.within(15, 150, answer, (page, page.turn))
    elif world.likely(0.2):
        world.within(150, 1500, answer, (page, page.turn))  # seen late, perhaps when somebody has it


def answer(world: World, which: tuple[Page, int]) -> None:
    """ "I have this", or "I cannot"."""
    page, _ = which
    staff, paging = world.staff[page.staff], page.paging
    crisis = paging.crisis
    if len(staff.holds) >= 2 or world.likely(0.12):
        seeking.cannot(world, page)
    elif paging.what == "task" and paging.task is not None:
        if paging.stopped_at is None:
            tasks.taken(world, paging.task, staff.id)
            if world.likely(0.9):
                world.within(300, 3600, do, paging.task)
    elif paging.what == "second" and crisis is not None:
        holding.second_came(world, crisis, staff)
    elif crisis is not None and holding.take(world, crisis, staff, by_phone=world.likely(0.7)):
        begin(world, crisis)


# --- they hold a crisis ------------------------------------------------------------------------


def begin(world: World, crisis: Crisis) -> None:
    """They open the page, or never do."""
    if world.likely(0.95):
        world.within(20, 200, open_page, (crisis, crisis.times_owned))


def _mine(which: Held) -> bool:
    """Whether the one who meant to do this still has it."""
    crisis, owner = which
    return crisis.times_owned == owner and crisis.state in HAS_OWNER


def open_page(world: World, which: Held) -> None:
    if not _mine(which):
        return
    crisis = which[0]
    holding.acted(world, crisis)
    if world.likely(0.03):
        world.within(30, 240, give_back, which)
    elif world.likely(0.06):
        _offer(world, which)
    if world.likely(0.97):
        world.within(30, 260, try_to_reach, which)


def try_to_reach(world: World, which: Held) -> None:
    if not _mine(which):
        return
    crisis = which[0]
    if crisis.state is not State.OWNED:
        world.within(60, 600, go_on, which)
        return
    chance = world.chance.random()
    result = Result.REACHED if chance < 0.62 else Result.WRONG_NUMBER if chance > 0.97 else Result.NO_ANSWER
    if chance < 0.02:  # settled too soon: refused, nothing happens
        holding.settle(world, crisis, Disposition.NO_DANGER_FOUND, world.now + timedelta(hours=8))
    holding.tried(world, crisis, result)
    if result is Result.REACHED:
        world.within(300, 1500, go_on, which)
    elif world.likely(0.97):
        world.within(90, 420, try_to_reach, which)


def go_on(world: World, which: Held) -> None:
    """They talk, write down, judge, review the plan, and settle; now and then they fall silent."""
    if not _mine(which):
        return
    crisis = which[0]
    if crisis.state is not State.REACHED:
        if crisis.state is State.OWNED:
            try_to_reach(world, which)
        return
    if world.likely(0.02):
        return  # silent from here on
    if crisis.risk_level is None and world.likely(0.5):
        _judge(world, crisis)
    elif not crisis.plan_reviewed and world.likely(0.5):
        crisis.plan_reviewed = True
        holding.acted(world, crisis)
    elif crisis.urgency is Urgency.EMERGENCY and world.likely(0.15):
        holding.lower(world, crisis, crisis.owner or 0, "calm now, and somebody is there")
    elif world.likely(0.5):
        _settle(world, which)
        return
    else:
        holding.acted(world, crisis)
    world.within(300, 2400, go_on, which)


def _judge(world: World, crisis: Crisis) -> None:
    level = RISK_LEVELS[min(3, int(world.chance.random() * 3.2))]
    if holding.judge(world, crisis, level):
        judged(world, crisis, level)


def judged(world: World, crisis: Crisis, level: str) -> None:
    """Their risk was judged: how long a silence may last follows from it at once."""
    tasks.rated(world, crisis.client, level)
    world.sweep(world.now, noticing.look, crisis.client)


def _settle(world: World, which: Held) -> None:
    crisis = which[0]
    hours = 1 + 40 * world.chance.random()
    contact_at = world.now + timedelta(hours=hours) if world.likely(0.94) else None  # forgotten: refused
    if not holding.settle(world, crisis, world.chance.choice(ENDINGS), contact_at):
        world.within(60, 300, go_on, which)
        return
    begins = counts_from(crisis.settled_at, crisis.next_contact_at)
    if world.likely(0.04):  # admitted, or declined: the next contact may be left out
        world.within(600, 3000, close, which)
    if begins and crisis.next_contact_at and world.likely(0.92):
        world.at(begins + (crisis.next_contact_at - begins) * world.chance.random(), follow_up, which)


def follow_up(world: World, which: Held) -> None:
    """The next contact: made, or not."""
    if not _mine(which) or which[0].state is not State.SETTLED:
        return
    reached = world.likely(0.9)
    holding.tried(world, which[0], Result.REACHED if reached else Result.NO_ANSWER)
    if not reached:
        world.within(600, 1800, follow_up, which)
    elif world.likely(0.98):
        world.within(60, 1800, close, which)


def close(world: World, which: Held) -> None:
    """Closed when it has landed. What is missing is refused first; then it is done, or left out for a reason."""
    if not _mine(which) or which[0].state is not State.SETTLED:
        return
    crisis = which[0]
    if holding.close(world, crisis, {}, None):
        _closed(world, crisis)
        return
    if crisis.risk_level is None:
        _judge(world, crisis)
    waivers = {"plan": "there was no time"} if not crisis.plan_reviewed else {}
    ground = None
    if not holding.look_of(world, crisis).followed_up_at:
        waivers["next_contact"], ground = "in their own words", world.chance.choice(GROUNDS)
        holding.close(world, crisis, waivers, None)  # without a ground: refused
    if crisis.state is State.SETTLED and holding.close(world, crisis, waivers, ground):
        _closed(world, crisis)


def _closed(world: World, crisis: Crisis) -> None:
    """Whoever was rated once is judged again."""
    client = crisis.client
    if client.rated and client.reassessment is None:
        client.reassessment = tasks.open_task(world, client, Urgency.ROUTINE, tasks.REASSESSMENT)
    world.touched.append(client)


# --- giving back and handing over --------------------------------------------------------------


def give_back(world: World, which: Held) -> None:
    if _mine(which) and which[0].state is not State.SETTLED:
        holding.give_back(world, which[0], by_hand=True)


def _offer(world: World, which: Held) -> None:
    crisis = which[0]
    others = sorted(frozenset().union(*world.on_duty().values()) - {crisis.owner or 0})
    if others and holding.offer(world, crisis, world.chance.choice(others)) and world.likely(0.75):
        world.within(20, 170, accept, which)


def accept(world: World, which: Held) -> None:
    crisis = which[0]
    if crisis.asked_over is None:
        return
    if holding.hand_over(world, crisis, world.staff[crisis.asked_over]):
        now = (crisis, crisis.times_owned)
        if crisis.state is State.SETTLED:
            world.within(60, 600, follow_up, now)
        else:
            world.within(20, 200, try_to_reach, now)


def meddle(world: World, crisis: Crisis) -> None:
    """Somebody who does not have it asks for a lower urgency."""
    if crisis.state is not State.CLOSED and crisis.urgency is Urgency.EMERGENCY:
        other = next((who for who in sorted(world.staff) if who != crisis.owner), 0)
        holding.lower(world, crisis, other, "it will be nothing")


# --- shifts ------------------------------------------------------------------------------------


def end_shift(world: World, staff: Staff) -> None:
    """They want to go home early: refused while they have an open crisis."""
    levels = [level for level, people in world.on_duty().items() if staff.id in people]
    if world.decide.why_not_end_shift(len(staff.holds), bool(levels)):
        world.counts["ends of shift refused"] += bool(levels)
        for crisis in list(staff.holds)[:1]:
            if crisis.asked_over is None:
                _offer(world, (crisis, crisis.times_owned))
        return
    stints, swaps = world.rota(world.now)
    gone = [s for s in stints if s.staff == staff.id and s.covers(world.now)]
    world.shifts[(world.now - START) // SHIFT] = ([s for s in stints if s not in gone], swaps)
    for level in levels:
        world.touched.append(Leaving(staff, level, world.now))
    world.counts["shifts ended early"] += 1


# --- tasks -------------------------------------------------------------------------------------


def plan_to_do(world: World, task: Task) -> None:
    """Most things are done before anybody is asked, some after, some are forgotten."""
    chance, left = world.chance.random(), (task.due_at - world.now).total_seconds()
    if chance < 0.88:
        world.within(left * 0.05, left * 0.48, do, task)
    elif chance < 0.96:
        world.within(left * 0.5, left * 0.98, do, task)


def do(world: World, task: Task) -> None:
    if task.done_at or task.late_at:
        return
    if task.about == tasks.REASSESSMENT:
        if world.staff[task.owner].role is not Role.CARE_STAFF:
            level = task.client.risk if world.likely(0.8) else RISK_LEVELS[int(world.chance.random() * 3)]
            tasks.rated(world, task.client, level)
            world.sweep(world.now, noticing.look, task.client)
        return
    tasks.finish(world, task)
