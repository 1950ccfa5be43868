"""One owner and one clock: what the actions of `crisis` do, on objects in memory. The rules decide."""

from datetime import datetime, timedelta

from holdfast.content.shapes import Urgency
from holdfast.crisis.course import Asked, Timer
from holdfast.crisis.rules import (
    HAS_OWNER,
    Disposition,
    Ground,
    Landing,
    Look,
    Move,
    NotAllowed,
    Result,
    State,
)
from holdfast.measures.simulation import seeking
from holdfast.measures.simulation.states import Client, Crisis, Paging, Staff
from holdfast.measures.simulation.world import World, waits


def signal(world: World, client: Client, urgency: Urgency) -> Crisis:
    """A finding that needs a human now opens a crisis, or joins the one that is open."""
    crisis = client.crisis
    if crisis is not None:
        _join(world, crisis, urgency)
        return crisis
    crisis = client.crisis = Crisis(world.number(), client, urgency, world.now, world.now)
    world.crises[crisis.id] = crisis
    world.counts["crises"] += 1
    world.counts[f"crises: {urgency}"] += 1
    crisis.gravest = urgency
    crisis.look_again_at = world.now + timedelta(minutes=1)
    _watch(world, crisis)
    _seek(world, crisis)
    return crisis


def _join(world: World, crisis: Crisis, urgency: Urgency) -> None:
    """May raise the urgency, never lowers it, and never puts anything off."""
    world.counts["signals that joined a crisis"] += 1
    crisis.signals += 1
    before, crisis.urgency = crisis.urgency, world.decide.higher(crisis.urgency, urgency)
    if crisis.urgency is not before:
        crisis.graver_since = world.now
    crisis.gravest = max(crisis.gravest or urgency, urgency, key=lambda each: each.weight)
    seen = crisis.acted_at or crisis.owned_at
    if seen is None or crisis.signal_at <= seen:
        crisis.signal_at = world.now
    owner = crisis.owner
    _move(world, crisis, Move.NEW_SIGNAL)
    if crisis.owner is None and owner is not None:
        _owner_gone(world, crisis, owner)
    if crisis.state is State.RAISED:
        _seek(world, crisis)
    else:
        _urgency_changed(world, crisis)


def _seek(world: World, crisis: Crisis) -> None:
    crisis.paging = seeking.start(world, "crisis", crisis.client, crisis.urgency, crisis.paging, crisis=crisis)


def look_of(world: World, crisis: Crisis) -> Look:
    made = world.decide.is_next_contact(crisis.reached_at, crisis.settled_at, crisis.next_contact_at)
    return Look(
        crisis.state,
        crisis.owned_at,
        crisis.by_phone,
        crisis.acted_at,
        crisis.signal_at,
        crisis.next_contact_at,
        crisis.reached_at if made else None,
    )


def _move(world: World, crisis: Crisis, move: Move) -> None:
    """The one place where a crisis changes state: by the table."""
    before = crisis.state
    crisis.state = world.decide.after(before, move)
    if crisis.state is State.RAISED and before is not State.RAISED:
        crisis.owner = crisis.owned_at = crisis.acted_at = crisis.first_try_at = None
        crisis.by_phone, crisis.results = False, []
    if crisis.state is State.RAISED and before is State.SETTLED:
        crisis.reached_at = crisis.settled_at = crisis.next_contact_at = None
        crisis.disposition = crisis.next_contact_by = crisis.risk_level = None
        crisis.plan_reviewed = False
    if crisis.state is State.CLOSED:
        crisis.look_again_at = None
        return
    due = world.decide.look_again(look_of(world, crisis), waits(crisis.urgency), world.now)
    # A repeated signal never postpones the next look.
    crisis.look_again_at = min(crisis.look_again_at or due, due) if move is Move.NEW_SIGNAL else due
    _watch(world, crisis)


def _in_the_table(world: World, crisis: Crisis, move: Move) -> bool:
    """Whether the table knows this move; the product takes back what was written before it."""
    try:
        world.decide.after(crisis.state, move)
    except NotAllowed:
        return False
    return True


