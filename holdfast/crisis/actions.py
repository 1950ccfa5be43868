"""The only writer of crises. Every action needs the open transaction of a scope.

Lock order everywhere: client (where it is written on), episode, paging, attempt. `_move` is the one place where a state changes.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from holdfast.approval.queries import protocol_now
from holdfast.assessment.facts import RiskFound
from holdfast.assessment.queries import same_talk
from holdfast.care.facts import TaskLate
from holdfast.content.load import escalation
from holdfast.content.shapes import ContentError, Urgency
from holdfast.crisis.course import EntryKind
from holdfast.crisis.entries import write_down
from holdfast.crisis.facts import (
    ClientReached,
    EpisodeClosed,
    EpisodeGivenBack,
    EpisodeRaised,
    EpisodeTaken,
    SignalJoined,
    TryLogged,
    UrgencyChanged,
)
from holdfast.crisis.models import Episode, Signal, Try, UrgencyChange
from holdfast.crisis.models import Move as MoveRow
from holdfast.crisis.rules import (
    OPENS_A_CRISIS,
    Disposition,
    Look,
    Move,
    NotAllowed,
    Result,
    State,
    Waits,
    after,
    higher,
    is_next_contact,
    look_again,
    why_give_back,
    why_not_lower,
)
from holdfast.ledger.record import record
from holdfast.ledger.rows import add
from holdfast.ledger.wake import ring
from holdfast.notify import actions as notify
from holdfast.oncall import actions as oncall
from holdfast.oncall.facts import PageAnswered
from holdfast.people.models import Client, Staff

log = logging.getLogger("holdfast.crisis")

BY_PHONE = frozenset({"sms", "voice"})


class AlreadyTaken(NotAllowed):
    """Somebody else was first. The words name them."""

    def __init__(self, owner: Staff) -> None:
        super().__init__(f"{owner.name} has this already.")
        self.owner = owner


def waits(urgency: str) -> Waits:
    """The clocks of a crisis of this urgency."""
    table = escalation()
    clock = table.crises[Urgency(urgency)]
    return Waits(
        next_turn=timedelta(seconds=clock.next_turn),
        first_try=timedelta(seconds=clock.first_try),
        owner_silent=timedelta(seconds=clock.owner_silent),
        phone_hold=timedelta(seconds=table.phone_answer_hold),
        reached_silent=timedelta(seconds=clock.reached_silent),
    )


def look_of(episode: Episode) -> Look:
    return Look(
        state=State(episode.state),
        owned_at=episode.owned_at,
        by_phone=episode.owned_via in BY_PHONE,
        acted_at=episode.owner_acted_at,
        signal_at=episode.signal_at,
        next_contact_at=episode.next_contact_at,
        followed_up_at=episode.reached_at if _followed_up(episode) else None,
    )


def _followed_up(episode: Episode) -> bool:
    return is_next_contact(episode.reached_at, episode.settled_at, episode.next_contact_at)


# --- a signal comes in -------------------------------------------------------------------------


def raise_or_join(fact: RiskFound, now: datetime) -> None:
    """A finding that needs a human now opens a crisis, or joins the one that is open."""
    if fact.at_once:
        _signal(fact.program, fact.client, fact.concern, fact.at_once, Urgency(fact.urgency), fact.protocol, now)


def late_task(fact: TaskLate, now: datetime) -> None:
    """A same-day task that was not done in time becomes an urgent crisis."""
    _signal(
        fact.program,
        fact.client,
        None,
        fact.findings,
        Urgency.URGENT,
        fact.protocol,
        now,
        why="a same-day task was not done in time",
    )


def _signal(
    program: int,
    client_id: int | None,
    concern: int | None,
    findings: tuple[int, ...],
    urgency: Urgency,
    name: str,
    now: datetime,
    why: str = "",
) -> None:
    where = None if client_id is None else _lock_client(client_id)
    episode = _open_call(concern, now) if client_id is None and concern is not None else _open_episode(client_id)
    if episode is None:
        # Boards look when the first page reaches them; no other page can show it yet.
        episode = _raise(program, client_id, where, concern, urgency, name, now, why)
        _keep_signals(episode, findings, now)
    else:
        _keep_signals(episode, findings, now)
        _join(episode, urgency, now, why)
        _show(episode)


def _lock_client(client_id: int) -> str:
    """Make two signals at once one crisis: the second waits here and joins. Returns the state where the client is.

    Not FOR UPDATE: each has already written rows that point at the client, and would wait for the other for ever.
    """
    with connection.cursor() as cursor:
        cursor.execute("select state from people_client where id = %s for no key update", [client_id])
        state: str = cursor.fetchone()[0]
    return state


def _lock_with_client(episode_id: int) -> Episode:
    """The client first and then the crisis, as a signal does: whoever judges the risk writes on both."""
    client_id = Episode.objects.values_list("client_id", flat=True).get(id=episode_id)
    if client_id is not None:
        _lock_client(client_id)
    return _lock(episode_id)


def _open_episode(client_id: int | None) -> Episode | None:
    """The open crisis of this client, locked. Asked in plain SQL: most often there is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select id from crisis_episode where client_id = %s and state <> 'closed' for update", [client_id]
        )
        found = cursor.fetchone()
    return Episode.objects.get(id=found[0]) if found else None


