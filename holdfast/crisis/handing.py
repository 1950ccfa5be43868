"""Handing over by name, and calling in a second person by name or through paging.

Every action needs the open transaction of a scope. A crisis and its clocks stay with their owner until the other
says yes; two acts at once are settled by the lock of the crisis.
"""

from datetime import datetime
from uuid import UUID

from holdfast.crisis import actions, clocks
from holdfast.crisis.course import ANSWER_WITHIN, Asked, EntryKind, Timer, why_not_accept, why_not_ask
from holdfast.crisis.entries import write_down
from holdfast.crisis.facts import (
    ColleagueAnswered,
    ColleagueAsked,
    EpisodeClosed,
    EpisodeGivenBack,
    EpisodeHandedOver,
    EpisodeSettled,
    SignalJoined,
    UrgencyChanged,
)
from holdfast.crisis.guide import helpers, is_in_it, tell
from holdfast.crisis.models import Ask, Entry, Episode
from holdfast.crisis.rules import Move, NotAllowed, State
from holdfast.ledger.record import record
from holdfast.oncall import actions as oncall
from holdfast.oncall.facts import PageAnswered, TurnTaken
from holdfast.people.models import Staff
from holdfast.people.queries import may_make_contact

WORDS = {Asked.HAND_OVER: "asked_over", Asked.SECOND: "asked_second"}


def ask(episode_id: int, staff: Staff, kind: Asked, to: Staff | None, why: str, now: datetime) -> Ask:
    """Ask a colleague by name to take over or to help; without a name, whoever is on call to help."""
    episode = actions.lock(episode_id)
    opened = list(Ask.objects.filter(episode=episode, answer="", kind=kind))
    same = next((a for a in opened if a.to_id == (to.id if to else None) and a.by_id == staff.id), None)
    if same:
        return same  # pressed twice
    no = why_not_ask(
        State(episode.state),
        kind,
        may=episode.owner_id == staff.id if kind is Asked.HAND_OVER else is_in_it(episode, staff),
        to_self=to is not None and to.id == staff.id,
        has=to is not None and (to.id == episode.owner_id or (kind is Asked.SECOND and _helps(episode, to))),
        waiting=bool(opened) if kind is Asked.HAND_OVER else any(a.to_id == (to.id if to else None) for a in opened),
    )
    if no or (kind is Asked.HAND_OVER and to is None):
        raise NotAllowed(no or "Choose who takes it over.")
    if to is not None and not may_make_contact(now).filter(id=to.id).exists():
        raise NotAllowed("They do not work with clients here. Choose somebody else.")
    if episode.owner_id == staff.id:
        actions.acted(episode, now)
        episode.save(update_fields=["owner_acted_at", "look_again_at"])
    if to is None:
        made = page_second(episode, staff, why, now)
    else:
        made = _write(episode, kind, staff, to, why, now)
        tell(episode, to.id, WORDS[kind], now, name=staff.first_name)
        if clocks.runs(episode.id, Timer.ASK) is None:
            _wait_for(made, now)
    actions.show(episode)
    return made


def page_second(episode: Episode, by: Staff | None, why: str, now: datetime) -> Ask:
    """Seek a second person through paging, until somebody says "I have this". `by` is empty when the clock asks."""
    found = Ask.objects.filter(episode=episode, kind=Asked.SECOND, to=None, answer="").first()
    made = found or _write(episode, Asked.SECOND, by, None, why, now)
    oncall.start_paging(
        episode.program_id,
        "second",
        episode.id,
        urgency=episode.urgency,
        state=episode.client.state if episode.client else None,
        client_id=episode.client_id,
        now=now,
    )
    return made


def _helps(episode: Episode, staff: Staff) -> bool:
    return helpers(episode).filter(answered_by=staff).exists()


def _write(episode: Episode, kind: Asked, by: Staff | None, to: Staff | None, why: str, now: datetime) -> Ask:
    made = Ask.objects.create(
        program_id=episode.program_id, episode=episode, kind=kind, by=by, to=to, why=why.strip() or None, at=now
    )
    write_down(episode, EntryKind.ASK, now, by=by, leads_to=made)
    record(
        ColleagueAsked(
            program=episode.program_id,
            episode=episode.id,
            ask=made.id,
            kind=kind,
            by=by.id if by else None,
            to=to.id if to else None,
        ),
        now,
    )
    return made


# --- the other's answer ------------------------------------------------------------------------