def _watch(world: World, crisis: Crisis) -> None:
    world.touched.append(crisis)
    if crisis.look_again_at is not None:
        world.sweep(crisis.look_again_at, look, crisis)


def look(world: World, crisis: Crisis) -> None:
    """The net under everything else: look at an open crisis whose time has come."""
    if crisis.look_again_at is None or crisis.look_again_at > world.now:
        return
    clocks = waits(crisis.urgency)
    if world.decide.why_give_back(look_of(world, crisis), clocks, world.now):
        give_back(world, crisis, by_hand=False)
        return
    if crisis.state is State.RAISED:
        _seek(world, crisis)
    crisis.look_again_at = world.decide.look_again(look_of(world, crisis), clocks, world.now)
    _watch(world, crisis)


# --- one owner ---------------------------------------------------------------------------------


def take(world: World, crisis: Crisis, staff: Staff, *, by_phone: bool) -> bool:
    """ "I have this." False for whoever is second, or too late: they are told."""
    if crisis.owner == staff.id:
        return False
    try:
        state = world.decide.take(crisis.owner, staff.id, crisis.state)
    except NotAllowed:  # it is over
        state = None
    if state is None:
        world.counts["answers: I have this, when somebody had it"] += 1
        return False
    crisis.owner, crisis.owned_at, crisis.by_phone = staff.id, world.now, by_phone
    crisis.acted_at = None if by_phone else world.now
    crisis.state, crisis.times_owned = state, crisis.times_owned + 1
    staff.holds[crisis] = None
    world.counts["answers: I have this"] += 1
    if crisis.first_owned_at is None:
        crisis.first_owned_at = world.now
        world.figures.answered_after.append((world.now - crisis.raised_at).total_seconds())
    _act_seen(world, crisis)
    seeking.stop(world, crisis.paging)
    _owner_began(world, crisis)
    if crisis.unreached:
        page_second(world, crisis)
    return True


def _act_seen(world: World, crisis: Crisis) -> None:
    crisis.look_again_at = world.decide.look_again(look_of(world, crisis), waits(crisis.urgency), world.now)
    _watch(world, crisis)


def acted(world: World, crisis: Crisis) -> None:
    """Their owner opened the page or wrote something down."""
    crisis.acted_at = world.now
    _act_seen(world, crisis)


def give_back(world: World, crisis: Crisis, *, by_hand: bool) -> None:
    """The owner cannot go on, or was silent: somebody else is sought at once."""
    owner = crisis.owner
    _move(world, crisis, Move.GIVE_BACK)
    world.counts["given back by hand" if by_hand else "given back for silence"] += 1
    _seek(world, crisis)
    if owner is not None:
        seeking.not_only(world, crisis.paging, owner, by_hand=by_hand)
        _owner_gone(world, crisis, owner)


def _owner_gone(world: World, crisis: Crisis, owner: int) -> None:
    """Clocks of an owner stop, and what they asked of others is over."""
    world.staff[owner].holds.pop(crisis, None)
    crisis.times_owned += 1
    crisis.clocks.clear()
    crisis.asked_over, crisis.helper, crisis.second_asked = None, None, False
    seeking.stop(world, crisis.second)


def hand_over(world: World, crisis: Crisis, staff: Staff) -> bool:
    """ "Yes, I take it" makes them the owner."""
    still = crisis.asked_over is not None and crisis.owner is not None
    if world.decide.why_not_accept(
        crisis.state, open_=still, for_me=crisis.asked_over == staff.id, still_theirs=crisis.owner is not None
    ):
        return False
    world.staff[crisis.owner or 0].holds.pop(crisis, None)
    staff.holds[crisis] = None
    crisis.said_yes, crisis.asked_over = staff.id, None
    crisis.owner, crisis.owned_at, crisis.by_phone, crisis.acted_at = staff.id, world.now, False, world.now
    if crisis.state is State.OWNED:
        crisis.first_try_at, crisis.results = None, []
    crisis.times_owned += 1
    world.counts["handed over"] += 1
    _move(world, crisis, Move.HAND_OVER)
    _owner_began(world, crisis)
    return True