def _open_call(concern: int, now: datetime) -> Episode | None:
    """The open crisis of a caller whom we do not know and who writes again, locked. Staff may have matched it by now."""
    calls = Episode.objects.filter(concern_id__in=same_talk(concern, now)).exclude(state=State.CLOSED)
    return calls.select_for_update(of=("self",)).order_by("-id").first()


def _raise(
    program: int,
    client_id: int | None,
    where: str | None,
    concern: int | None,
    urgency: Urgency,
    name: str,
    now: datetime,
    why: str,
) -> Episode:
    try:
        _, version = protocol_now(name, now)
    except ContentError as error:  # a worry does not wait for a guide that cannot be read
        log.error("no such protocol", extra={"protocol": name, "error": type(error).__name__})
        version = ""
    episode = Episode(
        program_id=program,
        client_id=client_id,
        concern_id=concern,
        protocol=name,
        protocol_version=version,
        urgency=urgency,
        state=State.RAISED,
        raised_at=now,
        signal_at=now,
        look_again_at=now + timedelta(minutes=1),
    )
    add([episode])
    first = MoveRow(
        program_id=program,
        episode=episode,
        number=1,
        move=Move.NEW_SIGNAL,
        before="",
        after=State.RAISED,
        why=why,
        at=now,
    )
    add([first])
    record(
        EpisodeRaised(
            program=program,
            episode=episode.id,
            client=client_id,
            state=where,
            urgency=urgency,
        ),
        now,
    )
    return episode


def _keep_signals(episode: Episode, findings: Iterable[int], now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into crisis_signal (program_id, episode_id, finding_id, at)"
            " select %s, %s, finding, %s from unnest(%s::bigint[]) finding"
            " on conflict (program_id, finding_id) do update set at = excluded.at"  # said again, it is news again
            " where crisis_signal.episode_id = excluded.episode_id",
            [episode.program_id, episode.id, now, list(findings)],
        )


def _join(episode: Episode, urgency: Urgency, now: datetime, why: str) -> None:
    """A signal for an open crisis may raise its urgency, never lower it, and never puts anything off."""
    episode.urgency = higher(Urgency(episode.urgency), urgency)
    seen = episode.owner_acted_at or episode.owned_at
    if seen is None or episode.signal_at <= seen:
        # The clock of an owner runs from the first signal they have not looked at: pressing again never resets it.
        episode.signal_at = now
    _move(episode, Move.NEW_SIGNAL, now, why=why)
    owner = episode.owner_id
    record(SignalJoined(program=episode.program_id, episode=episode.id, owner=owner, urgency=episode.urgency), now)
    if episode.state == State.RAISED:
        _seek(episode, now)
    elif owner is not None:
        _tell_owner(episode, now)


def _tell_owner(episode: Episode, now: datetime) -> None:
    """There is news about somebody they hold."""
    if episode.owner_id is not None:
        rank = oncall.RANK[episode.urgency]
        notify.tell(
            episode.program_id,
            episode.owner_id,
            "new_signal",
            for_what="episode",
            for_id=episode.id,
            rank=rank,
            now=now,
        )
        ring("send")