def accept(ask_uid: UUID, staff: Staff, now: datetime) -> Episode:
    """ "Yes, I take it" makes them the owner; "yes, I help" calls them in."""
    asked, episode = _locked(ask_uid)
    if asked.answer == "accepted" and asked.answered_by_id == staff.id:
        return episode  # pressed twice
    kind = Asked(asked.kind)
    no = why_not_accept(
        State(episode.state),
        open_=not asked.answer,
        for_me=asked.to_id == staff.id,
        still_theirs=kind is Asked.SECOND or asked.by_id == episode.owner_id,
    )
    if no:
        raise NotAllowed(no)
    _answered(asked, "accepted", staff, now)
    if kind is Asked.HAND_OVER:
        _hand_over(episode, staff, now)
    if asked.by_id:
        tell(episode, asked.by_id, "said_yes", now, name=staff.first_name)
    actions.show(episode)
    return episode


def _hand_over(episode: Episode, staff: Staff, now: datetime) -> None:
    """The clocks begin anew for the new owner, who has just looked."""
    before = Staff.objects.get(id=episode.owner_id) if episode.owner_id else None
    episode.owner, episode.owned_at, episode.owned_via, episode.owner_acted_at = staff, now, "hand over", now
    if episode.state == State.OWNED:
        episode.first_try_at = None
    actions.move(episode, Move.HAND_OVER, now, by=staff, why=f"from {before.name}" if before else "")
    record(
        EpisodeHandedOver(
            program=episode.program_id, episode=episode.id, before=before.id if before else None, owner=staff.id
        ),
        now,
    )


def decline(ask_uid: UUID, staff: Staff, now: datetime) -> Episode:
    """ "I cannot": it stays where it is, and whoever asked is told at once."""
    asked, episode = _locked(ask_uid)
    if asked.to_id != staff.id:
        raise NotAllowed("This was asked of somebody else.")
    if not asked.answer:
        _answered(asked, "declined", staff, now)
        if asked.by_id:
            tell(episode, asked.by_id, "said_no", now, name=staff.first_name)
        actions.show(episode)
    return episode


def withdraw(ask_uid: UUID, staff: Staff, now: datetime) -> Episode:
    """Whoever asked, or who has it, does not need it any more. What was accepted stays accepted."""
    asked, episode = _locked(ask_uid)
    if staff.id not in (asked.by_id, episode.owner_id):
        raise NotAllowed("Only the person who asked can withdraw it.")
    if asked.answer == "accepted":
        raise NotAllowed("They have said yes already.")
    if not asked.answer:
        _answered(asked, "withdrawn", staff, now)
        if asked.to_id:
            tell(episode, asked.to_id, "withdrawn", now, name=staff.first_name)
        else:
            oncall.stop_paging(episode.program_id, "second", episode.id, "withdrawn", now)
        actions.show(episode)
    return episode


def _locked(ask_uid: UUID) -> tuple[Ask, Episode]:
    """The crisis first, then the row of the question, read again under the lock."""
    found = Ask.objects.get(uid=ask_uid)
    episode = actions.lock(found.episode_id)
    return Ask.objects.select_for_update().get(id=found.id), episode


def _answered(asked: Ask, answer: str, by: Staff | None, now: datetime) -> None:
    asked.answer, asked.answered_at, asked.answered_by = answer, now, by
    asked.save(update_fields=["answer", "answered_at", "answered_by"])
    clock = clocks.runs(asked.episode_id, Timer.ASK)
    if clock and clock.what == str(asked.id):
        _wait_for_the_next(asked, now)
    record(
        ColleagueAnswered(
            program=asked.program_id,
            episode=asked.episode_id,
            ask=asked.id,
            kind=asked.kind,
            answer=answer,
            by=by.id if by else None,
        ),
        now,
    )


# --- paging for a second person ----------------------------------------------------------------


def not_the_owner(fact: TurnTaken, now: datetime) -> None:
    """Whoever has the crisis, or helps already, is not the second person: the next is asked at once."""
    if fact.what != "second":
        return
    episode = Episode.objects.get(id=fact.what_id)
    people = {episode.owner_id, *helpers(episode).values_list("answered_by_id", flat=True)}
    for person in sorted(p for p in people if p and p in fact.staff):
        oncall.not_this_one(fact.program, "second", episode.id, person, now)