def offer(world: World, crisis: Crisis, to: int) -> bool:
    """The owner asks a colleague by name to take it over. It stays theirs until the other says yes."""
    if world.decide.why_not_ask(
        crisis.state,
        Asked.HAND_OVER,
        may=True,
        to_self=to == crisis.owner,
        has=to == crisis.owner,
        waiting=crisis.asked_over is not None,
    ):
        return False
    crisis.asked_over = to
    acted(world, crisis)
    return True


# --- clocks within a crisis --------------------------------------------------------------------


def _owner_began(world: World, crisis: Crisis) -> None:
    if crisis.state is not State.OWNED:
        return
    _clock(world, crisis, Timer.FIRST_TRY, world.now + waits(crisis.urgency).first_try)
    _set_cannot_reach(world, crisis)


def _set_cannot_reach(world: World, crisis: Crisis) -> None:
    after = timedelta(seconds=world.escalation.cannot_reach_after)
    due = world.decide.cannot_reach_due(crisis.state, crisis.urgency, crisis.owned_at, after)
    if due is None:
        crisis.clocks.pop(Timer.CANNOT_REACH, None)
    elif not crisis.unreached:
        _clock(world, crisis, Timer.CANNOT_REACH, max(due, world.now))


def _urgency_changed(world: World, crisis: Crisis) -> None:
    """Another urgency has other clocks; what has passed already counts."""
    if crisis.state is State.OWNED and crisis.owned_at is not None:
        if Timer.FIRST_TRY in crisis.clocks:
            _clock(world, crisis, Timer.FIRST_TRY, max(crisis.owned_at + waits(crisis.urgency).first_try, world.now))
        _set_cannot_reach(world, crisis)
    if crisis.second_asked:
        page_second(world, crisis)


def _clock(world: World, crisis: Crisis, timer: Timer, due: datetime) -> None:
    crisis.clocks[timer] = due
    world.sweep(due, heard, (crisis, timer))


def heard(world: World, which: tuple[Crisis, Timer]) -> None:
    """A clock has run out, and somebody hears it."""
    crisis, timer = which
    due = crisis.clocks.get(timer)
    if due is None or due > world.now:
        return
    del crisis.clocks[timer]
    world.touched.append(crisis)
    if crisis.state not in HAS_OWNER:
        return
    if timer is Timer.FIRST_TRY:
        world.counts["first tries that were late"] += 1
    elif timer is Timer.CANNOT_REACH and crisis.state is State.OWNED:
        declare_unreached(world, crisis)


def declare_unreached(world: World, crisis: Crisis) -> None:
    """ "Cannot reach" stands from now on: a second person is asked."""
    if crisis.unreached:
        return
    crisis.unreached = True
    crisis.clocks.pop(Timer.CANNOT_REACH, None)
    world.counts["clients who could not be reached"] += 1
    page_second(world, crisis)


def page_second(world: World, crisis: Crisis) -> None:
    """Seek a second person through paging, until somebody says "I have this"."""
    crisis.second_asked = True
    crisis.second = _second(world, crisis)
    world.touched.append(crisis)


def _second(world: World, crisis: Crisis) -> Paging:
    return seeking.start(world, "second", crisis.client, crisis.urgency, crisis.second, crisis=crisis)


def second_came(world: World, crisis: Crisis, staff: Staff) -> None:
    """ "I have this" to the call for a second person calls them in."""
    if not crisis.second_asked or crisis.owner is None:
        return
    crisis.second_asked, crisis.helper = False, staff.id
    seeking.stop(world, crisis.second)
    world.touched.append(crisis)


# --- reaching, settling, closing ---------------------------------------------------------------