def seek(fact: EpisodeRaised | EpisodeGivenBack, now: datetime) -> None:
    """A crisis that nobody has: somebody is sought at once."""
    oncall.start_paging(
        fact.program,
        "crisis",
        fact.episode,
        urgency=fact.urgency,
        state=fact.state,
        client_id=fact.client,
        now=now,
        fresh=isinstance(fact, EpisodeRaised),
    )


def _seek(episode: Episode, now: datetime) -> None:
    """Make sure that somebody is being sought, as urgently as it has become."""
    oncall.start_paging(
        episode.program_id,
        "crisis",
        episode.id,
        urgency=episode.urgency,
        state=episode.client.state if episode.client else None,
        client_id=episode.client_id,
        now=now,
    )


# --- one owner ---------------------------------------------------------------------------------


def take(episode_id: int, staff: Staff, via: str, now: datetime) -> Episode:
    """ "I have this." The first is the owner; whoever is second is told who has it (AlreadyTaken)."""
    episode = _lock(episode_id)
    if episode.owner_id == staff.id:
        return episode
    if episode.owner_id is not None:
        raise AlreadyTaken(Staff.objects.get(id=episode.owner_id))
    episode.owner, episode.owned_at, episode.owned_via = staff, now, via
    episode.owner_acted_at = None if via in BY_PHONE else now
    _move(episode, Move.TAKE, now, by=staff, via=via)
    record(EpisodeTaken(program=episode.program_id, episode=episode.id, owner=staff.id, via=via), now)
    _show(episode)
    return episode


def take_or_tell(fact: PageAnswered, now: datetime) -> None:
    """A page about a crisis was answered with "I have this"."""
    if fact.what != "crisis" or fact.answer != "have":
        return
    staff = Staff.objects.get(id=fact.staff)
    try:
        take(fact.what_id, staff, fact.via, now)
    except AlreadyTaken as taken:
        notify.tell(
            fact.program,
            staff.id,
            "taken_by",
            for_what="episode",
            for_id=fact.what_id,
            rank=1,
            now=now,
            name=taken.owner.first_name,
        )
        ring("send")
    except NotAllowed:
        notify.tell(fact.program, staff.id, "over", for_what="episode", for_id=fact.what_id, rank=1, now=now)
        ring("send")


def stop_seeking(fact: EpisodeTaken, now: datetime) -> None:
    oncall.stop_paging(fact.program, "crisis", fact.episode, "taken", now)


def stop_seeking_closed(fact: EpisodeClosed, now: datetime) -> None:
    oncall.stop_paging(fact.program, "crisis", fact.episode, "closed", now)


def give_back(episode_id: int, staff: Staff, reason: str, now: datetime) -> Episode:
    """The owner cannot go on: somebody else is sought at once."""
    if not reason.strip():
        raise NotAllowed("Say in a few words why you give it back.")
    episode = _lock(episode_id)
    if episode.owner_id != staff.id:
        raise NotAllowed("Only the person who has this can give it back.")
    # In their own words it stands sealed on the timeline; the move and the fact say only that it was by hand.
    write_down(episode, EntryKind.NOTE, now, what="given back", by=staff, words=reason)
    _give_back(episode, "by hand", now, by=staff)
    return episode


def _give_back(episode: Episode, why: str, now: datetime, by: Staff | None = None) -> None:
    owner = episode.owner_id
    _move(episode, Move.GIVE_BACK, now, by=by, why=why)
    record(
        EpisodeGivenBack(
            program=episode.program_id,
            episode=episode.id,
            client=episode.client_id,
            state=episode.client.state if episode.client else None,
            urgency=episode.urgency,
            by=by.id if by else None,
            why=why,
        ),
        now,
    )
    if owner is not None:
        # Whoever could not go on, or did not, is not the only one asked next.
        oncall.not_only(episode.program_id, "crisis", episode.id, owner, cannot=by is not None, now=now)
    if owner is not None and by is None:
        notify.tell(episode.program_id, owner, "given_back", for_what="episode", for_id=episode.id, rank=1, now=now)
        ring("send")
    _show(episode)