def page_answered(fact: PageAnswered, now: datetime) -> None:
    """ "I have this": to the call for a second person it calls them in; to a crisis that is somebody's, it is kept."""
    if fact.answer != "have":
        return
    if fact.what == "crisis":
        answered_second(fact.what_id, Staff.objects.get(id=fact.staff), fact.via, now)
    if fact.what != "second":
        return
    episode, staff = actions.lock(fact.what_id), Staff.objects.get(id=fact.staff)
    asked = Ask.objects.select_for_update().filter(episode=episode, kind=Asked.SECOND, to=None, answer="").first()
    if asked is None:
        tell(episode, staff.id, "over", now)
        return
    _answered(asked, "accepted", staff, now)
    oncall.stop_paging(fact.program, "second", episode.id, "taken", now)
    if episode.owner_id:
        tell(episode, episode.owner_id, "said_yes", now, name=staff.first_name)
    actions.show(episode)


def answered_second(episode_id: int, staff: Staff, via: str, now: datetime) -> None:
    """Somebody said "I have this" when somebody had it: their answer stands on the timeline, once for each owner."""
    episode = Episode.objects.get(id=episode_id)
    if episode.owner_id is None or episode.owner_id == staff.id or episode.owned_at is None:
        return
    said = Entry.objects.filter(episode=episode, kind=EntryKind.SECOND_ANSWER, by=staff, at__gte=episode.owned_at)
    if not said.exists():
        write_down(episode, EntryKind.SECOND_ANSWER, now, what=via, by=staff)


def not_needed_after_all(episode_id: int, now: datetime) -> None:
    """The client was reached: what the clock alone asked for is not needed. What a human asked for stays."""
    asked = Ask.objects.filter(episode_id=episode_id, kind=Asked.SECOND, to=None, by=None, answer="").first()
    if asked:
        _answered(asked, "over", None, now)
        oncall.stop_paging(asked.program_id, "second", episode_id, "reached", now)


def settled(fact: EpisodeSettled, now: datetime) -> None:
    """How it ended is written down: nobody is asked to help any more. Whom it was offered to may still take it."""
    for asked in Ask.objects.filter(episode_id=fact.episode, kind=Asked.SECOND, answer="").order_by("id"):
        _answered(asked, "over", None, now)
    oncall.stop_paging(fact.program, "second", fact.episode, "settled", now)


def hurry(fact: UrgencyChanged | SignalJoined, now: datetime) -> None:
    """Graver than it was: a second person who is sought is sought as urgently."""
    episode = Episode.objects.select_related("client").get(id=fact.episode)
    if Ask.objects.filter(episode=episode, kind=Asked.SECOND, to=None, answer="").exists():
        page_second(episode, None, "", now)


def over(fact: EpisodeGivenBack | EpisodeClosed, now: datetime) -> None:
    """It was given back or is over: nobody is asked to take it over or to help any more."""
    _all_over(fact.program, fact.episode, now)


def came_back(fact: SignalJoined, now: datetime) -> None:
    """A settled crisis that came back has no owner who could hand it over."""
    if fact.owner is None:
        _all_over(fact.program, fact.episode, now)


def _all_over(program: int, episode_id: int, now: datetime) -> None:
    for asked in Ask.objects.filter(episode_id=episode_id, answer=""):
        _answered(asked, "over", None, now)
    oncall.stop_paging(program, "second", episode_id, "over", now)


def no_answer_yet(episode: Episode, what: str, now: datetime) -> None:
    """Three minutes without an answer: whoever asked is told, and still has it. Then the next one asked has theirs."""
    asked = Ask.objects.select_related("to").get(id=int(what))
    if not asked.answer and asked.by_id and asked.to:
        tell(episode, asked.by_id, "no_answer_yet", now, name=asked.to.first_name)
    _wait_for_the_next(asked, now)


def _wait_for(asked: Ask, now: datetime) -> None:
    """The one clock of questions runs for the oldest that nobody has been told about."""
    clocks.start(asked.episode, Timer.ASK, max(asked.at + ANSWER_WITHIN, now), now, str(asked.id))


def _wait_for_the_next(asked: Ask, now: datetime) -> None:
    following = Ask.objects.filter(episode_id=asked.episode_id, to__isnull=False, answer="", id__gt=asked.id)
    if later := following.order_by("id").first():
        _wait_for(later, now)
    else:
        clocks.stop(asked.episode_id, Timer.ASK)


clocks.RINGS[Timer.ASK] = no_answer_yet