def tried(world: World, crisis: Crisis, result: Result) -> None:
    """The owner tried to reach the client."""
    if crisis.first_try_at is None:
        crisis.first_try_at = world.now
        if crisis.owned_at is not None and crisis.owned_at == crisis.first_owned_at:
            world.figures.tried_after.append((world.now - crisis.owned_at).total_seconds())
    crisis.acted_at = world.now
    crisis.results.append(result)
    world.counts["tries"] += 1
    crisis.clocks.pop(Timer.FIRST_TRY, None)
    if result is not Result.REACHED:
        if world.decide.cannot_reach(crisis.state, crisis.results, world.escalation.cannot_reach_tries):
            declare_unreached(world, crisis)
        _act_seen(world, crisis)
        return
    crisis.client.heard = world.now
    crisis.unreached = False
    if crisis.state in (State.OWNED, State.REACHED):
        crisis.reached_at = crisis.reached_at or world.now
        _move(world, crisis, Move.REACH)
        crisis.clocks.pop(Timer.CANNOT_REACH, None)
        crisis.second_asked = False
        seeking.stop(world, crisis.second)
    else:  # the next contact that was agreed
        crisis.reached_at = world.now
        _act_seen(world, crisis)


def lower(world: World, crisis: Crisis, staff: int, reason: str) -> None:
    """Somebody asks for a lower urgency. Only the owner may, and says why."""
    no = world.decide.why_not_lower(crisis.owner == staff, crisis.state, reason)
    before = crisis.urgency
    crisis.urgency = world.decide.lowered(before, Urgency.URGENT, no)
    if crisis.urgency is not before:
        crisis.gravest, crisis.lowered_by = crisis.urgency, staff
        world.counts["urgency lowered by its owner"] += 1
    if crisis.owner == staff:
        acted(world, crisis)
        _urgency_changed(world, crisis)
    world.touched.append(crisis)


def judge(world: World, crisis: Crisis, level: str) -> bool:
    """The owner assigns a risk level. It is theirs to say; nothing computes it."""
    if world.decide.why_not_formulate(crisis.state, level, "heard today", "calls, a plan", may=True):
        return False
    crisis.risk_level = level
    acted(world, crisis)
    return True


def settle(world: World, crisis: Crisis, ending: Disposition | None, contact_at: datetime | None) -> bool:
    """How it ended, and who speaks with the client next, and when. False where something is missing."""
    refused = world.decide.why_not_settle(crisis.state, ending, contact_at, crisis.owner, world.now)
    if refused or not _in_the_table(world, crisis, Move.SETTLE):
        world.counts["settling refused"] += 1
        return False
    crisis.disposition, crisis.next_contact_at, crisis.next_contact_by = ending, contact_at, crisis.owner
    crisis.settled_at = crisis.acted_at = world.now
    _move(world, crisis, Move.SETTLE)
    crisis.second_asked = False
    seeking.stop(world, crisis.second)
    return True


def close(world: World, crisis: Crisis, waivers: dict[str, str], ground: Ground | None) -> bool:
    """Close a settled crisis that has landed. False where something is missing and nobody says why."""
    look = look_of(world, crisis)
    landing = Landing(look.followed_up_at is not None, crisis.risk_level, crisis.plan_reviewed, waivers, ground)
    if world.decide.why_not_close(crisis.state, landing) or not _in_the_table(world, crisis, Move.CLOSE):
        world.counts["closing refused"] += 1
        return False
    crisis.waivers = {name: waivers[name] for name in landing.missing if name in waivers}
    crisis.ground = ground if "next_contact" in crisis.waivers else None
    owner, crisis.owner, crisis.closed_at = crisis.owner, None, world.now
    _move(world, crisis, Move.CLOSE)
    world.counts["crises closed"] += 1
    world.counts["landings left out with a reason"] += len(crisis.waivers)
    if owner is not None:
        _owner_gone(world, crisis, owner)
    seeking.stop(world, crisis.paging)
    crisis.client.crisis = None
    del world.crises[crisis.id]
    world.touched.append(crisis)
    return True