def _nobody_owns(episode: Episode) -> None:
    """The next owner starts afresh, with a clock of their own for the first try."""
    episode.owner, episode.owned_at, episode.owned_via, episode.owner_acted_at = None, None, "", None
    episode.first_try_at = None


def _not_over(episode: Episode) -> None:
    """What was judged and agreed when it was settled does not count for what comes now. The timeline keeps it."""
    episode.reached_at = episode.settled_at = None
    episode.disposition, episode.next_contact_at, episode.next_contact_by = "", None, None
    episode.risk_level, episode.risk_level_at, episode.plan_reviewed_at = "", None, None


def opened(episode: Episode, staff: Staff, now: datetime) -> None:
    """The owner looked at the page: they are there. Nothing where the crisis has moved on since it was read."""
    if episode.owner_id != staff.id or episode.state == State.CLOSED:
        return
    as_read = {name: getattr(episode, name) for name in ("state", "owner_id", "owner_acted_at", "look_again_at")}
    _acted(episode, now)
    Episode.objects.filter(id=episode.id, **as_read).update(
        owner_acted_at=episode.owner_acted_at, look_again_at=episode.look_again_at
    )


def _acted(episode: Episode, now: datetime) -> None:
    episode.owner_acted_at = now
    episode.look_again_at = look_again(look_of(episode), waits(episode.urgency), now)


# --- reaching the client -----------------------------------------------------------------------


def log_try(
    episode_id: int, staff: Staff, result: Result, how: str, words: str, once: UUID | None, now: datetime
) -> Try:
    """A human tried to reach the client. Pressed twice it is one try."""
    episode = _lock(episode_id)
    if once and (done := Try.objects.filter(episode=episode, once=once).first()):
        return done
    if episode.state == State.CLOSED:
        raise NotAllowed("This crisis is closed. Raise a new one if you are worried.")
    if episode.state == State.RAISED:
        raise NotAllowed("Nobody has this yet. Take it first, so that two people do not call at once.")
    row = Try.objects.create(
        program_id=episode.program_id,
        episode=episode,
        by=staff,
        how=how,
        result=result,
        words=words.strip() or None,
        once=once,
        at=now,
    )
    episode.first_try_at = episode.first_try_at or now
    if episode.owner_id == staff.id:
        episode.owner_acted_at = now
    record(TryLogged(program=episode.program_id, episode=episode.id, by=staff.id, result=result), now)
    if result is Result.REACHED and episode.state in (State.OWNED, State.REACHED):
        episode.reached_at = episode.reached_at or now
        _move(episode, Move.REACH, now, by=staff)
        record(ClientReached(program=episode.program_id, episode=episode.id, by=staff.id), now)
    else:
        if result is Result.REACHED:  # the next contact that was agreed
            episode.reached_at = now
        episode.look_again_at = look_again(look_of(episode), waits(episode.urgency), now)
        episode.save()
    _show(episode)
    return row


def change_urgency(episode_id: int, staff: Staff, urgency: Urgency, reason: str, now: datetime) -> Episode:
    """Anybody who works on it may raise the urgency; only the owner may lower it, with a reason."""
    episode = _lock(episode_id)
    if episode.state == State.CLOSED or urgency not in OPENS_A_CRISIS:
        raise NotAllowed("An open crisis is an emergency or urgent.")
    if urgency.weight < Urgency(episode.urgency).weight:
        no = why_not_lower(episode.owner_id == staff.id, State(episode.state), reason)
        if no:
            raise NotAllowed(no)
    raised = urgency.weight > Urgency(episode.urgency).weight
    if urgency != episode.urgency:
        change = UrgencyChange.objects.create(
            program_id=episode.program_id,
            episode=episode,
            before=episode.urgency,
            after=urgency,
            by=staff,
            why=reason.strip() or None,
            at=now,
        )
        write_down(episode, EntryKind.URGENCY, now, by=staff, leads_to=change)
    episode.urgency = urgency
    if episode.owner_id == staff.id:
        episode.owner_acted_at = now
    episode.look_again_at = min(episode.look_again_at or now, look_again(look_of(episode), waits(urgency), now))
    episode.save(update_fields=["urgency", "owner_acted_at", "look_again_at"])
    record(UrgencyChanged(program=episode.program_id, episode=episode.id, urgency=urgency, by=staff.id), now)
    if episode.state == State.RAISED:
        _seek(episode, now)
    elif raised and episode.owner_id not in (None, staff.id):
        _tell_owner(episode, now)
    _show(episode)
    return episode


# --- a caller whom we did not know ---------------------------------------------------------------


def match(episode_id: int, client: Client, staff: Staff, now: datetime) -> Episode:
    """Say which client a stranger's call is about. Where that client has an open crisis, the two become one."""
    _lock_client(client.id)
    other = _open_episode(client.id)
    episode = _lock(episode_id)
    if episode.client_id is not None:
        raise NotAllowed("This call has already been matched to a client.")
    if other is None:
        episode.client = client
        episode.save(update_fields=["client"])
        oncall.about(episode.program_id, ("crisis", "second"), episode.id, client.id, client.state)
        _show(episode)
        return episode
    Signal.objects.filter(episode=episode).update(episode=other)
    _join(other, Urgency(episode.urgency), now, why="a call from somebody we did not know was matched to this client")
    episode.disposition, episode.client, episode.closed_at = Disposition.JOINED_ANOTHER, client, now
    episode.owner = None
    _move(episode, Move.JOIN, now, by=staff, why=f"joined with crisis {other.id}")
    record(EpisodeClosed(program=episode.program_id, episode=episode.id, disposition=Disposition.JOINED_ANOTHER), now)
    _show(other)
    _show(episode)
    return other


# --- time --------------------------------------------------------------------------------------


def look(episode_id: int, now: datetime) -> bool:
    """Look at an open crisis whose time has come: the net under everything else."""
    episode = (
        Episode.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("client")
        .filter(id=episode_id, look_again_at__lte=now)
        .first()
    )
    if episode is None:
        return False
    clocks = waits(episode.urgency)
    why = why_give_back(look_of(episode), clocks, now)
    if why:
        _give_back(episode, why, now)
    elif episode.state == State.RAISED:
        _seek(episode, now)
        episode.look_again_at = look_again(look_of(episode), clocks, now)
        episode.save(update_fields=["look_again_at"])
    else:
        episode.look_again_at = look_again(look_of(episode), clocks, now)
        episode.save(update_fields=["look_again_at"])
    return True


def _lock(episode_id: int) -> Episode:
    return Episode.objects.select_for_update(of=("self",)).select_related("client").get(id=episode_id)


def _move(
    episode: Episode, move: Move, now: datetime, *, by: Staff | None = None, via: str = "", why: str = ""
) -> None:
    """The one place where a crisis changes state: by the table, with a numbered row. The caller holds the lock."""
    before = State(episode.state)
    episode.state = after(before, move)
    if episode.state == State.RAISED and before != State.RAISED:
        _nobody_owns(episode)
    if episode.state == State.RAISED and before == State.SETTLED:
        _not_over(episode)
    if episode.state == State.CLOSED:
        episode.look_again_at = None
    else:
        due = look_again(look_of(episode), waits(episode.urgency), now)
        # A repeated signal never postpones the next look.
        episode.look_again_at = min(episode.look_again_at or due, due) if move is Move.NEW_SIGNAL else due
    episode.save()
    last = MoveRow.objects.filter(episode=episode).order_by("-number").values_list("number", flat=True).first() or 0
    MoveRow.objects.create(
        program_id=episode.program_id,
        episode=episode,
        number=last + 1,
        move=move,
        before=before,
        after=episode.state,
        by=by,
        via=via,
        why=why,
        at=now,
    )


def _show(episode: Episode) -> None:
    """Ring the pages that show this crisis: the board, its own page, the client's page."""
    ring(f"live:board:{episode.program_id}", f"live:episode:{episode.uid}")


# The other files of this module's actions (landing, guide, reach, handing, leaving) move and show a crisis by these alone.
lock, lock_with_client, move, give_back_by_clock, acted, show, followed_up = (
    _lock,
    _lock_with_client,
    _move,
    _give_back,
    _acted,
    _show,
    _followed_up,
)
